// Observing an experiment: layers in a row, windows, caps, and what cannot be observed.
import { expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { type ObservedLayer, observe } from '../../src/observe/timeline.ts'
import { EVERYTHING, type TimelineWindow } from '../../src/observe/window.ts'

const hooks = { onTraceRead: () => {}, onProgress: async () => {} }

async function observed(
  schedulers: readonly string[],
  window: TimelineWindow = EVERYTHING,
  mostSlices = 1e9,
  iterations = '1',
) {
  const flags = { model: 'deepseek-moe-16b', tokens: '16', iterations, layers: '1,2', schedulers }
  const { experiment } = await loadExperiment(nodeIo, { flags, sets: [] })
  const observation = await observe(nodeIo, experiment, hooks, window, mostSlices)
  const layers: ObservedLayer[] = []
  for await (const layer of observation.layers) layers.push(layer)
  return { ...observation, layers }
}

test('layers follow one another, each scheduler from the start', async () => {
  const { layers, cutShort } = await observed(['ep', 'fse-dp'])
  expect(layers.map(({ scheduler, layer }) => [scheduler, layer])).toEqual([
    ['ep', 1],
    ['ep', 2],
    ['fse-dp', 1],
    ['fse-dp', 2],
  ])
  const [first, second, third] = layers
  expect([first!.offsetPs, third!.offsetPs]).toEqual([0, 0])
  expect(second!.offsetPs).toBe(Math.max(...first!.spans.map(({ endPs }) => endPs)))
  expect(cutShort.size).toBe(0)
})

test('a window keeps what reaches into it and nothing else', async () => {
  const all = await observed(['ep'])
  const [first, second] = all.layers
  const window = { fromPs: second!.offsetPs - 1_000_000, toPs: second!.offsetPs + 1_000_000 }
  const part = await observed(['ep'], window)
  const inside = ({ offsetPs, spans }: ObservedLayer) =>
    spans.filter(
      ({ startPs, endPs }) => offsetPs + endPs >= window.fromPs && offsetPs + startPs < window.toPs,
    )
  expect(part.layers.map(({ spans }) => spans)).toEqual([inside(first!), inside(second!)])
  expect(part.layers[0]!.spans.length).toBeGreaterThan(0)
  expect(part.layers[0]!.spans.length).toBeLessThan(first!.spans.length)
})

test('SRAM is what it was when the window began, and changes as it does in the whole', async () => {
  const [whole] = (await observed(['ep:prefetch=1'])).layers
  const { fills } = whole!
  const middle = Math.floor(fills.length / 2)
  const window = { fromPs: fills[middle]!.atPs, toPs: fills[middle + 20]!.atPs + 1 }
  const [part] = (await observed(['ep:prefetch=1'], window)).layers
  const inside = fills.filter(({ atPs }) => atPs >= window.fromPs && atPs < window.toPs)
  expect(inside.length).toBeGreaterThan(3)
  const before = [0, 1, 2, 3].map((die) =>
    fills.findLast((fill) => fill.die === die && fill.atPs < window.fromPs),
  )
  const byDie = [...part!.fills.slice(0, 4)].sort((a, b) => a.die - b.die)
  expect(byDie).toEqual(before.map((fill) => ({ ...fill!, atPs: window.fromPs })))
  expect(part!.fills.slice(4)).toEqual(inside)
})

test('what lies behind the window is not simulated', async () => {
  const { layers } = await observed(['ep'], { fromPs: 0, toPs: 1_000_000 })
  expect(layers).toHaveLength(1)
})

test('with too many slices the end is cut off, and nothing is missing before it', async () => {
  const [full] = (await observed(['fse-dp'])).layers
  const cut = await observed(['fse-dp'], EVERYTHING, 400)
  expect([...cut.cutShort]).toEqual(['fse-dp'])
  expect(cut.layers).toHaveLength(1)
  const { spans } = cut.layers[0]!
  expect(spans.length).toBeLessThan(full!.spans.length)
  const lastPs = Math.max(...spans.map(({ startPs }) => startPs))
  expect(spans).toEqual(full!.spans.filter(({ startPs }) => startPs <= lastPs))
})

test('schedulers whose layers run interleaved are left out, and named', async () => {
  const ahead = 'forecast-prefetch:ahead=4'
  const { schedulers, leftOut, layers } = await observed(['ep', ahead])
  expect([schedulers, leftOut]).toEqual([['ep'], [ahead]])
  expect(new Set(layers.map(({ scheduler }) => scheduler))).toEqual(new Set(['ep']))
})
