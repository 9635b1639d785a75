// Arrival times: Poisson with its rate, or those of a recording, read with its lengths.
import { expect, it } from 'vitest'
import {
  arrivalsCsv,
  parseArrivals,
  poissonArrivals,
  replayedArrivals,
} from '../../../src/trace/synth/arrivals.ts'

const AZURE = `TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.5000000,374,44
2023-11-16 18:15:48.7500000,396,109
`

it('Poisson arrivals ascend, have the rate and the spread of an exponential distribution', () => {
  const times = poissonArrivals(20_000, 4, 1)
  const gaps = times.map((at, i) => at - (times[i - 1] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
  const mean = times.at(-1)! / times.length
  expect(Math.abs(mean * 4 - 1)).toBeLessThan(0.03)
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  expect(Math.abs(Math.sqrt(variance) / mean - 1)).toBeLessThan(0.03)
  expect(poissonArrivals(3, 4, 1)).toEqual(times.slice(0, 3))
  expect(poissonArrivals(3, 4, 2)).not.toEqual(times.slice(0, 3))
})

it('an Azure recording is read with its times since the first and its lengths', () => {
  expect(parseArrivals(AZURE, 'a.csv')).toEqual([
    { seconds: 0, prefillTokens: 374, decodeTokens: 44 },
    { seconds: 2.25, prefillTokens: 396, decodeTokens: 109 },
  ])
})

it.each([
  ['2024-02-28 23:59:59.5', '2024-03-01 00:00:00.5', 86_401],
  ['2023-02-28 23:59:59.5', '2023-03-01 00:00:00.5', 1],
  ['2023-12-31 23:00:00', '2024-01-01 01:00:00', 7200],
])('an Azure recording goes on from %s to %s', (from, to, seconds) => {
  const text = `TIMESTAMP,ContextTokens,GeneratedTokens\r\n${from},1,1\r\n${to},1,1\r\n`
  expect(parseArrivals(text, 'a.csv')[1]!.seconds).toBeCloseTo(seconds, 5)
})

it('a Mooncake recording is read in the order of its times', () => {
  const lines = [
    '{"timestamp": 3000, "input_length": 7, "output_length": 5, "hash_ids": [1]}',
    '{"timestamp": 1000, "input_length": 9, "output_length": 2, "hash_ids": []}',
  ]
  expect(parseArrivals(lines.join('\n'), 'm.jsonl')).toEqual([
    { seconds: 0, prefillTokens: 9, decodeTokens: 2 },
    { seconds: 2, prefillTokens: 7, decodeTokens: 5 },
  ])
})

it('a recording begins again, one mean gap after its end, where more requests are asked for', () => {
  const recorded = parseArrivals(AZURE, 'a.csv')
  expect(replayedArrivals(5, recorded)).toEqual([0, 2.25, 4.5, 6.75, 9])
})

it.each([
  ['', 1],
  ['{"timestamp": 1, "input_length": 7}', 1],
  ['{"timestamp": 1, "input_length": 0, "output_length": 0}', 1],
  [`${AZURE}2023-11-16 18:15,1,2`, 4],
])('something else is refused with its line: %j', (text, line) => {
  const read = () => parseArrivals(text, 'x')
  expect(read).toThrow('not a recording of request arrivals')
  expect(read).toThrow(
    expect.objectContaining({
      diagnostics: [expect.objectContaining({ span: expect.objectContaining({ line }) })],
    }),
  )
})

it('the file of arrivals has a line per request', () => {
  expect(arrivalsCsv([0, 1.23456789])).toBe('request,arrival_s\n0,0\n1,1.234568\n')
})
