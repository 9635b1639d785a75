// How full a die would be with slices that it does not have yet is how full it is once it has them.
import { expect, it } from 'vitest'
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
