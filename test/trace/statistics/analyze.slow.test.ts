// Whole analyses: values at their nulls where there is nothing but skew, above them where there is more, and invariants.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { histogramsOf } from '../../../src/trace/histogram.ts'
import type { RoutingSource } from '../../../src/trace/source.ts'
import { analyzeHistograms, analyzeTokens } from '../../../src/trace/statistics/analyze.ts'
import { STATISTIC_IDS, type StatisticId } from '../../../src/trace/statistics/measure.ts'
import { entriesOf, type TraceStatistics } from '../../../src/trace/statistics/result.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { tableSource } from '../../../src/trace/tables.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const LAYERS = [1, 3, 5]
const MODEL = { model: 'test', topK: 2, moeLayers: LAYERS }

function generated(reuse: number): RoutingSource {
  const spec = { skew: 1, reuse, topics: 1, requests: 60, prefillTokens: 30, decodeTokens: 30 }
  return generateRouting(memoryIo(), spec, { experts: 40, topK: 2, layers: LAYERS }, 7)
}

const analyzed = (source: RoutingSource, seed = 0): Promise<TraceStatistics> =>
  analyzeTokens(source, { model: MODEL, phases: 'recorded', seed })

interface Sketch {
  readonly ids: readonly string[]
  /** Tables [layer][token][slot]. */
  readonly tables: readonly (readonly (readonly number[])[])[]
  readonly experts: number
}

/** Requests of equal length, half of it prompt. */
function sketched({ ids, tables, experts }: Sketch): RoutingSource {
  const tokens = tables[0]!.length / ids.length
  const requests = ids.map((id) => ({ id, prefillTokens: Math.floor(tokens / 2), tokens }))
  return tableSource(
    memoryIo(),
    { label: 'sketch', experts, topK: tables[0]![0]!.length, requests },
    new Map(tables.map((table, at) => [LAYERS[at]!, Uint16Array.from(table.flat())])),
  )
}

describe('routing with skew alone', () => {
  test('has no value that its null does not have as well', async () => {
    const { summary } = await analyzed(generated(0))
    const decode = summary.reuse!.decode!
    expect(Math.abs(decode.mean - decode.popularity!)).toBeLessThan(0.015)
    expect(Math.abs(decode.mean - decode.sameRequest!)).toBeLessThan(0.015)
    for (const id of ['cross-layer-mass', 'cross-token-mass', 'pair-share', 'adjacent-pair-share'] as const) {
      const { mean, shuffled, uniform } = summary[id]!.all!
      expect(Math.abs(mean - shuffled!), id).toBeLessThan(0.02)
      // Far from uniform: what a reader without the null would take for predictability.
      expect(mean, id).toBeGreaterThan(1.5 * uniform!)
    }
    const coverage = summary['cross-layer-coverage']!.all!
    expect(coverage.mean).toBeLessThan(coverage.popularity! + 0.01)
    const phases = summary['phase-spearman']!.all!
    expect(Math.abs(phases.mean - phases.shuffled!)).toBeLessThan(0.05)
  })
})

describe('routing that keeps experts from token to token', () => {
  test('stands above the nulls of neighbours, and only there', async () => {
    const { summary } = await analyzed(generated(0.6))
    const { mean, popularity, sameRequest } = summary.reuse!.prefill!
    expect(mean).toBeGreaterThan(popularity! + 0.3)
    expect(mean).toBeGreaterThan(sameRequest! + 0.3)
    const token = summary['cross-token-mass']!.all!
    expect(token.mean).toBeGreaterThan(token.shuffled! + 0.1)
    const layer = summary['cross-layer-mass']!.all!
    expect(Math.abs(layer.mean - layer.shuffled!)).toBeLessThan(0.03)
  })
})

describe('the result', () => {
  test('is the same for the same seed; another seed changes shuffles and draws alone', async () => {
    const [one, again, other] = [
      await analyzed(generated(0.3)),
      await analyzed(generated(0.3)),
      await analyzed(generated(0.3), 1),
    ]
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
    const values = ({ layers }: TraceStatistics) =>
      layers.map(({ measures }) =>
        entriesOf(measures)
          .filter(({ id }) => !id.startsWith('batch-'))
          .map(({ id, phase, measure }) => [id, phase, measure.value, measure.popularity]),
      )
    expect(values(other)).toEqual(values(one))
  })

  test('is summarized as mean, least and most over the layers that have a statistic', async () => {
    const { layers, summary } = await analyzed(generated(0.3))
    const all = layers.map(({ measures }) => measures.gini!.all!.value)
    expect(summary.gini!.all).toMatchObject({ min: Math.min(...all), max: Math.max(...all), layers: 3 })
    expect(summary.gini!.all!.mean).toBeCloseTo(all.reduce((a, b) => a + b) / 3, 12)
    // The last layer has no next one.
    expect(summary['cross-layer-mass']!.all!.layers).toBe(2)
  })

  test('has every statistic, or says why not', async () => {
    const { summary, notMeasured } = await analyzed(generated(0.3))
    const given = STATISTIC_IDS.filter((id) => summary[id] !== undefined)
    expect([...given, ...Object.keys(notMeasured)].sort()).toEqual([...STATISTIC_IDS].sort())
    expect(notMeasured).toEqual({
      'common-experts': 'the ids of the requests do not name two or more tasks (task/request)',
    })
  })

  test('of some layers is that of all layers for them', async () => {
    const source = generated(0.3)
    const all = await analyzed(source)
    const some = await analyzeTokens(source, { model: MODEL, phases: 'recorded', seed: 0, layers: [3] })
    expect(some.layers).toEqual([all.layers[1]])
  })

  test('takes no layers for neighbours between which the model has one that the trace has not', async () => {
    const model = { ...MODEL, moeLayers: [1, 2, 3, 4, 5] }
    const { summary, notMeasured } = await analyzeTokens(generated(0.3), {
      ...{ model, phases: 'recorded', seed: 0 },
    })
    expect(summary['cross-layer-mass']).toBeUndefined()
    expect(notMeasured['cross-layer-mass']).toBe(
      'no analyzed layer is followed by the next MoE layer of the model',
    )
  })

  test('names the tasks that request ids name, and the experts that are hot in all', async () => {
    const rows = Array.from({ length: 8 }, (_, i) => [i < 4 ? 0 : 1])
    const result = await analyzed(sketched({ ids: ['math/0', 'law/0'], tables: [rows], experts: 20 }))
    expect(result.trace.tasks).toEqual(['math', 'law'])
    expect(result.layers[0]!.taskGroups).toEqual([{ group: '', tasks: 2, commonExperts: [] }])
    expect(result.layers[0]!.measures['common-experts']!.all).toMatchObject({ value: 0, shuffled: 2 })
  })
})

