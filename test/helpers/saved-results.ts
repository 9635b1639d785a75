// Hand-made saved results, for the tests of comparisons.
import type { SavedResult } from '../../src/config/results/result-schema.ts'

/** Latencies in ps of each scheduler by seed; the first scheduler is the baseline. */
export function savedResult(
  seeds: readonly number[],
  latencies: Readonly<Record<string, readonly number[]>>,
  experiment: Readonly<Record<string, unknown>> = {},
): SavedResult {
  return {
    schemaVersion: 1,
    moesim: '1.2.3',
    baseline: Object.keys(latencies)[0]!,
    seeds: [...seeds],
    experiment: { ...experiment },
    configSha256: 'c'.repeat(64),
    traceSha256: 'd'.repeat(64),
    results: Object.entries(latencies).map(([id, values]) => ({
      id,
      scheduler: id,
      boundBy: 'memory',
      metrics: {
        latency: {
          value: values.reduce((sum, value) => sum + value, 0) / values.length,
          unit: 'ps',
          ...(values.length > 1 && { ci95: 1, bySeed: [...values] }),
        },
        memoryRead: { value: 1000 * values.length, unit: 'B' },
      },
    })),
  }
}
