// Who computes which slices: every slice once, by a die that holds it, and no die much fuller than it has to be.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { balanceSlices } from '../../../src/schedulers/adaptive/balance.ts'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { type SliceGroup, sliceGroups, sliceHolders } from '../../../src/schedulers/adaptive/layout.ts'
import type { Part } from '../../../src/schedulers/adaptive/setting.ts'
import { noCosts } from './no-costs.ts'

const reading = { ...noCosts, readPs: 100 }

function balance(
  groups: readonly SliceGroup[],
  dies: number,
  tokens: readonly number[],
  costs: SliceCosts,
  senders = dies,
) {
  return balanceSlices(groups, {
    order: Array.from({ length: dies }, (_, die) => die),
    ...{ dies, experts: tokens.length, tokens: 100, senders, costs },
    ...{ startPs: new Float64Array(dies), endPs: new Float64Array(dies) },
    tokensOf: (expert) => tokens[expert]!,
    channelOf: (die) => die,
    isShared: false,
    linkOf: (die: number) => die,
  })
}

const loads = (parts: readonly Part[], dies: number, of: (part: Part) => number) => {
  const sums = new Float64Array(dies)
  for (const part of parts) sums[part.die] = sums[part.die]! + of(part)
  return [...sums]
}

const anyGroups = fc
  .record({
    dies: fc.integer({ min: 1, max: 6 }),
    tokens: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
    slices: fc.integer({ min: 1, max: 6 }),
    seed: fc.nat(),
  })
  .map(({ dies, tokens, slices, seed }) => {
    const diesOf = (expert: number, slice: number) => {
      const first = (expert * 7 + slice * 3 + seed) % dies
      return [...new Set([first, (first + expert + 1) % dies])]
    }
    return { dies, tokens, groups: sliceGroups([...tokens.keys()], slices, diesOf), slices, diesOf }
  })

it('leaves alone a die that tokens reach after the others are done', () => {
  const groups = sliceGroups([0], 4, () => [0, 1, 2])
  const costs = { ...reading, computePs: () => 10 }
  const setting = {
    ...{
      order: [0, 1, 2],
      dies: 3,
      experts: 1,
      tokens: 1,
      senders: 1,
      costs,
      isShared: false,
      linkOf: (die: number) => die,
    },
    ...{ startPs: Float64Array.of(0, 0, 5000), endPs: new Float64Array(3) },
    ...{ tokensOf: () => 1, channelOf: (die: number) => die },
  }
  const slicesOn = (parts: readonly Part[]) => loads(parts, 3, ({ slices }) => slices.length)
  expect(slicesOn(balanceSlices(groups, setting))).toEqual([2, 2, 0])
  // So it is where results are long on their way home.
  const far = { ...setting, startPs: new Float64Array(3), endPs: Float64Array.of(0, 0, 5000) }
  expect(slicesOn(balanceSlices(groups, far))).toEqual([2, 2, 0])
})

it('takes of two plans the one whose fullest die has least to do, though all others have a little more', () => {
  // One slice of each expert on every die: no die has to read more than another. With copies inputs are read by fewer dies, which
  // spares all of them a little and one of them nothing.
  const topology = buildTopology({ kind: 'mesh', columns: 5, rows: 5, numbering: 'row-major' })
  const [dies, experts] = [25, 9]
  const holders = sliceHolders({ experts, slices: dies, parts: dies, copies: 3 }, topology)
  const groups = sliceGroups(
    [...Array(experts).keys()],
    dies,
    (expert, slice) => holders[expert * dies + slice]!,
  )
  const costs = {
    ...reading,
    readPs: 229_540,
    inputPs: (tokens: number) => 4076 * tokens,
    computePs: () => 3181,
  }
  const parts = balance(groups, dies, Array<number>(experts).fill(1), costs)
  expect(Math.max(...loads(parts, dies, ({ slices }) => slices.length))).toBe(experts)
})

