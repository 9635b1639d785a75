// Runs of equal tokens: warm-up rows of an engine show by them.
import { expect, it } from 'vitest'
import { LongestRepeat } from '../../../src/trace/oddities/repeats.ts'
import { type RoutingSource, requestRows } from '../../../src/trace/source.ts'
import { summaryOf, warningsOfTrace } from '../../../src/trace/summary.ts'
import { expectationOf, type Sample, sourceOf } from '../sample.ts'

function longestRepeat(source: RoutingSource) {
  const repeats = new LongestRepeat(source.topK)
  for (const request of requestRows(source)) repeats.take(request)
  return repeats.found
}

const layers = Array.from({ length: 8 }, (_, layer) => layer)
/** A token whose experts in all layers follow from a number. */
const token = (seed: number) => layers.map((layer) => [(seed + layer) % 16, (seed + layer + 5) % 16])
const sample = (...requests: number[][]): Sample => ({
  experts: 16,
  topK: 2,
  layers,
  requests: requests.map((seeds, i) => ({ id: `r${i}`, prefillTokens: 1, rows: seeds.map(token) })),
})

it('The longest run of more than three equal tokens is found, within one request', () => {
  expect(longestRepeat(sourceOf(sample([1, 1, 1, 2], [2, 2, 2, 3])))).toBeUndefined()
  expect(longestRepeat(sourceOf(sample([1, 2, 2, 2, 2, 3], [4, 4, 4, 4, 4])))).toEqual({
    request: 'r1',
    from: 0,
    tokens: 5,
  })
  expect(longestRepeat(sourceOf(sample([1, 2, 2, 2, 2, 3], [4, 4, 4, 4])))).toEqual({
    request: 'r0',
    from: 1,
    tokens: 4,
  })
})

it('Tokens that differ in a single layer are not equal', () => {
  const rows = [1, 1, 1, 1, 1].map((seed, i) => token(seed).with(5, [i, 15]))
  const source = sourceOf({ ...sample(), requests: [{ id: 'a', prefillTokens: 0, rows }] })
  expect(longestRepeat(source)).toBeUndefined()
})

it('A few choices per token repeat by chance, and say nothing', () => {
  const rows = Array.from({ length: 9 }, () => [[3]])
  const source = sourceOf({
    experts: 16,
    topK: 1,
    layers: [0],
    requests: [{ id: 'a', prefillTokens: 0, rows }],
  })
  expect(longestRepeat(source)).toBeUndefined()
})

it('The summary of a trace warns of them', () => {
  const repeated = sample([1, 7, 7, 7, 7])
  const source = sourceOf(repeated)
  const trace = {
    gives: 'tokens',
    source,
    isPhaseAssumed: true,
    formats: new Map([['layer-jsonl' as const, 1]]),
    leftOut: [],
    manifest: undefined,
  } as const
  const expectation = expectationOf(repeated)
  const oddities = warningsOfTrace(trace, expectation)
  expect(summaryOf({ ...trace, oddities }, expectation)).toMatchObject({
    formats: { 'layer-jsonl': 1 },
    requests: 1,
    tokens: { prefill: 1, decode: 4 },
    phases: 'assumed',
    warnings: [
      '4 tokens in a row of request "r0", from token 1 on, choose the same experts in every layer: warm-up rows of the engine, or one token repeated',
    ],
  })
})
