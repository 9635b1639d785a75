// Speedup over the baseline: a bar for each scheduler, with its 95 % interval where there is one.
import type { RunResult } from '../../../sim/result.ts'
import { ratio, time } from '../../cells.ts'
import type { Chart, ChartRow } from '../page.ts'
import { BAR_STEP, CHART_WIDTH, interval } from './rows.ts'

/** In the order of the result. */
const Y = { field: 'scheduler', type: 'nominal', sort: null, title: null } as const

export function speedupChart({ baseline, results, seeds }: RunResult): Chart {
  const rows = results.flatMap(({ id, metrics: { speedup, latency } }): ChartRow[] => {
    if (speedup === undefined || latency === undefined) return []
    const half = speedup.ci95 === undefined ? '' : ` ± ${ratio(speedup.ci95)}`
    const label = `${ratio(speedup.value)}${half}`
    return [
      {
        ...{
          scheduler: id,
          speedup: speedup.value,
          ...interval(speedup),
          label,
          latency: time(latency.value),
        },
        // Beside the end of the bar or of the interval, whichever is further.
        labelAt: interval(speedup).high,
      },
    ]
  })
  const hasInterval = results.some(({ metrics }) => metrics.speedup?.ci95 !== undefined)
  const over = seeds.length > 1 ? `over ${seeds.length} seeds` : 'over samples of layers'
  return {
    id: 'speedup',
    title: `Speedup over ${baseline}`,
    caption: hasInterval
      ? `Lines: 95 % interval ${over}. The line at 1 is the baseline.`
      : 'No intervals: they take --seeds or sampled layers. The line at 1 is the baseline.',
    spec: {
      data: { values: rows },
      width: CHART_WIDTH,
      height: { step: BAR_STEP },
      layer: [
        {
          mark: { type: 'bar', height: { band: 0.7 } },
          encoding: {
            y: Y,
            x: { field: 'speedup', type: 'quantitative', title: 'speedup [x]' },
            tooltip: [
              { field: 'scheduler', title: 'scheduler' },
              { field: 'label', title: 'speedup [x]' },
              { field: 'latency', title: 'latency' },
            ],
          },
        },
        ...(hasInterval
          ? [
              {
                mark: { type: 'rule' as const, strokeWidth: 2 },
                encoding: {
                  y: Y,
                  x: { field: 'low', type: 'quantitative' as const },
                  x2: { field: 'high' },
                },
              },
            ]
          : []),
        {
          mark: { type: 'text', align: 'left', dx: 6 },
          encoding: { y: Y, x: { field: 'labelAt', type: 'quantitative' }, text: { field: 'label' } },
        },
        { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
      ],
    },
  }
}
