// Latency beside what physics would let it be: a bar for each scheduler, a tick for each of its four bounds.
import type { RunResult } from '../../../sim/result.ts'
import { time } from '../../cells.ts'
import type { Chart, ChartRow } from '../page.ts'
import { BAR_STEP, CHART_WIDTH, toMs } from './rows.ts'

const BOUNDS = [
  { metric: 'boundCompute', label: 'compute' },
  { metric: 'boundMemory', label: 'memory channels' },
  { metric: 'boundTier', label: 'ways from memory tiers' },
  { metric: 'boundLink', label: 'links of a die' },
  { metric: 'boundBisection', label: 'links across the middle' },
] as const

export function boundsChart({ results }: RunResult): Chart {
  const values = results.flatMap(({ id, metrics, boundBy }): ChartRow[] => {
    const { latency } = metrics
    if (latency === undefined) return []
    const head = { scheduler: id, boundBy }
    return [
      { ...head, kind: 'latency', bound: '', ms: toMs(latency.value), exact: time(latency.value) },
      ...BOUNDS.flatMap(({ metric, label }): ChartRow[] => {
        const found = metrics[metric]
        if (found === undefined || found.value === 0) return []
        return [{ ...head, kind: 'bound', bound: label, ms: toMs(found.value), exact: time(found.value) }]
      }),
    ]
  })
  const shown = BOUNDS.filter(({ label }) => values.some(({ bound }) => bound === label))
  return {
    id: 'bounds',
    title: 'Latency and its bounds',
    caption:
      'Bars: simulated latency. Ticks: the least time that each resource alone would need for the same work; a bar near its furthest tick has little left to gain.',
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: { step: BAR_STEP },
      encoding: {
        y: { field: 'scheduler', type: 'nominal', sort: null, title: null },
        x: { field: 'ms', type: 'quantitative', title: 'time [ms]' },
      },
      layer: [
        {
          transform: [{ filter: "datum.kind === 'latency'" }],
          mark: { type: 'bar', height: { band: 0.7 }, opacity: 0.45 },
          encoding: {
            tooltip: [
              { field: 'scheduler', title: 'scheduler' },
              { field: 'exact', title: 'latency' },
              { field: 'boundBy', title: 'bound by' },
            ],
          },
        },
        {
          transform: [{ filter: "datum.kind === 'bound'" }],
          mark: { type: 'tick', thickness: 4, height: { band: 0.9 } },
          encoding: {
            color: {
              field: 'bound',
              type: 'nominal',
              scale: { domain: shown.map(({ label }) => label) },
              legend: { orient: 'top', title: 'bound by' },
            },
            tooltip: [
              { field: 'scheduler', title: 'scheduler' },
              { field: 'bound', title: 'bound' },
              { field: 'exact', title: 'least time' },
            ],
          },
        },
      ],
    },
  }
}
