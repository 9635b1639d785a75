// Why a trace cannot give a statistic, for each of them.
import { expect, test } from 'vitest'
import { STATISTIC_IDS } from '../../../src/trace/statistics/measure.ts'
import { reasonsMissing } from '../../../src/trace/statistics/not-measured.ts'

type Facts = Parameters<typeof reasonsMissing>[0]

const nameless: Facts = { gives: 'tokens', experts: 32, topK: 2, tokens: { prefill: 5, decode: 5 } }
const tokens: Facts = { ...nameless, tasks: ['a', 'b'] }
const counts: Facts = { gives: 'histograms', experts: 32, topK: 2 }
const FEW = 'not defined on so few tokens, or on loads that are all alike'
const ONLY_COUNTS = 'needs the tokens: the trace has counts only'

/** The reasons by statistic, where nothing at all was measured. */
const reasons = (facts: Partial<Facts>, of = tokens) => reasonsMissing({ ...of, ...facts }, {})
const idsOf = (start: string) => STATISTIC_IDS.filter((id) => id.startsWith(start))

test('what was measured has none, all else has one', () => {
  expect(Object.keys(reasons({}))).toEqual([...STATISTIC_IDS])
  const some = { gini: { all: { mean: 0, min: 0, max: 0, layers: 1 } } }
  expect(Object.keys(reasonsMissing(tokens, some))).toEqual(STATISTIC_IDS.filter((id) => id !== 'gini'))
})

test('of few experts there are no ranks', () => {
  expect(idsOf('rank-').length).toBeGreaterThan(0)
  for (const id of idsOf('rank-')) {
    expect(reasons({ experts: 31 })[id]).toBe('the layer has 31 experts only')
    expect(reasons({ experts: 32 })[id]).toBe(FEW)
    expect(reasons({}, counts)[id]).toBe(FEW)
  }
})

test('of one phase alone nothing compares the two', () => {
  const ids = [...idsOf('phase-spearman'), ...idsOf('hot-overlap')]
  expect(ids.length).toBeGreaterThan(2)
  for (const id of ids) {
    expect(reasons({ tokens: { prefill: 0, decode: 5 } })[id]).toBe('the trace has no prefill tokens')
    expect(reasons({ tokens: { prefill: 5, decode: 0 } })[id]).toBe('the trace has no decode tokens')
    expect(reasons({})[id]).toBe(FEW)
    expect(reasons({}, counts)[id]).toBe(
      id.startsWith('phase-spearman-') ? ONLY_COUNTS : 'the counts do not tell prefill from decode',
    )
  }
})

test('counts have no tokens to look at, top-1 tokens no pairs, nameless requests no tasks, a last layer no next one', () => {
  for (const id of ['pair-share', 'pair-affinity-max'] as const) {
    expect(reasons({ topK: 1 })[id]).toBe('a top-1 token has no pair of experts')
    expect(reasons({})[id]).toBe(FEW)
    expect(reasons({ topK: 1 }, counts)[id]).toBe(ONLY_COUNTS)
  }
  expect(reasons({ topK: 1 }).gini).toBe(FEW)
  expect(reasons({}, nameless)['common-experts']).toMatch(/^the ids of the requests do not name/)
  expect(reasons({})['common-experts']).toBe(FEW)
  expect(reasons({}, nameless).gini).toBe(FEW)
  for (const id of [...idsOf('cross-layer'), ...idsOf('adjacent')])
    expect(reasons({})[id]).toMatch(/^no analyzed layer is followed by/)
})
