// Which options of adaptive a run leaves without effect, at the edge of where they have one.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import {
  type AdaptiveOptions,
  adaptiveOptions,
  idleAdaptive,
} from '../../../src/schedulers/adaptive/options.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

const defaults = Object.fromEntries(
  Object.entries(adaptiveOptions).map(([name, spec]) => [name, spec.default]),
) as AdaptiveOptions
const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })

/** In a run of two decode steps on so many dies, each with a memory of its own. */
function idle(options: Partial<AdaptiveOptions>, dies: number, shared = false): string[] {
  const channelDies = [...Array(dies).keys()]
  const hardware: HardwareSpec = {
    ...frames,
    topology: { kind: 'crossbar', dies },
    memory: { ...frames.memory, channelDies, shared },
  }
  const run = {
    ...packageOf({ hardware, model: tinyModel(10, 1), compat: 'physical' }),
    iterations: [0, 1].map(() => ({ phase: 'decode' as const, tokens: 4 })),
    ...{ leavesRequests: true, hasLayerBefore: true },
  }
  return idleAdaptive({ ...defaults, ...options }, run).flatMap(({ names }) => names)
}

it('copies, where there are no more other dies than by default, or one memory', () => {
  expect(idle({ copies: 5 }, 5)).toEqual([])
  expect(idle({ copies: 5 }, 4)).toEqual(['copies'])
  expect(idle({ copies: 2 }, 4)).toEqual([])
  expect(idle({ copies: 2 }, 3)).toEqual(['copies'])
  expect(idle({ copies: 2 }, 5, true)).toEqual(['copies'])
})

it('predict, where the only die reads as few experts ahead as are predicted anyway', () => {
  // A fifth of ten experts by default.
  const ahead = (count: number, predict: number) => ({ ahead: count, predict, copies: 0 })
  const only = (count: number, predict: number) => idle(ahead(count, predict), 1).includes('predict')
  expect([only(2, 90), only(3, 90), only(1, 10), only(2, 10)]).toEqual([true, false, true, false])
  expect(idle(ahead(2, 90), 2)).toEqual([])
  expect(idle(ahead(0, 90), 5)).toEqual([])
})
