// Means and 95 % intervals against values worked out elsewhere.
import { expect, test } from 'vitest'
import { estimate, estimateFrom, studentT975 } from '../../src/run/statistics.ts'

test('a single value is its own mean and has no interval', () => {
  expect(estimate([3.5])).toEqual({ mean: 3.5 })
})

test('the interval is t times the sample standard deviation over the root of n', () => {
  // 2, 4, 9: mean 5, s = sqrt(26 / 2), t(2) = 4.303
  const { mean, ci95 } = estimate([2, 4, 9])
  expect(mean).toBe(5)
  expect(ci95).toBeCloseTo((4.303 * Math.sqrt(13)) / Math.sqrt(3), 10)
})

test('equal values have exactly that mean and no spread', () => {
  expect(estimate([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, ci95: 0 })
})

test("Student's t quantiles match the tables before and after the end of the stored ones", () => {
  const tabled = { 1: 12.706, 9: 2.262, 30: 2.042, 31: 2.0395, 40: 2.0211, 60: 2.0003, 120: 1.9799 }
  for (const [df, t] of Object.entries(tabled)) expect(studentT975(Number(df))).toBeCloseTo(t, 3)
})

test('a sample of a finite population knows more of it, and all of it everything', () => {
  const { mean, ci95 } = estimate([1, 2, 3])
  expect(estimateFrom([1, 2, 3], 4)).toEqual({ mean, ci95: ci95! / 2 })
  expect(estimateFrom([1, 2, 3], 3)).toEqual({ mean })
  expect(estimateFrom([5], 3)).toEqual({ mean: 5 })
})
