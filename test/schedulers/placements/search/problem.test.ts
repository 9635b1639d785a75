// What no placement can better, worked out by hand.
import { expect, it } from 'vitest'
import { copiesOf, deviceLoads, leastMaxLoad } from '../../../../src/schedulers/placements/search/problem.ts'

it.each<[string, number[], number, number, number]>([
  ['nothing is no load', [0, 0], 2, 1, 0],
  ['the mean, where copies find slots', [10, 1, 1], 2, 2, 6],
  ['an expert that has no slot for a copy, as a whole', [9, 9, 1, 1], 4, 1, 9],
  ['that of heaviest one, too, where no load is above 1', [1, 1, 0.1], 3, 1, 1],
  ['a slot for one of three copies: the second heaviest as a whole', [9, 8, 7], 4, 1, 8],
  ['slots for two copies: all of the heaviest, which then has less than the next', [20, 9, 8], 5, 1, 9],
  ['the heaviest on every device', [90, 1, 1, 1], 3, 2, 31],
])('%s', (_name, loads, devices, slots, least) => {
  expect(leastMaxLoad({ loads: Float64Array.from(loads), devices, slots })).toBe(least)
})

it('copies share the load of their expert', () => {
  const layout = [
    [0, 1],
    [0, 2],
  ]
  expect([...copiesOf(layout, 4)]).toEqual([2, 1, 1, 0])
  expect([...deviceLoads(layout, Float64Array.of(8, 3, 1, 9))]).toEqual([7, 5])
})
