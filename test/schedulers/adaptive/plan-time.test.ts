// How long a dealt layer takes, by hand: each resource in turn is the one that the others wait for.
import { expect, it } from 'vitest'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { planPs } from '../../../src/schedulers/adaptive/plan-time.ts'
import type { BalanceSetting, Part } from '../../../src/schedulers/adaptive/setting.ts'
import { noCosts } from './no-costs.ts'

const part = (expert: number, die: number, tokens: number, slices: number): Part => ({
  ...{ expert, die, tokens },
  slices: Array.from({ length: slices }, (_, slice) => slice),
})
/** Die 0 has three slices of two experts, die 1 one of another, die 2 none. */
const parts = [part(0, 0, 4, 2), part(1, 0, 3, 1), part(2, 1, 5, 1)]

function ps(costs: Partial<SliceCosts>, change: Partial<BalanceSetting> = {}, window = 100) {
  return planPs(
    parts,
    {
      ...{ order: [0, 1, 2], dies: 3, experts: 3, tokens: 6, senders: 2, isShared: false },
      ...{ startPs: new Float64Array(3), endPs: new Float64Array(3) },
      tokensOf: (expert) => [4, 3, 5][expert]!,
      channelOf: (die) => die,
      linkOf: (die) => die,
      costs: { ...noCosts, ...costs },
      ...change,
    },
    window,
  )
}

it('the fullest channel reads every slice, its inner columns and once for each expert its inputs', () => {
  const costs = {
    readPs: 1000,
    innerPs: (tokens: number) => 10 * tokens,
    inputPs: (tokens: number) => tokens,
  }
  expect(ps(costs)).toBe(2 * 1040 + 4 + 1030 + 3)
  // Two dies that read through one channel wait for each other.
  expect(ps(costs, { channelOf: () => 1 })).toBe(2 * 1040 + 4 + 1030 + 3 + 1050 + 5)
})

it('results come home after the last slice is read, from dies that compute something', () => {
  const costs = { readPs: 1000, computePs: () => 1 }
  expect(ps(costs, { endPs: Float64Array.of(50, 0, 90_000) })).toBe(3000 + 50)
  // The channel of die 2 is read through, and nothing computed there.
  const elsewhere = { channelOf: (die: number) => (die === 0 ? 2 : die) }
  expect(ps(costs, { endPs: Float64Array.of(50, 0, 400), ...elsewhere })).toBe(3000)
})

it('the fullest cache port takes every slice', () => {
  expect(ps({ portPs: 700 })).toBe(3 * 700)
})

it('the fullest unit computes every slice after its first weights or tokens, and then results go', () => {
  const costs = { computePs: (tokens: number) => 100 * tokens }
  expect(ps(costs)).toBe(2 * 400 + 300)
  expect(ps(costs, { startPs: Float64Array.of(7, 0, 0), endPs: Float64Array.of(9, 0, 0) })).toBe(
    7 + 2 * 400 + 300 + 9,
  )
  expect(ps(costs, { startPs: Float64Array.of(0, 0, 8000) })).toBe(2 * 400 + 300)
})

it('a unit has its last tokens when each of two senders has started a message to either die', () => {
  const costs = { computePs: (tokens: number) => 100 * tokens, messagePs: 30 }
  expect(ps(costs)).toBe(2 * 30 + 2 * 400 + 300)
  // Of seven senders no more than as many as a die has guests.
  expect(ps(costs, { senders: 7, tokens: 9 })).toBe(((7 + 5) / 7) * 30 + 2 * 400 + 300)
})

it('a sender sends each token once to a die, be it wanted by two experts there, and has it back where results go home', () => {
  // Die 0 wants seven of the six tokens, die 1 five.
  const costs = { tokenPs: 1000 }
  expect(ps(costs)).toBe((6 + 5) * 500)
  const away = Float64Array.of(20, 30, 90_000)
  expect(ps(costs, { startPs: away })).toBe(30 + 5500)
  expect(ps(costs, { startPs: away, endPs: Float64Array.of(4, 5, 90_000) })).toBe(30 + 5500 + 5500 + 5)
  expect(ps({ tokenPs: 1000, messagePs: 10 }, { senders: 1 })).toBe(2 * 10 + 11_000)
})

it('a die whose tokens come late has its slices yet to read, but for those in its window', () => {
  // Of three tokens of die 0 two thirds rest elsewhere; then all of its slices are read but for the one that its window holds.
  const costs = { tokenPs: 6000, readPs: 9000 }
  expect(ps(costs, { senders: 100 }, 1)).toBe((2 / 3) * 3 * 6000 + 27_000 - 9000)
  expect(ps(costs, { senders: 100 }, 3)).toBe(27_000)
  const late = { senders: 100, startPs: Float64Array.of(40, 0, 0) }
  expect(ps({ tokenPs: 3000, computePs: () => 5000 }, late)).toBe(40 + (2 / 3) * 3 * 3000 + 15_000)
})
