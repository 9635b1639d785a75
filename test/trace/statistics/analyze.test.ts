// What is measured of counts without tokens: the loads of all, and of each phase where there are both.
import { expect, test } from 'vitest'
import type { HistogramSource } from '../../../src/trace/histogram.ts'
import { analyzeHistograms } from '../../../src/trace/statistics/analyze.ts'

const COUNTS = { prefill: [8, 4, 0, 4], decode: [2, 3, 1, 2], unknown: [8, 4, 0, 4] }

const source = (...phases: readonly (keyof typeof COUNTS)[]): HistogramSource => ({
  ...{ label: 'c.json', experts: 4, layers: [1, 2], phases, sha256: 'h' },
  counts: (layer, phase) => Float64Array.from(COUNTS[phase as keyof typeof COUNTS], (of) => layer * of),
})
const analyzed = async (of: HistogramSource, layers?: readonly number[]) => {
  const told: (readonly [number, number])[] = []
  const { layers: measured, summary } = await analyzeHistograms(of, {
    ...{ model: { model: 'm', topK: 2, moeLayers: [1, 2] }, phases: 'recorded', seed: 0 },
    ...(layers && { layers }),
    onProgress: async (...state) => void told.push(state),
  })
  return { measured, summary, told }
}

test('of both phases there are loads of all tokens and of each, and how alike they are', async () => {
  const { measured, summary, told } = await analyzed(source('prefill', 'decode'))
  expect(measured.map(({ layer, selections, hottestExpert }) => [layer, selections, hottestExpert])).toEqual([
    [1, 24, 0],
    [2, 48, 0],
  ])
  expect(measured[1]!.measures['max-over-mean']).toMatchObject({
    ...{ all: { value: 10 / 6 }, prefill: { value: 2 }, decode: { value: 1.5 } },
  })
  expect(summary['hottest-share']).toMatchObject({
    ...{ all: { mean: 10 / 24 }, prefill: { mean: 0.5 }, decode: { mean: 3 / 8 } },
  })
  // Ranks 4, 2.5, 1, 2.5 and 2.5, 4, 1, 2.5.
  expect(summary['phase-spearman']!.all!.mean).toBeCloseTo(0.5, 12)
  expect(told).toEqual([
    [1, 2],
    [2, 2],
  ])
})

test.each([['prefill'], ['decode'], ['unknown']] as const)(
  'of counts of %s alone there are those of all tokens, and nothing to compare',
  async (phase) => {
    const { measured, summary } = await analyzed(source(phase), [2])
    expect(measured.map(({ layer }) => layer)).toEqual([2])
    expect(Object.keys(summary['max-over-mean']!)).toEqual(['all'])
    expect(summary['phase-spearman']).toBeUndefined()
  },
)
