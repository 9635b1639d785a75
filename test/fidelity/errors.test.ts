// Error arithmetic of the fidelity study: means, worst row, bias and the verdict against limits.
import { describe, expect, test } from 'vitest'
import { Bug } from '../../src/errors.ts'
import { compared, summarize } from '../../src/fidelity/errors.ts'
import type { TableSpec } from '../../src/fidelity/tables.ts'

const spec = (
  limitMeanPct: number | null,
  limitWorstPct: number | null,
  more: Partial<TableSpec> = {},
): TableSpec => ({
  area: 'network',
  name: 'made up',
  unit: 'cycles',
  limitMeanPct,
  limitMedianPct: null,
  limitP90Pct: null,
  limitWorstPct,
  ...more,
})
/** Rows of these errors in percent of a reference of 1000. */
const rows = (...errorsPct: number[]) => errorsPct.map((e, i) => compared(`row ${i}`, 1000, 1000 + 10 * e))

describe('the error of a row', () => {
  test('is positive where ours takes longer than the reference', () => {
    expect(compared('a', 200, 210)).toEqual({
      row: 'a',
      reference: 200,
      ours: 210,
      errorPct: 5.000000000000004,
    })
    expect(compared('a', 200, 150).errorPct).toBe(-25)
  })

  test('is exactly zero for equal numbers', () => {
    for (const time of [3, 7, 459_629.4, 1e12]) expect(compared('a', time, time).errorPct).toBe(0)
  })

  test('cannot be told where the model gave no number or the reference is zero', () => {
    expect(() => compared('a', 10, Number.NaN)).toThrow(Bug)
    expect(() => compared('a', 0, 10)).toThrow(Bug)
  })
})

describe('the errors of a table', () => {
  test('are the mean and the worst without signs, the bias with them, and the name of the worst row', () => {
    const table = summarize(spec(null, null), rows(2, -8, 3))
    expect(table).toMatchObject({ rows: 3, worstRow: 'row 1' })
    expect(table).not.toHaveProperty('pass')
    expect(table.meanAbsErrorPct).toBeCloseTo(13 / 3, 10)
    expect(table.worstAbsErrorPct).toBeCloseTo(8, 10)
    expect(table.biasPct).toBeCloseTo(-1, 10)
  })

  test('name the first of equally bad rows', () => {
    expect(summarize(spec(null, null), rows(0, 5, 5)).worstRow).toBe('row 1')
  })

  test('of no rows at all are a bug, not a pass', () => {
    expect(() => summarize(spec(1, 1), [])).toThrow(Bug)
  })
})

describe('the verdict', () => {
  test.each<[string, TableSpec, boolean]>([
    ['passes within both limits', spec(3, 8), true],
    ['passes exactly at both limits', spec(2.5, 5), true],
    ['fails by the mean alone', spec(2.4, 8), false],
    ['fails by the worst row alone', spec(3, 4.9), false],
    ['looks at the worst row where the mean has no limit', spec(null, 4.9), false],
    ['fails any error where the limit is zero', spec(0, 0), false],
  ])('%s', (_name, limits, pass) => {
    expect(summarize(limits, rows(0, 5)).pass).toBe(pass)
  })

  test('takes what a division leaves for zero', () => {
    const row = { row: 'a', reference: 3, ours: 3, errorPct: 2.2e-14 }
    expect(summarize(spec(0, 0), [row]).pass).toBe(true)
  })
})
