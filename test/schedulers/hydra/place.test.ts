// Where hydra puts experts: few token-hops under a cap on every die's expected time.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TopologySpec } from '../../../src/hardware/spec.ts'
import { buildTopology, type Topology } from '../../../src/hardware/topology.ts'
import type { HydraCost } from '../../../src/schedulers/hydra/cost.ts'
import { type HopSetting, placeByHops } from '../../../src/schedulers/hydra/place.ts'
import { contiguous } from '../../../src/schedulers/placements/homes.ts'

const row = (dies: number) => buildTopology({ kind: 'mesh', columns: dies, rows: 1, numbering: 'row-major' })

/** A token takes 1 ps, its expert's weights nothing. */
const byTokens: HydraCost = {
  readPs: () => 0,
  readAwayPs: () => 0,
  computePs: (tokens) => tokens,
  overlaps: false,
  readsAtHome: false,
  weightTokens: () => 0,
}

function placed(
  tokens: readonly number[],
  home: Int32Array,
  cap: number,
  topology: Topology,
  more: Partial<HopSetting> = {},
) {
  const setting = { tokens: Float64Array.from(tokens), home, channel: home, cost: byTokens, cap, topology }
  return placeByHops({ ...setting, ...more })
}

/** `tokens[e][d]`: of expert e on die d of a row of dies. */
function place(
  tokens: readonly (readonly number[])[],
  cap: number,
  home?: readonly number[],
  cost: Partial<HydraCost> = {},
) {
  const topology = row(tokens[0]!.length)
  const homes = home ? Int32Array.from(home) : contiguous(tokens.length, topology)
  return placed(tokens.flat(), homes, cap, topology, { cost: { ...byTokens, ...cost } })
}

describe('placing by token-hops', () => {
  it('puts an expert where the way of its tokens is shortest, which need not be where most of them rest', () => {
    // On die 0: 3 * 2 = 6 hops; on die 1: 4 + 3; on die 2: 4 * 2. With 3 on die 1 instead of 2: the middle.
    expect(place([[4, 0, 3]], 64, [2])).toMatchObject({ dieOf: Int32Array.of(0), tokenHops: 6 })
    expect(place([[4, 2, 3]], 64, [2])).toMatchObject({ dieOf: Int32Array.of(1), tokenHops: 7 })
  })

  it('does not load a die beyond the cap: the next best takes the expert', () => {
    const tokens = [
      [6, 0, 0],
      [5, 0, 0],
      [4, 0, 0],
    ]
    // 15 tokens, mean 5. Cap 1.25 allows one expert per die, cap 2.2 two, cap 3 all.
    expect([...place(tokens, 1.25, [2, 2, 2]).dieOf]).toEqual([0, 1, 2])
    expect([...place(tokens, 2.2, [2, 2, 2]).dieOf]).toEqual([0, 0, 1])
    expect([...place(tokens, 3, [2, 2, 2]).dieOf]).toEqual([0, 0, 0])
  })

  it('puts an expert that fits nowhere on the least loaded die, the nearest of equals', () => {
    // 12 tokens, mean 4: expert 0 alone is above the cap of 5. All dies are empty, so it goes where its tokens rest.
    const tokens = [
      [0, 8, 0],
      [0, 4, 0],
    ]
    expect([...place(tokens, 1.25, [0, 2]).dieOf]).toEqual([1, 2])
  })

  it('prefers home among equals, then the less loaded die', () => {
    expect([...place([[1, 0, 1]], 64, [1]).dieOf]).toEqual([1])
    const tokens = [
      [3, 3, 0],
      [1, 1, 0],
    ]
    // Expert 0 stays at home, die 1. Expert 1 has as short a way to dies 0 and 1, and die 0 is empty.
    expect([...place(tokens, 64, [1, 2]).dieOf]).toEqual([1, 0])
  })

  it('leaves experts without tokens at home', () => {
    const tokens = [
      [0, 0, 0],
      [2, 0, 0],
    ]
    expect([...place(tokens, 1, [2, 1]).dieOf]).toEqual([2, 0])
  })

  it('keeps everything at home where that is no worse, though the greedy choice went astray', () => {
    // 12 tokens, a cap of 5. Greedy puts expert 0 where its way is shortest, on die 0, where expert 1 then has no room.
    const tokens = [
      [3, 2, 0],
      [4, 0, 0],
      [0, 0, 0],
      [0, 0, 3],
    ]
    const home = [1, 0, 1, 2]
    const { tokenHops, dieOf, longestPs } = place(tokens, 1.25, home)
    expect([...dieOf]).toEqual(home)
    expect({ tokenHops, longestPs }).toEqual({ tokenHops: 3, longestPs: 5 })
  })

  it('counts the time of weights: as many experts to each die where reading them is what takes time', () => {
    // All tokens rest on die 0. By tokens the first one is as much as all others; by reads each is a quarter.
    const tokens = [
      [3, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ]
    const away = (cost: Partial<HydraCost>) =>
      place(tokens, 1, [1, 1, 1, 1], cost).dieOf.filter((die) => die === 1).length
    expect(away({})).toBe(3)
    expect(away({ readPs: () => 1000 })).toBe(2)
  })

  it('holds the longer of reading and computing against the cap where they overlap, and their sum where not', () => {
    // Reads take 4 each, tokens 6, 1 and 1. Together 12 and 8: overlapped a die may have 6, one after the other 10.
    const tokens = [
      [6, 0],
      [1, 0],
      [1, 0],
    ]
    const longest = (overlaps: boolean) =>
      place(tokens, 1, [1, 1, 1], { readPs: () => 4, overlaps }).longestPs
    expect(longest(true)).toBe(8)
    expect(longest(false)).toBe(10)
  })

  it('moves an expert from its one home only where the busiest die ends sooner, its way over links counted', () => {
    // Die 0 has both weights: reading takes 8 of its channel, whoever computes the tokens of each.
    const longest = (tokens: number, readAwayPs: number) =>
      place(
        [
          [tokens, 0],
          [0, tokens],
        ],
        1,
        [0, 0],
        { readPs: () => 4, readAwayPs: () => readAwayPs, readsAtHome: true, overlaps: true },
      )
    expect(longest(3, 4)).toMatchObject({ dieOf: Int32Array.of(0, 0), longestPs: 8 })
    expect(longest(10, 4)).toMatchObject({ longestPs: 10 })
    expect([...longest(10, 4).dieOf].sort()).toEqual([0, 1])
    expect(longest(10, 12)).toMatchObject({ dieOf: Int32Array.of(0, 0), longestPs: 20 })
  })

  it('moves only what is too much for a die where moving is dear', () => {
    // Three experts at home on die 0, one on die 1, none on die 2; weights are worth 100 tokens. The cap allows two on a die.
    const tokens = [
      [0, 2, 0],
      [0, 2, 0],
      [0, 2, 0],
      [0, 0, 2],
    ]
    const { dieOf } = place(tokens, 1.5, [0, 0, 0, 1], { weightTokens: () => 100 })
    expect([...dieOf]).toEqual([1, 0, 0, 1])
  })

  it('counts the way of weights from the die that holds them', () => {
    const cost = (weightTokens: number) => ({ weightTokens: () => weightTokens })
    expect(place([[4, 0, 0]], 64, [2], cost(3))).toMatchObject({ dieOf: Int32Array.of(0), tokenHops: 6 })
    expect(place([[4, 0, 0]], 64, [2], cost(5))).toMatchObject({ dieOf: Int32Array.of(2), tokenHops: 8 })
    const apart = placed([4, 0, 0], Int32Array.of(2), 64, row(3), {
      channel: Int32Array.of(1),
      cost: { ...byTokens, ...cost(5) },
    })
    expect(apart).toMatchObject({ dieOf: Int32Array.of(1), tokenHops: 4 })
  })
})

const topologies: fc.Arbitrary<TopologySpec> = fc.constantFrom<TopologySpec>(
  { kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' },
  { kind: 'mesh', columns: 3, rows: 3, numbering: 'column-major' },
  { kind: 'torus', columns: 4, rows: 2, numbering: 'row-major' },
  { kind: 'ring', dies: 5 },
  { kind: 'crossbar', dies: 8 },
)

const cases = fc.record({ spec: topologies, experts: fc.integer({ min: 1, max: 24 }) }).chain((shape) => {
  const topology = buildTopology(shape.spec)
  const tokens = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), {
    minLength: shape.experts * topology.dies,
    maxLength: shape.experts * topology.dies,
  })
  return fc.record({
    topology: fc.constant(topology),
    tokens,
    cap: fc.double({ min: 1, max: 3, noNaN: true }),
  })
})

