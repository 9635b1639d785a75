// Latency layer by layer, a line for each scheduler.
import type { RunResult } from '../../../sim/result.ts'
import { time } from '../../cells.ts'
import type { Chart, ChartRow } from '../page.ts'
import { CHART_WIDTH, toMs } from './rows.ts'

/** Undefined where there is one layer only. */
export function layersChart({ results, seeds }: RunResult): Chart | undefined {
  if ((results[0]?.layers.length ?? 0) < 2) return undefined
  const values = results.flatMap(({ id, layers }) =>
    layers.flatMap(({ layer, metrics: { latency } }): ChartRow[] =>
      latency === undefined
        ? []
        : [{ scheduler: id, layer, ms: toMs(latency.value), exact: time(latency.value) }],
    ),
  )
  return {
    id: 'layers',
    title: 'Latency of each simulated layer',
    caption:
      seeds.length > 1
        ? 'Means over the seeds. Lines join layers for the eye; layers between two points were not simulated.'
        : 'Lines join layers for the eye; layers between two points were not simulated.',
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: 260,
      mark: { type: 'line', point: { size: 50 } },
      encoding: {
        x: {
          field: 'layer',
          type: 'quantitative',
          title: 'layer',
          scale: { zero: false },
          axis: { tickMinStep: 1 },
        },
        y: { field: 'ms', type: 'quantitative', title: 'latency [ms]' },
        color: {
          field: 'scheduler',
          type: 'nominal',
          sort: null,
          legend: { orient: 'top', title: null, columns: 3 },
        },
        tooltip: [
          { field: 'scheduler', title: 'scheduler' },
          { field: 'layer', title: 'layer' },
          { field: 'exact', title: 'latency' },
        ],
      },
    },
  }
}
