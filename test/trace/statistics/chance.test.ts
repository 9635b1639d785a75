// Closed forms against small cases counted out, and against draws.
import { expect, test } from 'vitest'
import { randomStream } from '../../../src/engine/random.ts'
import {
  binomialTail,
  candidateCount,
  distinctByPopularity,
  overlapByPopularity,
  uniformCv,
} from '../../../src/trace/statistics/chance.ts'
import { uniformCounts } from '../../../src/trace/statistics/nulls.ts'
import { coefficientOfVariation } from '../../../src/trace/statistics/skew.ts'

test('a predictor may name a fifth of the experts, rounded up', () => {
  expect([8, 32, 64, 128, 256, 5].map(candidateCount)).toEqual([2, 7, 13, 26, 52, 1])
})

test('binomial tails are sums of their terms', () => {
  // 3 throws of a coin: 1 + 3 of 8.
  expect(binomialTail(3, 0.5, 2)).toBeCloseTo(0.5, 12)
  expect(binomialTail(57, 1, 52)).toBe(1)
  expect(binomialTail(5, 0.3, 0)).toBeCloseTo(1, 12)
})

test('popularity alone lets two tokens share sum q^2 / k', () => {
  // Ten tokens of top-2: shares 1, 0.5, 0.5.
  expect(overlapByPopularity(Float64Array.of(10, 5, 5), 2)).toBe(0.75)
})

test('a batch reaches an expert of share q with chance 1 - (1 - q)^B', () => {
  expect(distinctByPopularity(Float64Array.of(10, 5, 5), 2, 2)).toBe(2.5)
})

test('the CV of uniform choices is that of drawn ones', () => {
  const random = randomStream(1, 'test')
  const draws = Array.from({ length: 200 }, () => coefficientOfVariation(uniformCounts(500, 32, 4, random))!)
  const rootMeanSquare = Math.sqrt(draws.reduce((sum, cv) => sum + cv ** 2, 0) / draws.length)
  expect(Math.abs(rootMeanSquare / uniformCv(500, 32, 4) - 1)).toBeLessThan(0.05)
})
