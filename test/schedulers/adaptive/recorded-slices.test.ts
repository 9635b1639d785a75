// Into how many slices adaptive would cut experts on small machines of every kind, as it was when last looked at.
import { expect, test } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import type { ModelShape } from '../../../src/model/shape.ts'
import { adaptiveSlices, loneSlicesPs, typicalSlicesPs } from '../../../src/schedulers/adaptive/pieces.ts'
import { kernelMachines, madeUp, pair } from '../machines.ts'
import { modelOf } from '../stories.ts'

const story = { experts: 64, topK: 4, requests: 1, prefill: 1, decode: 0, skew: 1, seed: 1 }
/** Experts of 18 kB, 1 MB and 25 MB; of the last so few that they may be cut as fine as anything is. */
const MODELS: Readonly<Record<string, ModelShape>> = {
  small: modelOf(story),
  middle: { ...modelOf(story), hidden: 512, expertIntermediate: 700 },
  large: { ...modelOf({ ...story, experts: 8 }), hidden: 4096, expertIntermediate: 1024, weightBytes: 2 },
  wide: { ...modelOf({ ...story, experts: 300 }), hidden: 4096, expertIntermediate: 2048 },
}
const LAYERS = [
  { allTokens: 1, activeExperts: 4, tokens: 1 },
  { allTokens: 60, activeExperts: 40.5, tokens: 6 },
  { allTokens: 3000, activeExperts: 64, tokens: 190 },
]
const sized = (hardware: HardwareSpec, sramBytes: number): HardwareSpec => ({
  ...hardware,
  name: `${hardware.name} with ${sramBytes} B`,
  ...{ sramBytes, activations: 'memory' as const },
})
const named = (name: string) => madeUp.find((machine) => machine.name === name)!
const MACHINES: readonly HardwareSpec[] = [
  ...[...madeUp, ...kernelMachines].filter(({ name }) => !/small-sram|routers/.test(name)),
  ...[2_500_000, 9_000_000].map((bytes) => sized(named('own-memory-5x5'), bytes)),
  ...[700_000, 30_000_000].map((bytes) => sized(named('ring-5'), bytes)),
  sized(named('single-die'), 5_000_000),
  pair,
]

test('adaptive cuts as finely as it did (vitest -u records it anew)', async () => {
  const lines = MACHINES.flatMap((hardware) =>
    Object.entries(MODELS).map(([name, model]) => {
      const context = packageOf({ hardware, model, compat: 'physical' })
      const cuts = LAYERS.map((layer) => {
        const slices = adaptiveSlices(context, layer)
        return `${slices} in ${typicalSlicesPs(context, layer, slices).toPrecision(8)} ps`
      })
      const lonePs = loneSlicesPs(context, Int32Array.of(0, 5, 1, 70), 6)
      return `${name} on ${hardware.name}: ${cuts.join(', ')}; alone ${lonePs.toPrecision(8)} ps`
    }),
  )
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-slices.txt')
})
