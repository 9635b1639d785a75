// What points take together, by what some of them took.
import { expect, test } from 'vitest'
import { expectedUs } from '../../src/sweep/estimate.ts'

const costs = Float64Array.of(10, 20, 40, 40, 100)

test('without a measured point they take what the cost model says', () => {
  expect(expectedUs(costs, [])).toBe(210)
})

test('points between two that were measured take as much as lies between', () => {
  const measured = [
    { costUs: 10, us: 500 },
    { costUs: 50, us: 900 },
    { costUs: 100, us: 1000 },
  ]
  expect(expectedUs(costs, measured)).toBe(500 + 600 + 800 + 800 + 1000)
})

test('beyond the dearest that was measured the cost model is as wrong as there, below the cheapest nothing is saved', () => {
  expect(expectedUs(costs, [{ costUs: 20, us: 300 }])).toBe(300 + 300 + 600 + 600 + 1500)
})
