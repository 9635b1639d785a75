// Prefill against decode, worked out by hand.
import { expect, test } from 'vitest'
import { MeasureSheet } from '../../../src/trace/statistics/measure.ts'
import { hotOverlap, hotSet, mapSimilarity, setPhaseLoads } from '../../../src/trace/statistics/phases.ts'

const counts = (...values: number[]) => Float64Array.from(values)
const rows = (...numbers: number[]) => Int32Array.from(numbers)

test('a hot set holds used experts only, equal ones by id', () => {
  expect(hotSet(counts(0, 2, 5, 2, 0), 2)).toEqual([2, 1])
  expect(hotSet(counts(0, 2, 5, 2, 0), 5)).toEqual([2, 1, 3])
})

test('the overlap is the share of decode’s hot set that prefill’s holds', () => {
  const phases = { prefill: counts(9, 8, 7, 1, 0), decode: counts(9, 0, 1, 8, 7) }
  // {0,1} holds 0 of {0,3}; {0,1,2,3} holds both.
  expect(hotOverlap(phases, 2, 2)).toBe(0.5)
  expect(hotOverlap(phases, 4, 2)).toBe(1)
  expect(hotOverlap({ prefill: counts(0, 0), decode: counts(1, 0) }, 1, 1)).toBeUndefined()
})

test('beside it stand A / E and what phases dealt at random reach', () => {
  const sheet = new MeasureSheet()
  const prefill = counts(...Array.from({ length: 40 }, (_, i) => i))
  setPhaseLoads(sheet, { prefill, decode: prefill.toReversed() }, { prefill, decode: prefill })
  expect(sheet.measures['hot-overlap-10-5']!.all).toEqual({ value: 0, uniform: 0.25, shuffled: 1 })
  expect(sheet.measures['phase-spearman']!.all!.value).toBeCloseTo(-1, 12)
  expect(sheet.measures['phase-spearman']!.all!.shuffled).toBeCloseTo(1, 12)
})

test('maps are alike where probabilities are, whatever the sizes of the phases', () => {
  // Prefill rows 0-2: 0 -> 1, 0 -> 0, 1 -> 1; decode rows 3-8 the same twice.
  const from = Uint16Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1)
  const to = Uint16Array.of(1, 0, 1, 1, 0, 1, 1, 0, 1)
  const pair = { from, to, experts: 2, topK: 1 }
  const prefill = [rows(0, 1, 2), rows(0, 1, 2)] as const
  const decode = [rows(3, 4, 5, 6, 7, 8), rows(3, 4, 5, 6, 7, 8)] as const
  expect(mapSimilarity(pair, { prefill, decode })).toBeCloseTo(1, 12)
  const crossed = [rows(3, 4, 5), rows(4, 5, 4)] as const
  // Decode 0 -> 0, 0 -> 1, 1 -> 0: ranks 2.5 2.5 4 1 -> against prefill's 2.5 2.5 1 4.
  expect(mapSimilarity(pair, { prefill, decode: crossed })).toBeCloseTo(-1, 12)
})
