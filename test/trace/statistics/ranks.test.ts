// Statistics by order, worked out by hand.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  averageRanks,
  byDescending,
  gini,
  shareOfLargest,
  spearman,
  zipfExponent,
} from '../../../src/trace/statistics/ranks.ts'

test('ties share the mean of their ranks', () => {
  expect([...averageRanks([5, 1, 5, 0])]).toEqual([3.5, 2, 3.5, 1])
})

test('Spearman is 1 for the same order, -1 for the opposite, and counts ties by average ranks', () => {
  expect(spearman([1, 2, 30], [4, 5, 6])).toBeCloseTo(1, 12)
  expect(spearman([1, 2, 30], [6, 5, 4])).toBeCloseTo(-1, 12)
  // Ranks 1.5 1.5 3 4 and 1 2 3 4: covariance 4.5, variances 4.5 and 5.
  expect(spearman([7, 7, 8, 9], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12)
})

test('Spearman of a constant does not exist', () => {
  expect(spearman([1, 1], [1, 2])).toBeUndefined()
})

test('Gini is 0 for equal loads, (n - 1) / n where one expert has all, and does not exist without loads', () => {
  expect(gini([3, 3, 3])).toBe(0)
  expect(gini([0, 0, 0, 8])).toBe(3 / 4)
  // Ascending 1, 3: (-1 * 1 + 1 * 3) / (2 * 4).
  expect(gini([3, 1])).toBe(1 / 4)
  expect(gini([0, 0])).toBeUndefined()
})

test('the Zipf exponent of counts by 1 / rank^2 is 2, unused experts left out', () => {
  expect(zipfExponent([3600, 900, 400, 225, 0, 0])).toBeCloseTo(2, 12)
  expect(zipfExponent([4, 4, 4])).toBe(0)
  expect(zipfExponent([9, 0])).toBeUndefined()
})

test('equal values keep the order of their indices', () => {
  expect(byDescending([1, 5, 1, 5])).toEqual([1, 3, 0, 2])
})

test('the share of the largest is of the sum', () => {
  expect(shareOfLargest([1, 5, 2, 2], 2)).toBe(0.7)
  expect(shareOfLargest([0, 0], 1)).toBeUndefined()
})

test('no statistic depends on which expert has which count', () => {
  const counts = fc.array(fc.nat(50), { minLength: 3, maxLength: 20 })
  fc.assert(
    fc.property(counts, (values) => {
      const reversed = values.toReversed()
      for (const statistic of [gini, zipfExponent]) {
        expect(statistic(reversed) ?? -1).toBeCloseTo(statistic(values) ?? -1, 10)
      }
    }),
  )
})
