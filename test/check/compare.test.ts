// Results side by side: pairing over seeds, ratios of means where seeds cannot be paired, what is left out.
import { expect, test } from 'vitest'
import { type ComparedCell, compareResults } from '../../src/check/compare.ts'
import type { SavedResult } from '../../src/config/results/result-schema.ts'
import { UserError } from '../../src/errors.ts'
import { savedResult } from '../helpers/saved-results.ts'

function cellsOf(a: SavedResult, b: SavedResult, metric = 'latency'): readonly (ComparedCell | undefined)[] {
  const files = [a, b].map((result, i) => ({ file: `${i}.json`, result }))
  return compareResults(files, [metric]).metrics[0]!.rows[0]!.cells
}

test('a speedup is the mean of the ratios of equal seeds, with the interval of that mean', () => {
  const [first, second] = cellsOf(
    savedResult([1, 2], { ep: [100, 300] }),
    savedResult([1, 2], { ep: [50, 100] }),
  )
  expect(first).toEqual({ value: 200, ci95: 1 })
  // Ratios 2 and 3: their mean, and t(1) * s / sqrt(2) = 12.706 * sqrt(0.5) / sqrt(2).
  expect(second?.relation?.value).toBe(2.5)
  expect(second?.relation?.ci95).toBeCloseTo(12.706 / 2, 10)
})

test('a common slowdown of every seed has no interval, however much the seeds differ', () => {
  const [, second] = cellsOf(
    savedResult([1, 2, 3], { ep: [10, 500, 90] }),
    savedResult([1, 2, 3], { ep: [20, 1000, 180] }),
  )
  expect(second?.relation).toEqual({ value: 0.5, ci95: 0, pairedSeeds: [1, 2, 3] })
})

test('only seeds of both results are paired, wherever they stand', () => {
  const [, second] = cellsOf(
    savedResult([1, 2, 3], { ep: [10, 20, 30] }),
    savedResult([3, 9, 2], { ep: [15, 7, 10] }),
  )
  expect(second?.relation).toEqual({ value: 2, ci95: 0, pairedSeeds: [2, 3] })
})

test('without two common seeds it is the ratio of the means, without an interval', () => {
  const [, apart] = cellsOf(savedResult([1, 2], { ep: [10, 30] }), savedResult([3, 4], { ep: [10, 10] }))
  expect(apart?.relation).toEqual({ value: 2, pairedSeeds: [] })
  const [, one] = cellsOf(savedResult([1, 2], { ep: [10, 30] }), savedResult([1], { ep: [10] }))
  expect(one?.relation).toEqual({ value: 2, pairedSeeds: [] })
})

test('single runs of equal seed are a pair without an interval', () => {
  const [, second] = cellsOf(savedResult([7], { ep: [30] }), savedResult([7], { ep: [20] }))
  expect(second?.relation).toEqual({ value: 1.5, pairedSeeds: [7] })
})

test('a result without values by seed is compared by its mean', () => {
  const old = savedResult([1, 2], { ep: [10, 30] })
  delete old.results[0]!.metrics.latency!.bySeed
  const [, second] = cellsOf(old, savedResult([1, 2], { ep: [10, 10] }))
  expect(second?.relation).toEqual({ value: 2, pairedSeeds: [] })
})

test('what is no time is related the other way round: own over first', () => {
  const [, second] = cellsOf(savedResult([1], { ep: [30] }), savedResult([1], { ep: [20] }), 'memoryRead')
  expect(second?.relation?.value).toBe(1)
  const more = savedResult([1], { ep: [20] })
  more.results[0]!.metrics.memoryRead!.value = 4000
  expect(cellsOf(savedResult([1], { ep: [20] }), more, 'memoryRead')[1]?.relation?.value).toBe(4)
})

test('a ratio to zero is left out', () => {
  const zero = savedResult([1], { ep: [20] })
  zero.results[0]!.metrics.memoryRead!.value = 0
  expect(cellsOf(zero, savedResult([1], { ep: [20] }), 'memoryRead')[1]).toEqual({ value: 1000 })
})

test('a scheduler that one result lacks has a hole there, and no metric is invented', () => {
  const files = [savedResult([1], { ep: [30] }), savedResult([1], { hydra: [20] })].map((result) => ({
    file: 'x',
    result,
  }))
  const { metrics } = compareResults(files, ['latency', 'energy'])
  expect(metrics.map(({ metric }) => metric)).toEqual(['latency'])
  expect(
    metrics[0]!.rows.map(({ scheduler, cells }) => [scheduler, cells.map((cell) => cell?.value)]),
  ).toEqual([
    ['ep', [30, undefined]],
    ['hydra', [undefined, 20]],
  ])
})

test('values in different units are refused, not divided', () => {
  const other = savedResult([1], { ep: [1] })
  other.results[0]!.metrics.latency!.unit = 'ns'
  const compare = () => cellsOf(savedResult([1], { ep: [1] }), other)
  expect(compare).toThrow(UserError)
  expect(compare).toThrow('latency is in ns here and in ps in 0.json')
  expect(cellsOf(savedResult([1], { ep: [1] }), other, 'memoryRead')).toHaveLength(2)
})
