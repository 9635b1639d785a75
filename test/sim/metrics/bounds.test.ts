// Lower bounds on a layer's time, worked out by hand; that no run is faster is in schedulers/contract.test.ts.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, flopPerToken } from '../../../src/model/shape.ts'
import { binding, layerBounds } from '../../../src/sim/metrics/bounds.ts'
import { HIDDEN, tinyModel, workOf } from '../../helpers/frames.ts'
import { scriptHardware } from '../scripted.ts'

const topology = buildTopology(scriptHardware.topology)
const model = tinyModel(3, 1, 2)
const bytes = expertBytes(model)
/** One byte or FLOP per ps everywhere. */
const hardware = {
  ...scriptHardware,
  link: { ...scriptHardware.link, bytesPerPs: 1 },
  compute: { kind: 'ideal', flopPerPs: 1 },
  memory: { ...scriptHardware.memory, bytesPerPs: 2, efficiency: 0.5, shared: false },
} as const
const base = packageOf({ hardware, model, compat: 'physical' })
const heldByDie0 = (_expert: number, die: number) => (die === 0 ? 1 : 0)

// Die 0: tokens 0, 1; die 1: 2, 3; die 2: 4, 5; die 3: 6, 7. Expert 0 is wanted by all, expert 1 by one token of die 3.
const work = workOf([[0], [0], [0], [0], [0], [0], [0], [0, 1]], 3, topology)

describe('bounds', () => {
  it('compute: all FLOPs over the best rate of all dies', () => {
    expect(layerBounds(work, base, { share: heldByDie0 }).compute).toBe((9 * flopPerToken(model)) / 4)
  })

  it('memory: weights of active experts over all channels', () => {
    expect(layerBounds(work, base, { share: heldByDie0 }).memory).toBe((2 * bytes) / 4)
  })

  it('link: what must cross is weights in or tokens out, whichever is less', () => {
    const bounds = layerBounds(work, base, { share: heldByDie0 })
    // Half a token a pair, as a token that travels may serve two experts. Worst die: 0, which holds all weights, with
    // the 7 pairs of the other dies over 2 + 2 links.
    expect(bounds.link).toBe((7 * (HIDDEN / 2)) / 4)
  })

  it('weights that lie partly inside need only the rest', () => {
    const few = { ...model, hidden: 1_000_000 }
    const share = (_expert: number, die: number) => (die === 1 || die === 2 ? 0.5 : 0)
    const { link } = layerBounds(work, { ...base, model: few }, { share })
    // Tokens are large now, and weights larger still. Die 1: its 2 pairs want the half it lacks, the 7 others its half.
    expect(2 * 500_000).toBeLessThan(expertBytes(few) / 2)
    expect(link).toBe((9 * 500_000) / 4)
    const { bisection } = layerBounds(work, { ...base, model: few }, { share })
    // Each half holds half of all weights; each of the 9 pairs lacks something that lies on the other side.
    expect(bisection).toBe((9 * 500_000) / 4)
  })

  it('weights cross where that is less than the tokens that want them', () => {
    const manyTokens = { ...model, activationBytes: 1e6 }
    const { link } = layerBounds(work, { ...base, model: manyTokens }, { share: heldByDie0 })
    // Expert 0 and expert 1 leave die 0 once each, whole.
    expect(link).toBe((2 * bytes) / 4)
  })

  it('half-duplex links carry both directions in one', () => {
    const half = { ...hardware, link: { ...hardware.link, duplex: 'half' } } as const
    const { link } = layerBounds(work, { ...base, hardware: half }, { share: heldByDie0 })
    expect(link).toBe((7 * (HIDDEN / 2)) / 2)
  })

  it('nothing must cross where activations move for free, nor where all weights lie everywhere', () => {
    const free = layerBounds(work, { ...base, compat: 'paper' }, { share: heldByDie0 })
    const everywhere = layerBounds(work, base, { share: () => 1 })
    expect([free.link, free.bisection, everywhere.link, everywhere.bisection]).toEqual([0, 0, 0, 0])
  })

  it('the binding one is the largest', () => {
    expect(binding({ compute: 3, memory: 9, tier: 0, link: 9, bisection: 2 })).toEqual({
      name: 'memory',
      ps: 9,
    })
    expect(binding({ compute: 3, memory: 1, tier: 0, link: 1, bisection: 4 })).toEqual({
      name: 'bisection',
      ps: 4,
    })
  })
})
