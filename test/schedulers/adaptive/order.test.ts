// The order of a die's slices: each once, and computing never far from its share of the reading done.
import { expect, it } from 'vitest'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { orderSlices } from '../../../src/schedulers/adaptive/order.ts'
import { noCosts } from './no-costs.ts'

const costs: SliceCosts = { ...noCosts, readPs: 100, computePs: (tokens) => 10 * tokens }
const part = (expert: number, tokens: number, slices: number) => ({
  ...{ expert, tokens, die: 0 },
  slices: Array.from({ length: slices }, (_, slice) => slice),
})

it('slices with many tokens and slices with few come in turn, those with few first', () => {
  const { jobs, evenness } = orderSlices([part(0, 18, 4), part(1, 2, 4)], costs)
  expect(jobs.map(({ part: { expert }, slice }) => `${expert}/${slice}`)).toEqual([
    ...['1/0', '0/0', '1/1', '0/1', '1/2', '0/2', '1/3', '0/3'],
  ])
  expect(evenness).toBe(1)
})

it.each([5, 20])(
  'the share of the shorter of reading and computing is how even they are: %i tokens',
  (tokens) => {
    expect(orderSlices([part(0, tokens, 3)], costs).evenness).toBe(0.5)
  },
)

it('computing keeps within a slice of its share of reading', () => {
  const parts = [part(0, 40, 5), part(1, 3, 9), part(2, 7, 6), part(3, 12, 3), part(4, 1, 7)]
  const { jobs } = orderSlices(parts, costs)
  expect(jobs.length).toBe(30)
  const totalPs = parts.reduce((sum, { tokens, slices }) => sum + 10 * tokens * slices.length, 0)
  let computePs = 0
  jobs.forEach((job, at) => {
    expect(Math.abs(computePs - (totalPs * at) / 30)).toBeLessThanOrEqual(400)
    computePs += 10 * job.part.tokens
  })
})