it('takes of two plans the one whose fullest channel has least to do, though dies together have more', () => {
  const topology = buildTopology({ kind: 'mesh', columns: 5, rows: 5, numbering: 'row-major' })
  const [dies, experts, slices] = [25, 12, 8]
  const holders = sliceHolders({ experts, slices, parts: 5, copies: 3 }, topology)
  const groups = sliceGroups(
    [...Array(experts).keys()],
    slices,
    (expert, slice) => holders[expert * slices + slice]!,
  )
  const costs = { ...noCosts, readPs: 1000, inputPs: () => 123, computePs: () => 4 }
  const parts = balance(groups, dies, Array<number>(experts).fill(1), costs)
  // Four slices on the fullest die, as there have to be; of three experts there, where the other plan has four.
  const readPs = loads(parts, dies, (part) => 1000 * part.slices.length + 123)
  expect(Math.max(...readPs)).toBe(4 * 1000 + 3 * 123)
})

it('spreads an expert over fewer dies where the one that its tokens rest on would have to send them to each', () => {
  const groups = sliceGroups([0], 4, () => [0, 1, 2, 3])
  // To four dies that takes 240, to each of them 80; two of them read for 200, four for 100.
  const costs = { ...reading, tokenPs: 2 }
  const diesUsed = (senders: number) =>
    new Set(balance(groups, 4, [40], costs, senders).map(({ die }) => die)).size
  expect(diesUsed(4)).toBe(4)
  expect(diesUsed(1)).toBeLessThan(4)
})

describe('a plan', () => {
  it('has every slice once, on a die that may compute it', () => {
    const costs = { ...reading, inputPs: (n: number) => 3 * n, computePs: (n: number) => 5 * n, tokenPs: 1 }
    fc.assert(
      fc.property(anyGroups, ({ dies, tokens, groups, slices, diesOf }) => {
        const parts = balance(groups, dies, tokens, costs)
        const found = parts.flatMap(({ expert, die, slices: own }) => {
          for (const slice of own) expect(diesOf(expert, slice)).toContain(die)
          return own.map((slice) => expert * slices + slice)
        })
        const all = Array.from({ length: tokens.length * slices }, (_, at) => at)
        expect(found.sort((a, b) => a - b)).toEqual(all)
        // One part for each expert and die.
        const keys = parts.map(({ expert, die }) => expert * dies + die)
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  it('deals slices that any die may compute evenly', () => {
    const groups = sliceGroups([0, 1, 2], 8, () => [0, 1, 2, 3])
    const parts = balance(groups, 4, [1, 1, 1], reading)
    expect(loads(parts, 4, ({ slices }) => slices.length)).toEqual([6, 6, 6, 6])
  })

  it('passes load on through dies between that hold something of both', () => {
    // Die 0 is full, die 2 empty, and only die 1 holds experts of both.
    const groups: SliceGroup[] = [
      { expert: 0, slices: [0, 1, 2, 3, 4, 5], dies: [0, 1] },
      { expert: 1, slices: [0, 1, 2, 3, 4, 5], dies: [1, 2] },
    ]
    const parts = balance(groups, 3, [1, 1], reading)
    expect(loads(parts, 3, ({ slices }) => slices.length)).toEqual([4, 4, 4])
  })

  it('evens out reading and computing each by itself', () => {
    const costs = { ...reading, computePs: (n: number) => (n > 10 ? 200 : 10) }
    const groups = sliceGroups([0, 1], 8, () => [0, 1])
    const parts = balance(groups, 2, [50, 1], costs)
    expect(loads(parts, 2, ({ slices }) => slices.length)).toEqual([8, 8])
    expect(loads(parts, 2, ({ slices, tokens }) => (tokens > 10 ? slices.length : 0))).toEqual([4, 4])
  })

  it('leaves an expert whole where reading its inputs twice would cost more than it gains', () => {
    const groups = sliceGroups([0, 1], 4, () => [0, 1])
    const parts = balance(groups, 2, [10, 10], { ...reading, inputPs: () => 500 })
    expect(parts.map(({ slices }) => slices.length)).toEqual([4, 4])
    expect(new Set(parts.map(({ die }) => die)).size).toBe(2)
  })
})
