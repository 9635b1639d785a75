// How full a die would be with slices that it does not have yet is how full it is once it has them.
import { describe, expect, it } from 'vitest'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { DieLoads } from '../../../src/schedulers/adaptive/die-loads.ts'
import { noCosts } from './no-costs.ts'

/** A die's unit is what everything is measured by. */
const some: SliceCosts = { ...noCosts, computePs: (tokens) => 10 * tokens }
const DIES = 3
const SLICES = 6

interface Ways {
  readonly isShared?: boolean
  readonly waysPs?: number
  readonly homePs?: number
}

function loadsWith(
  costs: SliceCosts,
  { isShared = false, waysPs = 0, homePs = waysPs }: Ways = {},
): DieLoads {
  const tokensOf = (expert: number) => [2, 5][expert]!
  const groups = [0, 1].map((expert) => {
    const slices = Array.from({ length: SLICES }, (_, slice) => slice)
    return { expert, slices, dies: [0, 1, 2] }
  })
  return new DieLoads(groups, {
    ...{ order: [0, 1, 2], dies: DIES, experts: 2, tokens: 6, senders: 2, tokensOf, costs, isShared },
    ...{ startPs: new Float64Array(DIES).fill(waysPs), endPs: new Float64Array(DIES).fill(homePs) },
    channelOf: (die: number) => (die === 2 ? 1 : die),
    linkOf: (die: number) => die,
  })
}

it('weights from a channel elsewhere take links, together with those that leave it on the same way', () => {
  const costs = { ...some, readPs: 0, wayPs: 1000 }
  const strainOf = (die: number, loads: DieLoads) => loads.strain(die, 0, 0)
  const loads = loadsWith(costs)
  const others = loadsWith({ ...costs, wayPs: 0 })
  for (const die of [1, 2]) for (const one of [loads, others]) one.add(0, die, 2)
  // Die 1 reads through its own channel, die 2 through that of die 1.
  expect(strainOf(1, loads)).toBe(strainOf(1, others))
  expect(strainOf(2, loads)).toBeGreaterThan(2 * strainOf(2, others))
  const asked = loads.strain(2, 0, 1)
  loads.add(0, 2, 1)
  expect(loads.strain(2, 0, 0)).toBe(asked)
})

/** Of die 1 and the ways out of all, as asked and as it then is, with slices given, added and taken away. */
function askedAndThen(loads: DieLoads): (readonly [number, number])[] {
  const deals = [
    [0, 2],
    [1, 3],
    [0, 1],
    [1, -3],
    [0, -1],
  ] as const
  return deals.map(([expert, count]) => {
    const asked = loads.sentStrain() + loads.strain(1, expert, count)
    loads.add(expert, 1, count)
    return [asked, loads.sentStrain() + loads.strain(1, 0, 0)]
  })
}

it.each<[string, SliceCosts, Parameters<typeof loadsWith>[1]?]>([
  ['the channel', { ...some, readPs: 100 }],
  ['a channel that all share', { ...some, readPs: 100 }, { isShared: true }],
  ['inputs, read once for each expert', { ...some, inputPs: (tokens) => 100 * tokens }],
  ['inner columns, read for each slice', { ...some, innerPs: (tokens) => 100 * tokens }],
  ['the port of a cache', { ...some, portPs: 100 }],
  ['the unit', some],
  ['ways to and from the die', some, { waysPs: 20 }],
  ['tokens that come', { ...some, tokenPs: 100 }],
  ['messages that bring them', { ...some, messagePs: 100 }],
])('where %s matters most', (_, costs, setting) => {
  const strains = askedAndThen(loadsWith(costs, setting))
  for (const [asked, then] of strains) expect(asked / then).toBeCloseTo(1, 9)
  // Each deal changes what is there.
  expect(new Set(strains.map(([, then]) => then.toPrecision(6))).size).toBeGreaterThan(1)
})

it('a die is fuller with slices whose port takes longer', () => {
  const strainOf = (portPs: number) => {
    const loads = loadsWith({ ...some, portPs })
    loads.add(1, 1, 3)
    return loads.strain(1, 0, 0)
  }
  expect(strainOf(200)).toBeGreaterThan(2 * strainOf(50))
})

it('results that come home take the ways of the tokens once more', () => {
  const sentStrain = (messagePs: number, waysPs: number, homePs: number) => {
    const loads = loadsWith({ ...some, messagePs }, { waysPs, homePs })
    loads.add(1, 1, 3)
    return loads.sentStrain()
  }
  expect(sentStrain(100, 20, 10)).toBeCloseTo(sentStrain(200, 30, 0), 9)
  expect(sentStrain(100, 20, 10)).toBeGreaterThan(sentStrain(100, 30, 0))
})

it('tokens that come and messages that bring them take the ways one after the other', () => {
  const sentStrain = (tokenPs: number, messagePs: number) => {
    const loads = loadsWith({ ...some, tokenPs, messagePs })
    loads.add(1, 1, 3)
    return loads.sentStrain()
  }
  // Five tokens, in a message of each of the two dies that they rest on.
  expect(sentStrain(40, 100)).toBeCloseTo(sentStrain(80, 0), 9)
  expect(sentStrain(40, 100)).toBeGreaterThan(sentStrain(40, 0))
})

