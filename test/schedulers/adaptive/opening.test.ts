// With which expert a die begins: the one that keeps its compute unit from waiting longest.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { openWell } from '../../../src/schedulers/adaptive/opening.ts'
import type { SliceJob } from '../../../src/schedulers/adaptive/order.ts'

const costs: SliceCosts = {
  wayPs: 0,
  readPs: 10,
  inputPs: () => 0,
  innerPs: () => 0,
  portPs: 0,
  computePs: (tokens) => 10 * tokens,
  tokenPs: 10,
  messagePs: 0,
  firstReadPs: 5,
  firstTokenPs: 5,
}

/** One die's jobs, an expert after the other, each with so many tokens and slices. */
function jobsOf(experts: readonly { tokens: number; slices: number }[]): SliceJob[] {
  return experts.flatMap(({ tokens, slices }, expert) => {
    const own = Array.from({ length: slices }, (_, slice) => slice)
    return own.map((slice) => ({ part: { expert, die: 0, tokens, slices: own }, slice }))
  })
}
const isHere = () => false
const expertsOf = (jobs: readonly SliceJob[]) => jobs.map(({ part }) => part.expert)

it('puts an expert first whose slices keep the unit at work until the tokens of the next one are there', () => {
  // The first one has a token, which is there soon, and is done long before the hundred of the second.
  const jobs = jobsOf([
    { tokens: 1, slices: 1 },
    { tokens: 100, slices: 4 },
    { tokens: 20, slices: 8 },
  ])
  const opened = openWell(jobs, { costs, window: 8, tokens: 1000, isHere })
  expect(expertsOf(opened)[0]).toBe(2)
  expect(new Set(opened)).toEqual(new Set(jobs))
})

it('leaves jobs in their order where no other one ends sooner', () => {
  const jobs = jobsOf([
    { tokens: 1, slices: 20 },
    { tokens: 2, slices: 4 },
  ])
  expect(openWell(jobs, { costs, window: 4, tokens: 1000, isHere })).toBe(jobs)
})

it('neither loses nor repeats a job, whatever the window', () => {
  const experts = fc.array(
    fc.record({ tokens: fc.integer({ min: 1, max: 60 }), slices: fc.integer({ min: 1, max: 6 }) }),
    { minLength: 1, maxLength: 6 },
  )
  fc.assert(
    fc.property(experts, fc.integer({ min: 1, max: 9 }), (drawn, window) => {
      const jobs = jobsOf(drawn)
      const opened = openWell(jobs, { costs, window, tokens: 80, isHere })
      expect(opened.length).toBe(jobs.length)
      expect(new Set(opened)).toEqual(new Set(jobs))
    }),
  )
})
