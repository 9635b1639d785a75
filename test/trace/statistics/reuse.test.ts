// Reuse between neighbouring tokens, worked out by hand.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MeasureSheet } from '../../../src/trace/statistics/measure.ts'
import { reuseOf, setReuse } from '../../../src/trace/statistics/reuse.ts'
import { TokenRows } from '../../../src/trace/statistics/token-rows.ts'

const SHAPE = { experts: 4, topK: 2 }
/** Two requests of 3 prompt and 1 decode tokens, and of 1 and 2. */
const REQUESTS = [
  { id: 'a', prefillTokens: 3, tokens: 4 },
  { id: 'b', prefillTokens: 1, tokens: 3 },
]
const TABLE = Uint16Array.from(
  [
    [0, 1],
    [1, 2],
    [3, 2],
    [3, 2],
    [3, 2],
    [0, 1],
    [1, 0],
  ].flat(),
)

test('neighbours are of one request and one phase', () => {
  const { requests } = new TokenRows(REQUESTS)
  // Prefill: {0,1}-{1,2} share 1, {1,2}-{3,2} share 1, of 2 each. Counts 1, 2, 2, 1: pairs of one expert 0 + 2 + 2 + 0 over 3 * 2.
  expect(reuseOf(TABLE, requests, 'prefill', SHAPE)).toEqual({
    observed: 0.5,
    sameRequest: 4 / 3 / 4,
    pairs: 2,
  })
  // Decode: the first request has one token; {0,1}-{1,0} share both.
  expect(reuseOf(TABLE, requests, 'decode', SHAPE)).toEqual({ observed: 1, sameRequest: 1, pairs: 1 })
})

test('a request of one token per phase has no neighbours', () => {
  const { requests } = new TokenRows([{ id: 'a', prefillTokens: 1, tokens: 2 }])
  expect(reuseOf(TABLE, requests, 'prefill', SHAPE)).toBeUndefined()
})

test('beside it stand k / E and the overlap that popularity gives', () => {
  const sheet = new MeasureSheet()
  setReuse(sheet, TABLE, new TokenRows(REQUESTS), SHAPE)
  // Decode tokens {3,2}, {0,1}, {1,0}: shares 2/3, 2/3, 1/3, 1/3.
  expect(sheet.measures.reuse!.decode!.popularity).toBeCloseTo((4 + 4 + 1 + 1) / 9 / 2, 12)
  expect(sheet.measures.reuse!.decode!.uniform).toBe(0.5)
})

test('the names of experts and the order of slots change nothing', () => {
  const tokens = fc.array(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 2, maxLength: 2 }), { minLength: 2 })
  fc.assert(
    fc.property(tokens, (rows) => {
      const { requests } = new TokenRows([{ id: 'a', prefillTokens: rows.length, tokens: rows.length }])
      const of = (table: number[][]) => reuseOf(Uint16Array.from(table.flat()), requests, 'prefill', SHAPE)
      expect(of(rows.map((row) => row.map((expert) => 3 - expert).reverse()))).toEqual(of(rows))
    }),
  )
})