describe('by hand', () => {
  // Of the slices of both experts a third is a channel's even part, in units of which loads are weighed.
  const costs: SliceCosts = {
    ...{ ...noCosts, readPs: 100, portPs: 230, tokenPs: 90, messagePs: 60, wayPs: 200 },
    innerPs: (tokens) => 10 * tokens,
    inputPs: (tokens) => 30 * tokens,
    computePs: (tokens) => 40 * tokens,
  }
  const EVEN_CHANNEL_PS = (SLICES * (100 + 20) + SLICES * (100 + 50)) / DIES
  const EVEN_UNIT_PS = (SLICES * 80 + SLICES * 200) / DIES
  const power = (ps: number, evenPs = Math.max(EVEN_CHANNEL_PS, EVEN_UNIT_PS)) => (ps / evenPs) ** 16
  /** Two senders, and of each token's dies a third is where it rests. */
  const sent = (tokens: number, messages: number, waysPs: number, ways = 1) =>
    2 * power(waysPs + ways * ((2 / 3 / 2) * (tokens * 90 + messages * 60)))
  const unlike = (found: number, expected: number) => Math.abs(found / expected - 1)

  it('a die is as full as its channel, unit, port and way in, and the ways out of all dies that its guests take', () => {
    const loads = loadsWith(costs, { waysPs: 30, homePs: 45 })
    const channelPs = 2 * 150 + 150
    const expected =
      power(channelPs + 0.1 * 400 + 45) +
      power(30 + 400 + 0.1 * (channelPs - 30) + 45) +
      power(2 * 230) +
      power(5 * 90) +
      (sent(5, 2, 75, 2) - sent(0, 0, 75, 2))
    expect(unlike(loads.strain(0, 1, 2), expected)).toBeLessThan(1e-9)
    loads.add(1, 0, 2)
    expect(unlike(loads.strain(0, 0, 0), expected - (sent(5, 2, 75, 2) - sent(0, 0, 75, 2)))).toBeLessThan(
      1e-9,
    )
    // Once the other expert's two tokens are there too, all six of the layer are, and no message more.
    const both = loads.strain(0, 0, 1)
    const all =
      power(channelPs + 120 + 60 + 0.1 * 480 + 45) +
      power(30 + 480 + 0.1 * (channelPs + 180 - 30) + 45) +
      power(3 * 230) +
      power(6 * 90) +
      (sent(6, 2, 75, 2) - sent(5, 2, 75, 2))
    expect(unlike(both, all)).toBeLessThan(1e-9)
  })

  it('an idle die waits for nothing, and of shared channels half of what it reads beyond its part counts', () => {
    const loads = loadsWith({ ...costs, computePs: () => 0 }, { isShared: true, waysPs: 300 })
    const even = (ps: number) => power(ps, EVEN_CHANNEL_PS)
    expect(unlike(loads.strain(0, 0, 0), even(EVEN_CHANNEL_PS / 2) * (1 + 0.1 ** 16))).toBeLessThan(1e-9)
    loads.add(1, 0, 3)
    const channelPs = EVEN_CHANNEL_PS + (3 * 150 + 150 - EVEN_CHANNEL_PS) / 2
    const expected = even(channelPs) * (1 + 0.1 ** 16) + even(3 * 230) + even(5 * 90)
    expect(unlike(loads.strain(0, 0, 0), expected)).toBeLessThan(1e-9)
  })

  it('weights from a channel elsewhere come on the way of the die', () => {
    const loads = loadsWith(costs)
    loads.add(1, 2, 2)
    const expected =
      power(450 + 0.1 * 400) + power(400 + 0.1 * 450) + power(2 * 230) + power(5 * 90 + 2 * 200)
    expect(unlike(loads.strain(2, 0, 0), expected)).toBeLessThan(1e-9)
    // Die 1 reads through the same channel, which is its own, and has nothing else to do.
    expect(unlike(loads.strain(1, 0, 0), power(450) + power(0.1 * 450))).toBeLessThan(1e-9)
    expect(loads.evaluations).toBe(2)
    expect([...loads.strains()]).toEqual([0, 1, 2].map((die) => loads.strain(die, 0, 0)))
    expect(loads.evaluations).toBe(8)
    expect(loads.slicePs(0)).toBe(120)
    expect(loads.slicePs(1)).toBe(200)
  })

  it('the fullest is a die, or the ways out of one of those that tokens rest on', () => {
    const loads = loadsWith({ ...costs, tokenPs: 0, messagePs: 0 })
    loads.add(1, 0, 6)
    expect(loads.fullest()).toBe(loads.strain(0, 0, 0))
    const far = loadsWith({ ...noCosts, computePs: () => 10, tokenPs: 1000, messagePs: 100 })
    far.add(0, 0, 1)
    far.add(1, 1, 1)
    // Seven tokens and two messages to each die, a third of which stay.
    expect(unlike(far.sentStrain() / 2, ((1 / 3) * (7 * 1000 + 4 * 100)) ** 16 / 40 ** 16)).toBeLessThan(1e-9)
    expect(far.fullest()).toBe(Math.max(far.strain(1, 0, 0), far.sentStrain() / 2))
  })

  it('of slices that are there already inner columns are read, and inputs once, but no weights', () => {
    const groups = [{ expert: 0, slices: [0, 1, 2, 3, 4, 5], dies: [0, 1, 2] }]
    const loads = new DieLoads(groups, {
      ...{ order: [0, 1, 2], dies: DIES, experts: 2, tokens: 6, senders: 2, costs, isShared: false },
      tokensOf: (expert) => [2, 5][expert]!,
      ...{ channelOf: (die: number) => die, linkOf: (die: number) => die },
      ...{ startPs: new Float64Array(DIES), endPs: new Float64Array(DIES) },
      here: [{ expert: 1, die: 1, tokens: 5, slices: [0, 1, 2] }],
    })
    const evenPs = (SLICES * 120) / DIES
    const channelPs = 3 * 50 + 150
    const expected =
      power(channelPs + 0.1 * 600, evenPs) + power(600 + 0.1 * channelPs, evenPs) + power(5 * 90, evenPs)
    expect(unlike(loads.strain(1, 0, 0), expected)).toBeLessThan(1e-9)
  })
})
