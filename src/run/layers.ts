// Which of the layers that a routing source covers are simulated.
import type { LayerSelection } from '../config/experiment/experiment.ts'
import { randomStream } from '../engine/random.ts'
import { fail } from '../errors.ts'
import type { RoutingSource } from '../trace/source.ts'

/** Layer ids, ascending. A sample is drawn without replacement and depends on the seed alone. */
export function selectLayers(
  selection: LayerSelection,
  source: RoutingSource,
  seed: number,
): readonly number[] {
  switch (selection.kind) {
    case 'all':
      return source.layers
    case 'list':
      return listed(selection.layers, source)
    case 'sample':
      return sampled(selection.count, source, seed)
  }
}

/** `0-3, 7`: ascending ids with runs drawn together. */
export function describeLayers(layers: readonly number[]): string {
  const runs: string[] = []
  for (let from = 0; from < layers.length; ) {
    let to = from
    while (to + 1 < layers.length && layers[to + 1] === layers[to]! + 1) to++
    runs.push(to === from ? `${layers[from]}` : `${layers[from]}-${layers[to]}`)
    from = to + 1
  }
  return runs.join(', ')
}

function listed(wanted: readonly number[], source: RoutingSource): readonly number[] {
  const ids = [...new Set(wanted)].sort((a, b) => a - b)
  const missing = ids.filter((id) => !source.layers.includes(id))
  if (missing.length > 0) {
    fail(
      'conflict',
      {
        what: `${missing.length === 1 ? 'layer' : 'layers'} ${describeLayers(missing)} ${missing.length === 1 ? 'is' : 'are'} asked for but not covered`,
        hint: `the routing covers ${describeLayers(source.layers)}`,
      },
      { file: source.label },
    )
  }
  return ids
}

function sampled(count: number, source: RoutingSource, seed: number): readonly number[] {
  if (count > source.layers.length) {
    fail(
      'capacity',
      {
        what: `a sample of ${count} layers`,
        needs: `${count} layers`,
        has: `${source.layers.length} in the routing`,
        hint: 'take a smaller sample, or all layers',
      },
      { file: source.label },
    )
  }
  const random = randomStream(seed, 'layers')
  const pool = [...source.layers]
  // The first `count` steps of a Fisher-Yates shuffle.
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (pool.length - i))
    const picked = pool[j]!
    pool[j] = pool[i]!
    pool[i] = picked
  }
  return pool.slice(0, count).sort((a, b) => a - b)
}
