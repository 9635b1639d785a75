// How many slices may be on their way to a die: for latency and unevenness, as far as there is room.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { windowOf } from '../../../src/schedulers/adaptive/window.ts'
import { pairTokens } from '../../../src/schedulers/work.ts'
import { frameHardware, HIDDEN, tinyModel, workOf } from '../../helpers/frames.ts'

const PIECES = 2
const model = tinyModel(4, PIECES)
const SLICE_BYTES = expertBytes(model) / PIECES
const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: PIECES })

/** `latencyPs`: in which memory reads so many bytes as it takes to read a slice in 1000 ps. */
function window(latencyPs: number, evenness: number, change: Partial<HardwareSpec> = {}) {
  const hardware = { ...frames, memory: { ...frames.memory, latencyPs }, ...change }
  const context = packageOf({ hardware, model, compat: 'physical' })
  // Tokens 0 and 1 rest on die 0; experts 0 and 1 are chosen by all four dies.
  const work = workOf([[0], [1], [0], [1], [0], [1], [0], [1]], 4, context.topology)
  const tokenOf = pairTokens(work)
  return windowOf(work, context, { die: 0, experts: [0, 1], evenness, slices: PIECES, tokenOf })
}

describe('slices on their way', () => {
  it('are three, and three times what latency asks for', () => {
    expect(window(0, 0)).toBe(3)
    expect(window(1000, 0)).toBe(3 + 3)
    expect(window(2500, 0)).toBe(3 + 8)
    const link = { ...frames.link, latencyPs: 500 }
    // Two links from the first die to the farthest.
    expect(window(1000, 0, { link })).toBe(3 + 6)
    const llc = { capacityBytes: 6144, ways: 2, hitPs: 1, missPs: 300, writePs: 200 }
    expect(window(500, 0, { llc })).toBe(3 + 3)
  })

  it('cover the way from tiers too, one slice on each', () => {
    const tier = {
      ...{ name: 'host', capacityBytes: Infinity, startupPs: 0, way: 'pcie', shared: false },
      ...{ latencyPs: 4000, bytesPerPs: SLICE_BYTES / 2000 },
    }
    const behind = (change: object) =>
      window(0, 0, { memory: { ...frames.memory, latencyPs: 0, tiers: [{ ...tier, ...change }] } })
    expect(behind({ latencyPs: 0 })).toBe(3 + 1)
    expect(behind({})).toBe(3 + 1 + 3 * 2)
    // Four dies share the way.
    expect(behind({ shared: true })).toBe(3 + 1 + Math.ceil((3 * 2) / 4))
  })

  it('are up to 24 more where unit and channel are equally busy', () => {
    expect(window(0, 1)).toBe(3 + 24)
    expect(window(0, 0.5)).toBe(3 + 6)
  })

  it('are no more than fit beside tokens, of which guests need room too', () => {
    const tokenBytes = HIDDEN
    const sramBytes = 5 * SLICE_BYTES + (2 + 6) * tokenBytes
    expect(window(9000, 0, { sramBytes })).toBe(5)
    expect(window(9000, 0, { sramBytes: sramBytes - 1 })).toBe(4)
    expect(window(9000, 0, { sramBytes: 5 * SLICE_BYTES, activations: 'memory' })).toBe(5)
    expect(() => window(0, 0, { sramBytes: SLICE_BYTES + 8 * tokenBytes - 1 })).toThrow(
      'expert 0 with all tokens of die 0 beside one of its 2 slices needs 6.66 kB; available: 6.66 kB of SRAM; use a larger "sram", or fewer tokens',
    )
    expect(window(0, 0, { sramBytes: SLICE_BYTES + 8 * tokenBytes })).toBe(1)
  })

  it('are 12 MiB at most on chip, and 48 MB where tokens rest in memory, however much SRAM there is', () => {
    const most = (activations: 'sram' | 'memory') => window(1e9, 0, { activations })
    expect(most('sram')).toBe((12 * 2 ** 20) / SLICE_BYTES)
    expect(most('memory')).toBe(Math.floor(48e6 / SLICE_BYTES))
  })
})
