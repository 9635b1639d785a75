// What `trace analyze` prints: exact text of a small result as a table and as CSV.
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { traceStatisticsFormats } from '../../../src/report/trace/statistics.ts'
import { summaryOf, type TraceStatistics } from '../../../src/trace/statistics/result.ts'

const chalk = new Chalk({ level: 0 })
const layers: TraceStatistics['layers'] = [
  {
    layer: 1,
    selections: 1200,
    hottestExpert: 7,
    measures: {
      'max-over-mean': { all: { value: 127.75, uniform: 1.25 } },
      reuse: { decode: { value: 0.5, uniform: 0.125, popularity: 0.25, sameRequest: 0.375 } },
    },
    taskGroups: [
      { group: 'en', tasks: 2, commonExperts: [1, 7] },
      { group: 'zh', tasks: 2, commonExperts: [] },
    ],
    sharedExperts: [],
  },
  {
    layer: 3,
    selections: 1200,
    hottestExpert: 0,
    measures: {
      'max-over-mean': { all: { value: 2.25, uniform: 1.25 } },
      'cross-layer-mass': { all: { value: 0.75, uniform: 0.25, popularity: 0.5, shuffled: 0.625 } },
    },
  },
]
const RESULT: TraceStatistics = {
  schemaVersion: 1,
  trace: {
    path: 'some/trace',
    sha256: 'ab',
    gives: 'tokens',
    model: 'tiny',
    experts: 16,
    topK: 2,
    layers: [1, 3],
    requests: 1201,
    tokens: { prefill: 600, decode: 0 },
    phases: 'assumed',
  },
  seed: 4,
  layers,
  summary: summaryOf(layers),
  notMeasured: { 'pair-share': 'no pairs', 'pair-affinity-max': 'no pairs' },
}

test('the table shows each value beside its levels, then layers, tasks and what is missing', () => {
  expect(traceStatisticsFormats.table(RESULT, chalk, Infinity)).toBe(
    `trace     some/trace
model     tiny (16 experts, top-2), 2 layers
holds     1,201 requests, 600 prefill and 0 decode tokens
seed      4

                                                                                            same
statistic, mean over layers  tokens  value    min    max  uniform  popularity  shuffled  request
---------------------------  ------  -----  -----  -----  -------  ----------  --------  -------
max / mean load (S6)         all     65.00  2.250  127.8    1.250           -         -        -
reuse, next token            decode  0.500  0.500  0.500    0.125       0.250         -    0.375
mass, next layer (S1)        all     0.750  0.750  0.750    0.250       0.500     0.625        -

       hottest  max /   reuse
layer   expert   mean  decode  mass S1
-----  -------  -----  ------  -------
    1        7  127.8   0.500        -
    3        0  2.250       -    0.750

Experts hot in 90 % of the tasks
layer  group           tasks  experts
-----  --------------  -----  -------
    1  en                  2  1 7
    1  zh                  2  -
    1  in every group         -

Not measured: share of top 10 % pairs (S8); hottest pair / uniform (S8): no pairs.

The trace does not say which tokens are the prompt: all tokens of a request count alike.
`,
  )
})

test('CSV has a row per layer, statistic and phase, the means first', () => {
  expect(traceStatisticsFormats.csv(RESULT, chalk)).toBe(
    `layer,statistic,phase,value,uniform,popularity,shuffled,sameRequest
mean,max-over-mean,all,65,1.25,,,
mean,reuse,decode,0.5,0.125,0.25,,0.375
mean,cross-layer-mass,all,0.75,0.25,0.5,0.625,
1,max-over-mean,all,127.75,1.25,,,
1,reuse,decode,0.5,0.125,0.25,,0.375
3,max-over-mean,all,2.25,1.25,,,
3,cross-layer-mass,all,0.75,0.25,0.5,0.625,
`,
  )
})

test('JSON refuses what JSON cannot hold', () => {
  const broken = { ...RESULT, seed: Number.NaN }
  expect(() => traceStatisticsFormats.json(broken, chalk)).toThrow('statistics hold NaN at "seed"')
})
