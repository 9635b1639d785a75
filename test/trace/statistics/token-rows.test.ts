// Which rows are prompt, decode, neighbours, fit and evaluation.
import { expect, test } from 'vitest'
import { countsOf, TokenRows } from '../../../src/trace/statistics/token-rows.ts'

const ROWS = new TokenRows([
  { id: 'a', prefillTokens: 3, tokens: 5 },
  { id: 'b', prefillTokens: 0, tokens: 2 },
])

test('phases part the rows of each request', () => {
  expect([...ROWS.prefill]).toEqual([0, 1, 2])
  expect([...ROWS.decode]).toEqual([3, 4, 5, 6])
  expect([...ROWS.all]).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('a row is followed within its request, and for a phase within that', () => {
  expect([...ROWS.followed('all')]).toEqual([0, 1, 2, 3, 5])
  expect([...ROWS.followed('prefill')]).toEqual([0, 1])
  expect([...ROWS.followed('decode')]).toEqual([3, 5])
})

test('few requests are cut in two, the odd token going to the evaluation', () => {
  const { fit, evaluation } = ROWS.halves()
  expect([...fit]).toEqual([0, 1, 5])
  expect([...evaluation]).toEqual([2, 3, 4, 6])
})

test('of twenty requests every other one evaluates', () => {
  const requests = Array.from({ length: 20 }, (_, i) => ({ id: `${i}`, prefillTokens: 2, tokens: 2 }))
  const { fit, evaluation } = new TokenRows(requests).halves()
  expect([...fit.slice(0, 4)]).toEqual([0, 1, 4, 5])
  expect([...evaluation.slice(0, 4)]).toEqual([2, 3, 6, 7])
})

test('counts are of the rows asked for', () => {
  const table = Uint16Array.of(0, 1, 1, 2, 2, 0)
  expect([...countsOf(table, Int32Array.of(0, 2), { experts: 4, topK: 2 })]).toEqual([2, 1, 1, 0])
})

test('both phases are there where each has a token', () => {
  const has = (prefillTokens: number, tokens: number) =>
    new TokenRows([{ id: 'a', prefillTokens, tokens }]).hasBothPhases
  expect([has(1, 2), has(0, 2), has(2, 2)]).toEqual([true, false, false])
})
