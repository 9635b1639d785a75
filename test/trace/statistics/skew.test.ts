// Load skew, worked out by hand.
import { expect, test } from 'vitest'
import { uniformActiveShare, uniformCv } from '../../../src/trace/statistics/chance.ts'
import { MeasureSheet } from '../../../src/trace/statistics/measure.ts'
import {
  coefficientOfVariation,
  contiguousRanks,
  hottestExpert,
  maxOverMean,
  setSkew,
} from '../../../src/trace/statistics/skew.ts'

test('max over mean and CV are of all experts, unused ones included', () => {
  expect(maxOverMean([0, 6, 2, 0])).toBe(3)
  // Mean 2, squared deviations 4, 16, 0, 4.
  expect(coefficientOfVariation(Float64Array.of(0, 6, 2, 0))).toBeCloseTo(Math.sqrt(6) / 2, 12)
  expect(maxOverMean([0, 0])).toBeUndefined()
})

test('ranks hold contiguous ranges, as equal as can be', () => {
  expect([...contiguousRanks([1, 2, 3, 4, 5, 6], 3)]).toEqual([3, 7, 11])
  expect([...contiguousRanks([1, 1, 1, 1, 1], 2)]).toEqual([3, 2])
})

test('of equally hot experts the lowest is the hottest', () => {
  expect(hottestExpert(Float64Array.of(1, 4, 4))).toBe(1)
})

test('a sheet has each value beside that of uniform choices', () => {
  const sheet = new MeasureSheet()
  setSkew(sheet, Float64Array.of(6, 2, 0, 0), Float64Array.of(2, 2, 2, 2), 1, 'decode')
  expect(sheet.measures['max-over-mean']).toEqual({ decode: { value: 3, uniform: 1 } })
  expect(sheet.measures['active-share']!.decode!.value).toBe(0.5)
  expect(sheet.measures['active-share']!.decode!.uniform).toBeCloseTo(uniformActiveShare(8, 4, 1), 12)
  expect(sheet.measures['hottest-share']!.decode).toEqual({ value: 0.75, uniform: 0.25 })
  expect(sheet.measures.cv!.decode!.uniform).toBe(uniformCv(8, 4, 1))
  expect(sheet.measures['rank-16-max-over-mean']).toBeUndefined()
})
