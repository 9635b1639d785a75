// Experts chosen together, worked out by hand.
import { expect, test } from 'vitest'
import {
  hotPairCount,
  hotPairShare,
  hottestPairRatio,
  pairCounts,
} from '../../../src/trace/statistics/pairs.ts'

test('pairs are unordered and lie in the order 01 02 03 12 13 23', () => {
  const table = Uint16Array.from(
    [
      [0, 1, 3],
      [3, 2, 1],
      [1, 0, 2],
    ].flat(),
  )
  // 01 03 13; 23 13 12; 01 12 02.
  expect([...pairCounts(table, 4, 3)]).toEqual([2, 1, 1, 2, 2, 1])
})

test('an expert that a shuffle puts twice into a token is no pair', () => {
  expect([...pairCounts(Uint16Array.of(1, 1, 0, 2), 3, 2)]).toEqual([0, 1, 0])
})

test('the top tenth is rounded up', () => {
  expect([28, 64, 2016, 10].map(hotPairCount)).toEqual([3, 7, 202, 1])
})

test('a share and a ratio are against all pairs alike', () => {
  const counts = Float64Array.of(0, 6, 1, 1, 0, 0, 0, 0, 0, 0)
  expect(hotPairShare(counts)).toBe(0.75)
  expect(hottestPairRatio(counts)).toBe(7.5)
  expect(hottestPairRatio(Float64Array.of(2, 2, 2))).toBe(1)
  expect(hottestPairRatio(Float64Array.of(0, 0))).toBeUndefined()
})