function atHome(tokens: readonly number[], topology: Topology) {
  const { dies, order } = topology
  const home = contiguous(tokens.length / dies, topology)
  const load = new Float64Array(dies)
  let tokenHops = 0
  tokens.forEach((count, at) => {
    const die = home[Math.floor(at / dies)]!
    load[die] = load[die]! + count
    tokenHops += count * topology.hops(order[at % dies]!, die)
  })
  return { home, tokenHops, largestLoad: Math.max(...load) }
}

describe('in random cases', () => {
  it('needs no more token-hops than the contiguous placement wherever that one keeps the cap', () => {
    fc.assert(
      fc.property(cases, ({ topology, tokens, cap }) => {
        const contiguously = atHome(tokens, topology)
        const mean = tokens.reduce((a, b) => a + b, 0) / topology.dies
        const isWithin = contiguously.largestLoad <= cap * mean
        const { tokenHops } = placed(tokens, contiguously.home, cap, topology)
        if (isWithin) expect(tokenHops).toBeLessThanOrEqual(contiguously.tokenHops * (1 + 1e-9))
      }),
      { numRuns: 300 },
    )
  })

  it('needs no more than the contiguous placement ever where the cap does not bind', () => {
    fc.assert(
      fc.property(cases, ({ topology, tokens }) => {
        const { home, tokenHops } = atHome(tokens, topology)
        const found = placed(tokens, home, 64, topology)
        expect(found.tokenHops).toBeLessThanOrEqual(tokenHops * (1 + 1e-9))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps every die within the cap, or within what the least loaded die had before one expert more', () => {
    fc.assert(
      fc.property(cases, ({ topology, tokens, cap }) => {
        const { home } = atHome(tokens, topology)
        const { dies } = topology
        const loads = home.map(() => 0)
        const expertLoads = Float64Array.from(loads, (_, e) =>
          tokens.slice(e * dies, (e + 1) * dies).reduce((a, b) => a + b, 0),
        )
        const mean = expertLoads.reduce((a, b) => a + b, 0) / dies
        const { longestPs } = placed(tokens, home, cap, topology)
        // The least loaded die never has more than the mean when an expert that fits nowhere comes to it.
        const allowed = Math.max(cap * mean, mean + Math.max(...expertLoads))
        expect(longestPs).toBeLessThanOrEqual(allowed * (1 + 1e-9))
      }),
      { numRuns: 300 },
    )
  })
})
