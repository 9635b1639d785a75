// A limit is kept by a value on its side, and broken by one beyond it or by none.
import { expect, test } from 'vitest'
import { judgeLimits } from '../../src/check/limits.ts'
import { readLimit } from '../../src/config/limits.ts'
import type { RunResult } from '../../src/sim/result.ts'

const place = { file: 'c.json' }
const result: Pick<RunResult, 'results'> = {
  results: [
    {
      ...{ id: 'ep', scheduler: 'ep', options: {}, boundBy: 'memory', layers: [] },
      metrics: { latency: { value: 3e9, unit: 'ps' }, throughput: { value: 900, unit: 'token/s' } },
    },
  ],
}

const verdictOf = (text: string, scheduler = 'ep') => {
  const limit = readLimit(text, place)
  if ('code' in limit) return limit.code
  return judgeLimits([{ scheduler, limit, place }], result)[0]!.verdict
}

test.each([
  ['latency <= 3 ms', 'kept'],
  ['latency < 3 ms', 'broken'],
  ['latency >= 3000 us', 'kept'],
  ['latency > 3 ms', 'broken'],
  ['throughput >= 900', 'kept'],
  ['throughput >= 901 token/s', 'broken'],
  ['throughput >= 900 tokens', 'bad-value'],
  ['energy <= 3 mJ', 'broken'],
])('3 ms and 900 token/s under %s: %s', (text, verdict) => {
  expect(verdictOf(text)).toBe(verdict)
})

test('what a scheduler does not report breaks its limit without a value', () => {
  const limit = readLimit('energy <= 3 mJ', place)
  expect('metric' in limit && judgeLimits([{ scheduler: 'ep', limit, place }], result)).toEqual([
    {
      ...{ scheduler: 'ep', limit: 'energy <= 3 mJ', metric: 'energy' },
      ...{ unit: undefined, now: undefined, verdict: 'broken' },
    },
  ])
})
