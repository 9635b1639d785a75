// What of tokens and results, where links are slow, does not overlap with slices.
import { expect, it } from 'vitest'
import { flowPs } from '../../../src/schedulers/adaptive/flow.ts'
import { noCosts } from './no-costs.ts'

const part = (expert: number, tokens: number, slices: number) => ({
  ...{ expert, tokens, die: 0 },
  slices: Array.from({ length: slices }, (_, slice) => slice),
})
const setting = {
  costs: { ...noCosts, readPs: 10, tokenPs: 100 },
  ...{ tokens: 8, window: 1, away: 1, startPs: 5, endPs: 0 },
}

it('the slices of all experts from one on are read after its tokens have come, but for those in flight', () => {
  // Two tokens, and of four more those that are not among them: 2 + 4 * 6 / 8.
  expect(flowPs([part(0, 4, 3), part(1, 2, 3)], setting)).toBe(5 + 500 + 30 - 10)
  expect(flowPs([part(0, 4, 3), part(1, 2, 3)], { ...setting, window: 9 })).toBe(5 + 500)
  const slow = { ...setting, costs: { ...setting.costs, readPs: 1000 } }
  expect(flowPs([part(0, 4, 3), part(1, 2, 3)], slow)).toBe(5 + 200 + 6000 - 1000)
})

it('results leave after the slices before their experts, and those of the last one after all before it', () => {
  const costs = { ...setting.costs, readPs: 1000, tokenPs: 2000 }
  const back = { ...setting, costs, window: 9, startPs: 0, endPs: 7 }
  expect(flowPs([part(0, 4, 3), part(1, 2, 3)], back)).toBe(3000 + 7 + 4 * 2000)
  expect(flowPs([part(0, 4, 3), part(1, 2, 3)], { ...back, endPs: 0 })).toBe(5 * 2000)
})

it('tokens that rest here do not come, and parts that compute long are computed after their tokens', () => {
  expect(flowPs([part(0, 4, 3)], { ...setting, away: 0.5 })).toBe(5 + 200 + 30 - 10)
  const long = { ...setting, costs: { ...setting.costs, computePs: () => 100 } }
  expect(flowPs([part(0, 4, 3)], long)).toBe(5 + 400 + 300)
})
