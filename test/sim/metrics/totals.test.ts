// What iterations and parts of a forward pass come to in totals: each into its phase, its bounds and its counters.
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { OptimumCounters } from '../../../src/optimum/optimum.ts'
import type { PartCost } from '../../../src/sim/metrics/roofline.ts'
import {
  addIteration,
  addOptimum,
  addPart,
  boundBy,
  isEndToEnd,
  Totals,
} from '../../../src/sim/metrics/totals.ts'
import { workOf } from '../../helpers/frames.ts'
import { madeUp } from '../../schedulers/machines.ts'

const work = workOf([[0], [1], [1]], 2, buildTopology(madeUp[0]!.topology))
const bounds = { compute: 30, memory: 50, tier: 10, link: 20, bisection: 40 }

describe('an iteration', () => {
  it('counts once, with its tokens, its bounds, its work and how unevenly that lay', () => {
    const totals = new Totals()
    addIteration(totals, work, 100, bounds, { dieFlop: [6, 2, 0, 0], channelBytes: [1, 0, 7, 0], hops: 9 })
    const even = { dieFlop: [2, 2, 2, 2], channelBytes: [0, 5, 0, 5], hops: 9 }
    addIteration(totals, work, 100, { ...bounds, link: 60 }, even)
    expect(totals).toMatchObject({ latencyPs: 200, iterations: 2, tokenLayers: 6, flop: 16 })
    // The busiest die has three times the mean, then the mean itself.
    expect(totals.imbalanceSum).toBe(3 + 1)
    expect(totals.busiestChannelBytes).toBe(7 + 5)
    expect(totals.bounds).toEqual({ compute: 60, memory: 100, tier: 20, link: 80, bisection: 80 })
    expect(totals.boundPs).toBe(50 + 60)
    expect(totals.binds).toEqual({ compute: 0, memory: 50, tier: 0, link: 60, bisection: 0 })
    expect(boundBy(totals)).toBe('link')
    expect(isEndToEnd(totals)).toBe(false)
  })

  it('in which dies compute nothing is as even as can be', () => {
    const totals = new Totals()
    addIteration(totals, work, 100, bounds, { dieFlop: [0, 0, 0, 0], channelBytes: [1, 1, 1, 1], hops: 0 })
    addIteration(totals, work, 100, bounds, { dieFlop: [1, 0, 0, 0], channelBytes: [1, 1, 1, 1], hops: 0 })
    expect(totals.imbalanceSum).toBe(1 + 4)
  })

  it('adds its optimum to those before it, if it has any', () => {
    const totals = new Totals()
    expect(totals.optimum).toBeUndefined()
    addOptimum(totals, Object.assign(new OptimumCounters(), { givenPs: 5, freePs: 4 }))
    addOptimum(totals, Object.assign(new OptimumCounters(), { givenPs: 7, freePs: 1 }))
    expect(totals.optimum).toMatchObject({ givenPs: 12, freePs: 5 })
  })

  it.each([
    ['prefill', { prefillPs: 100, decodePs: 0, decodeHops: 0, decodeTokenLayers: 0 }],
    ['decode', { prefillPs: 0, decodePs: 100, decodeHops: 9, decodeTokenLayers: 3 }],
    ['mixed', { prefillPs: 0, decodePs: 0, decodeHops: 0, decodeTokenLayers: 0 }],
  ] as const)('of phase %s counts there', (phase, expected) => {
    const totals = new Totals()
    const counted = { dieFlop: [1, 1, 1, 1], channelBytes: [1, 1, 1, 1], hops: 9 }
    addIteration(totals, { ...work, phase }, 100, bounds, counted)
    expect(totals).toMatchObject(expected)
  })
})

const cost: PartCost = {
  ps: 1000,
  bounds: { compute: 400, memory: 1000, link: 200 },
  flop: 8000,
  weightBytes: 600,
  kvReadBytes: 320,
  kvWriteBytes: 40,
  linkByteHops: 80,
  sramBytes: 1600,
}

describe('a part of a forward pass', () => {
  it('is its own bound, and counts all that it moves', () => {
    const totals = new Totals()
    addPart(totals, 'attention', cost, 'prefill')
    addPart(totals, 'router', cost, 'decode')
    expect(totals).toMatchObject({ latencyPs: 2000, prefillPs: 1000, decodePs: 1000, boundPs: 2000 })
    expect(totals.partPs).toEqual({ attention: 1000, router: 1000, shared: 0, dense: 0, head: 0 })
    expect(totals.bounds).toEqual({ compute: 800, memory: 2000, tier: 0, link: 400, bisection: 0 })
    expect(totals.binds).toEqual({ compute: 0, memory: 2000, tier: 0, link: 0, bisection: 0 })
    expect(totals).toMatchObject({ flop: 16_000, kvReadBytes: 640, kvWriteBytes: 80 })
    const { weightReadBytes, sramBytes, linkBytes, linkByteHops } = totals.traffic
    expect([weightReadBytes, sramBytes, linkBytes, linkByteHops]).toEqual([1200, 3200, 160, 160])
    expect(isEndToEnd(totals)).toBe(true)
    expect(totals.iterations).toBe(0)
  })

  it('counts by its share where the layers it stands for are sampled', () => {
    const totals = new Totals()
    addPart(totals, 'dense', cost, 'decode', 1 / 4)
    expect(totals).toMatchObject({ latencyPs: 250, decodePs: 250, boundPs: 250, flop: 2000 })
    expect(totals.bounds).toEqual({ compute: 100, memory: 250, tier: 0, link: 50, bisection: 0 })
    expect(totals).toMatchObject({ kvReadBytes: 80, kvWriteBytes: 10 })
    const { weightReadBytes, sramBytes, linkBytes, linkByteHops } = totals.traffic
    expect([weightReadBytes, sramBytes, linkBytes, linkByteHops]).toEqual([150, 400, 20, 20])
    addPart(totals, 'dense', { ...cost, ps: 3 }, 'decode', 1 / 2)
    // Times are whole picoseconds.
    expect(totals.latencyPs).toBe(252)
  })

  it('makes a run end to end where it is attention, however short', () => {
    const totals = new Totals()
    addPart(totals, 'dense', cost, 'decode')
    expect(isEndToEnd(totals)).toBe(false)
    addPart(totals, 'attention', { ...cost, ps: 1 }, 'decode')
    expect(isEndToEnd(totals)).toBe(true)
  })
})
