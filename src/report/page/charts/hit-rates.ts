// Hit rates of expert caches over their size, a line for each policy.
import type { CacheReport } from '../../trace/cache-report.ts'
import { allExperts, ci95 } from '../../trace/cache-report.ts'
import type { Chart, ChartRow } from '../page.ts'
import { CHART_WIDTH } from './rows.ts'

/** More points on a line show nothing more. */
const MOST_POINTS = 200

/** Undefined where there is one size only. */
export function hitRatesChart(report: CacheReport): Chart | undefined {
  const { results, trace } = report
  const sizes = thinned([...new Set(results.map(({ slots }) => slots))])
  if (sizes.size < 2) return undefined
  const values = results.flatMap((result): ChartRow[] => {
    if (!sizes.has(result.slots)) return []
    const { policy, slots, hitRate } = result
    const half = ci95(result) ?? 0
    const share = (100 * slots) / allExperts(report)
    return [
      {
        policy,
        slots,
        share,
        rate: 100 * hitRate,
        // An interval may be wider than there are rates.
        low: 100 * Math.max(0, hitRate - half),
        high: 100 * Math.min(1, hitRate + half),
      },
    ]
  })
  const color = {
    field: 'policy',
    type: 'nominal',
    sort: null,
    // Else as pale as the bands.
    legend: { orient: 'top', title: null, symbolOpacity: 1 },
  } as const
  return {
    id: 'hit-rates',
    title: 'Hit rate by size of the cache',
    caption:
      trace.requests > 1
        ? 'Bands: 95 % interval over requests. All caches start empty, so that no curve reaches 100 %.'
        : 'All caches start empty, so that no curve reaches 100 %.',
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: 360,
      encoding: {
        x: {
          field: 'slots',
          type: 'quantitative',
          title: 'slots [experts]',
          scale: { type: 'log', nice: false },
        },
        color,
      },
      layer: [
        {
          mark: { type: 'area', opacity: 0.2 },
          encoding: {
            y: { field: 'low', type: 'quantitative', scale: { domain: [0, 100] } },
            y2: { field: 'high' },
          },
        },
        {
          mark: { type: 'line', point: sizes.size <= 20 },
          encoding: {
            y: { field: 'rate', type: 'quantitative', title: 'hit rate [%]' },
            tooltip: [
              { field: 'policy', title: 'policy' },
              { field: 'slots', title: 'slots' },
              { field: 'share', title: '% of experts', format: '.1f' },
              { field: 'rate', title: 'hit rate [%]', format: '.1f' },
            ],
          },
        },
      ],
    },
  }
}

/** So many of ascending sizes that they still look like all of them on a logarithmic axis. */
function thinned(sizes: readonly number[]): ReadonlySet<number> {
  const first = sizes[0]!
  const last = sizes.at(-1)!
  if (sizes.length <= MOST_POINTS) return new Set(sizes)
  const kept = new Set<number>([first, last])
  let next = first
  for (const size of sizes) {
    if (size < next) continue
    kept.add(size)
    next = size * (last / first) ** (1 / MOST_POINTS)
  }
  return kept
}
