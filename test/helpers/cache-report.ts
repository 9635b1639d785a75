// A report of hit rates made by hand: two layers, two requests.
import type { CacheResult } from '../../src/cache/replay/study.ts'
import type { HitRate } from '../../src/cache/replay/tally.ts'
import type { CacheReport } from '../../src/report/trace/cache-report.ts'

const rate = (hits: number, accesses: number, standardError?: number): HitRate => ({
  ...{ accesses, hits, hitRate: hits / accesses, requests: 2 },
  ...(standardError !== undefined && { standardError }),
})

const result = (policy: CacheResult['policy'], slots: number, hits: number): CacheResult => ({
  ...{ policy, slots, ...rate(hits, 400, 0.001) },
  prefill: rate(hits / 4, 100),
  decode: rate((3 * hits) / 4, 300),
  layers: [rate(hits - 40, 200), rate(40, 200)],
})

export const cacheReport: CacheReport = {
  trace: {
    ...{
      path: 'chat.csv',
      sha256: 'ab'.repeat(32),
      model: 'mini',
      experts: 1000,
      expertsAre: 'stated',
      topK: 2,
    },
    ...{ layers: [1, 3], requests: 2, tokens: { prefill: 25, decode: 75 }, phases: 'recorded' },
    ...{ accesses: 400, expertsUsed: 60 },
  },
  pool: 'shared',
  expertBytes: 1_000_000,
  results: [
    result('lru', 500, 80),
    result('lru', 1000, 120),
    result('min', 500, 100),
    result('min', 1000, 160),
  ],
}

/** The same with the results of one size only. */
export const ofSize = (slots: number): CacheReport => ({
  ...cacheReport,
  results: cacheReport.results.filter((each) => each.slots === slots),
})
