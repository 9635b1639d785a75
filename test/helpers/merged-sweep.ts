// A sweep of any size as mergeSweep would give it, for the report tests.
import type { MergedPoint, MergedSweep } from '../../src/sweep/merge.ts'
import { sampleResult } from './results.ts'

/** Axes a (numbers), b (quantities in GB/s) and, where `names` has two or more, c; every scheduler of the sample. */
export function mergedSweep(counts: { a: number; b: number; names?: readonly string[] }): MergedSweep {
  const names = counts.names ?? ['x']
  const points: MergedPoint[] = []
  for (let a = 1; a <= counts.a; a++) {
    for (let b = 1; b <= counts.b; b++) {
      for (const name of names) points.push(pointOf(points.length, [`${a}`, `${b} GB/s`, name], a * b))
    }
  }
  const plan = {
    ...{ schemaVersion: 1 as const, moesim: '1.2.3', name: 'grid' },
    axes: ['workload.tokens', 'hardware.link.bandwidth', 'model'],
    points: points.map(({ values, record: { id } }) => ({ id, values: [...values] })),
  }
  return {
    ...{ plan, refused: 0 },
    async *points() {
      yield* points
    },
  }
}

/** Latency grows and SRAM shrinks with `amount`. */
function pointOf(index: number, values: readonly string[], amount: number): MergedPoint {
  const results = sampleResult.results.map(({ layers: _layers, metrics, ...rest }, at) => ({
    ...rest,
    metrics: {
      ...metrics,
      latency: { value: (1.2345 + at) * 1e9 * amount, unit: 'ps' },
      peakSramPerDie: { value: 1e9 / (amount + at), unit: 'B' },
    },
  }))
  const { seeds, baseline, experiment } = sampleResult
  const id = index.toString(16).padStart(16, '0')
  return { index, values, record: { id, moesim: '1.2.3', seeds, baseline, experiment, results } }
}