test('hand-made routing has the values that were worked out for it', async () => {
  // One request, two prompt and two decode tokens; layer 3 repeats layer 1.
  const rows = [[0], [1], [0], [0]]
  const { layers } = await analyzed(sketched({ ids: ['a'], tables: [rows, rows], experts: 5 }))
  const { measures, selections, hottestExpert } = layers[0]!
  expect({ selections, hottestExpert }).toEqual({ selections: 4, hottestExpert: 0 })
  const value = (id: StatisticId, phase: 'all' | 'prefill' | 'decode' = 'all') => measures[id]?.[phase]?.value
  expect(value('max-over-mean')).toBe(3.75)
  expect(value('active-share')).toBe(0.4)
  expect(value('reuse', 'prefill')).toBe(0)
  expect(value('reuse', 'decode')).toBe(1)
  // Neighbours 0 1, 1 0, 0 0, the first two across phases too: rows {1, 0} and {0}: one candidate each, 1/2 and 1.
  expect(value('cross-token-mass')).toBeCloseTo(2 / 3, 12)
  expect(value('cross-layer-mass')).toBe(1)
  expect(measures['cross-layer-mass']!.all!.popularity).toBe(0.75)
  expect(value('adjacent-pair-share')).toBe(1)
  // First half 0 1 fits, 0 0 evaluates.
  expect(value('cross-layer-coverage')).toBe(1)
  expect(value('hot-overlap-5-5')).toBe(1)
})

/** Statistics that look at no id: neither at ranges of ids nor at the lowest of equals. */
const NAMELESS = STATISTIC_IDS.filter((id) => !/rank|top1|coverage|hot-overlap|common/.test(id))

test('the names of experts change no statistic that looks at none', async () => {
  const token = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 2, maxLength: 2 })
  const table = fc.array(token, { minLength: 12, maxLength: 12 })
  const naming = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(table, table, naming, async (first, second, names) => {
      const renamed = (rows: number[][]) => rows.map((row) => row.map((expert) => names[expert]!))
      const of = async (tables: number[][][]) =>
        (await analyzed(sketched({ ids: ['a', 'b'], tables, experts: 6 }))).layers[0]!.measures
      const one = await of([first, second])
      const other = await of([renamed(first), renamed(second)])
      for (const id of NAMELESS) {
        for (const phase of ['all', 'prefill', 'decode'] as const) {
          expect(other[id]?.[phase]?.value ?? -1, id).toBeCloseTo(one[id]?.[phase]?.value ?? -1, 9)
        }
      }
    }),
    { numRuns: 30 },
  )
})

describe('a trace of counts', () => {
  test('has the load skew of the tokens it was counted from, and S4 and S5 where it has both phases', async () => {
    const source = generated(0.3)
    const tokens = await analyzed(source)
    const options = { model: MODEL, phases: 'recorded', seed: 0 } as const
    const counts = await analyzeHistograms(histogramsOf(memoryIo(), source), options)
    const ids = entriesOf(counts.summary).map(({ id }) => id)
    expect(new Set(ids)).toEqual(
      new Set([
        ...['max-over-mean', 'cv', 'gini', 'zipf-s', 'active-share', 'hottest-share'],
        ...['rank-16-max-over-mean', 'rank-32-max-over-mean', 'phase-spearman'],
        ...['hot-overlap-5-5', 'hot-overlap-10-5', 'hot-overlap-10-10', 'hot-overlap-20-10'],
      ]),
    )
    for (const { id, phase, measure } of entriesOf(counts.layers[1]!.measures)) {
      expect(measure.value, `${id} ${phase}`).toBeCloseTo(tokens.layers[1]!.measures[id]![phase]!.value, 12)
    }
    expect(counts.notMeasured.reuse).toBe('needs the tokens: the trace has counts only')
  })
})
