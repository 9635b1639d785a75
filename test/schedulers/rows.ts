// Small made-up runs through three MoE layers in a row, on any machine.

import { randomStream } from '../../src/engine/random.ts'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import { seatTokens } from '../../src/sim/batch.ts'
import { tinyModel } from '../helpers/frames.ts'
import type { Story } from './stories.ts'

export const LAYERS = [0, 1, 2]

/** The model of a story, with three MoE layers. */
export const rowModel = ({ experts, topK }: Story): ModelShape => ({
  ...tinyModel(experts, 3, topK),
  layers: LAYERS.length,
  moeLayers: LAYERS,
})

/** A story's prompts in one iteration and a decode step for each answer token, through three layers. */
export function rowSetting(
  story: Story,
  hardware: HardwareSpec,
  topology = buildTopology(hardware.topology),
) {
  const { experts, topK, requests, prefill, decode, skew, seed } = story
  const length = prefill + decode
  const tables = LAYERS.map((layer) => {
    const random = randomStream(seed, `layer ${layer}`)
    return Uint16Array.from(
      Array.from({ length: requests * length }, () => {
        const chosen = new Set<number>()
        while (chosen.size < topK) chosen.add(Math.floor(experts * random() ** (1 + skew)))
        return [...chosen]
      }).flat(),
    )
  })
  const rowsOf = (from: number, count: number) => {
    const owners = Array.from({ length: requests * count }, (_, at) => Math.floor(at / count))
    const rows = owners.map((request, at) => request * length + from + (at % count))
    return { rows: Int32Array.from(rows), requests: Int32Array.from(owners) }
  }
  const iterations = [
    { phase: 'prefill' as const, ...rowsOf(0, prefill) },
    ...Array.from({ length: decode }, (_, step) => ({
      phase: 'decode' as const,
      ...rowsOf(prefill + step, 1),
    })),
  ]
  return {
    pkg: packageOf({ hardware, model: rowModel(story), compat: 'physical' }, topology),
    iterations,
    routing: {
      layers: LAYERS,
      requests: Array.from({ length: requests }, () => ({ tokens: length })),
      layerExperts: (layer: number) => tables[layer]!,
    },
    restingDie: seatTokens(topology, iterations, 'tokens'),
    layers: LAYERS,
  }
}
