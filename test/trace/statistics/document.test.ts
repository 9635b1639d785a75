// The JSON form of an analysis can be read back, and nothing else is taken for one.
import { expect, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { statisticsJson } from '../../../src/report/trace/statistics-data.ts'
import { analyzeTokens } from '../../../src/trace/statistics/analyze.ts'
import { parseTraceStatistics } from '../../../src/trace/statistics/document.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

async function result() {
  const spec = { skew: 1, reuse: 0.3, topics: 1, requests: 4, prefillTokens: 5, decodeTokens: 5 }
  const source = generateRouting(memoryIo(), spec, { experts: 8, topK: 2, layers: [0, 1] }, 1)
  const model = { model: 'test', topK: 2, moeLayers: [0, 1] }
  return analyzeTokens(source, { model, phases: 'recorded', seed: 3 })
}

test('what is written is what is read', async () => {
  const statistics = await result()
  const { definitions, ...read } = parseTraceStatistics(
    statisticsJson(statistics),
    's.json',
  ) as typeof statistics & {
    definitions?: unknown
  }
  expect(definitions).toBeUndefined()
  expect(read).toEqual(statistics)
})

/** Of one expert, one layer, one token of one request in one task: the least that there can be. */
const least = {
  schemaVersion: 1,
  trace: {
    ...{ path: 't', sha256: '0', gives: 'tokens', model: 'm', experts: 1, topK: 1, layers: [0], requests: 1 },
    ...{ tokens: { prefill: 1, decode: 0 }, phases: 'recorded', tasks: ['a'] },
  },
  seed: 0,
  layers: [
    {
      ...{ layer: 0, selections: 0, hottestExpert: 0, measures: { gini: { all: { value: 0 } } } },
      ...{ taskGroups: [{ group: 'g', tasks: 1, commonExperts: [0] }], sharedExperts: [0] },
    },
  ],
  summary: { gini: { all: { mean: 0, min: 0, max: 0, layers: 1 } } },
  notMeasured: {},
}

test('the least that can be measured is read', () => {
  expect(parseTraceStatistics(JSON.stringify(least), 's.json')).toEqual(least)
})

test.each([
  ['trace.experts', { trace: { ...least.trace, experts: 0 } }],
  ['trace.topK', { trace: { ...least.trace, topK: 0 } }],
  ['trace.layers', { trace: { ...least.trace, layers: [] } }],
  ['layers', { layers: [] }],
  ['seed', { seed: -1 }],
  ['seed', { seed: 0.5 }],
  ['layers.0.selections', { layers: [{ ...least.layers[0], selections: -1 }] }],
  ['summary.gini.all.layers', { summary: { gini: { all: { mean: 0, min: 0, max: 0, layers: 0 } } } }],
])('less than that is refused: %s', (where, changes) => {
  const text = JSON.stringify({ ...least, ...changes })
  expect(() => parseTraceStatistics(text, 's.json')).toThrow(where)
})

test.each([
  ['{', 'not valid JSON'],
  ['{"schemaVersion": 2}', 'schemaVersion'],
  ['[]', 'not the statistics of a trace'],
])('%s is refused, with the file', (text, message) => {
  let caught: unknown
  try {
    parseTraceStatistics(text, 's.json')
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(UserError)
  expect((caught as UserError).message).toContain(message)
  expect((caught as UserError).diagnostics[0]).toMatchObject({ file: 's.json' })
})

test.each<[what: string, change: (from: Statistics) => unknown, message: RegExp]>([
  ['more choices than experts', ({ trace }) => ({ trace: { ...trace, topK: 24 } }), /topK is 24.*8 experts/],
  ['too many experts', ({ trace }) => ({ trace: { ...trace, experts: 1e6 } }), /at most 65536/],
  ['requests without tokens', ({ trace }) => ({ trace: { ...trace, requests: 90 } }), /40 tokens in 90/],
  [
    'more tokens than a fit can hold',
    ({ trace }) => ({ trace: { ...trace, tokens: { prefill: 1e15, decode: 4 } } }),
    /a fit holds/,
  ],
  ['no request', ({ trace }) => ({ trace: { ...trace, requests: 0 } }), /in 0 requests/],
  ['other layers', ({ trace }) => ({ trace: { ...trace, layers: [0, 5] } }), /not those/],
  ['layers twice', twice, /ascending/],
  [
    'an expert out of range',
    ({ layers }) => withLayer(layers, { hottestExpert: 8 }),
    /hottest expert .* is 8/,
  ],
  ['a share over one', ({ layers }) => withLayer(layers, gini(1.5)), /gini \(all\) of layer 0 is 1.5/],
  ['a share below zero', ({ layers }) => withLayer(layers, gini(-0.5)), /from 0 to 1/],
])('statistics that contradict themselves are refused: %s', async (_what, change, message) => {
  const statistics = await result()
  const text = JSON.stringify({ ...statistics, ...(change(statistics) as object) })
  expect(() => parseTraceStatistics(text, 's.json')).toThrow(message)
})

type Statistics = Awaited<ReturnType<typeof result>>
const gini = (value: number) => ({ measures: { gini: { all: { value } } } })
const withLayer = ([first, ...others]: Statistics['layers'], change: object) => ({
  layers: [{ ...first, ...change }, ...others],
})
function twice({ trace, layers }: Statistics) {
  return { trace: { ...trace, layers: [0, 0] }, layers: [layers[0], layers[0]] }
}

test('an unknown statistic is refused', async () => {
  const text = statisticsJson(await result()).replaceAll('"gini"', '"ginni"')
  expect(() => parseTraceStatistics(text, 's.json')).toThrow(/ginni|key/)
})
