// A small hand-built result of two schedulers, for the report tests.
import type { Metrics, RunResult } from '../../src/sim/result.ts'

const metrics = (latencyPs: number, speedup: number, peakBytes: number): Metrics => ({
  latency: { value: latencyPs, unit: 'ps' },
  speedup: { value: speedup, unit: 'ratio' },
  throughput: { value: 1_234_567, unit: 'token/s' },
  boundRatio: { value: 1.5, unit: 'ratio' },
  computeUtilization: { value: 0.4321, unit: 'ratio' },
  peakSramPerDie: { value: peakBytes / 4, unit: 'B' },
  peakSramPackage: { value: peakBytes, unit: 'B' },
  peakSramWeights: { value: peakBytes - 1000, unit: 'B' },
  peakSramTokens: { value: 1000, unit: 'B' },
  memoryRead: { value: 5e9, unit: 'B' },
  memoryReadRemote: { value: 0, unit: 'B' },
  memoryWrite: { value: 0, unit: 'B' },
  d2dBytes: { value: 1_500_000, unit: 'B' },
  d2dByteHops: { value: 3_000_000, unit: 'B.hop' },
  hops: { value: 4321, unit: 'count' },
  loadImbalance: { value: 1.25, unit: 'ratio' },
  channelImbalance: { value: 1.5, unit: 'ratio' },
})

export const sampleResult: RunResult = {
  schemaVersion: 1,
  moesim: '1.2.3',
  baseline: 'ep',
  seeds: [1],
  experiment: {
    name: 'sample',
    hardware: {
      name: 'tiny-2x2',
      topology: { kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' },
    },
    model: { name: 'tiny-moe', experts: 8, topK: 2, moeLayers: [0, 1, 2] },
    routing: { kind: 'trace', file: 'a|b.csv' },
    workload: { kind: 'tokens', tokens: 64, iterations: 2 },
    compat: 'physical',
  },
  configSha256: 'c'.repeat(64),
  traceSha256: 'd'.repeat(64),
  results: [
    {
      id: 'ep',
      scheduler: 'ep',
      options: { prefetch: 0 },
      boundBy: 'memory',
      metrics: metrics(47_123_000, 1, 8_000_000),
      layers: [
        { layer: 0, metrics: { latency: { value: 40_000_000, unit: 'ps' } } },
        { layer: 2, metrics: { latency: { value: 7_123_000, unit: 'ps' } } },
      ],
    },
    {
      id: 'fse-dp:paired=true,slots=4',
      scheduler: 'fse-dp',
      options: { paired: true, slots: 4 },
      boundBy: 'link',
      metrics: { ...metrics(23_561_500, 2, 2_000_000), replicas: { value: 3, unit: 'count' } },
      layers: [{ layer: 0, metrics: { latency: { value: 20_000_000, unit: 'ps' } } }],
    },
  ],
}
