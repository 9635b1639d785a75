// Bars cut into parts, a bar for each scheduler: what the memory, time and energy charts have in common.
import type { Metrics, RunResult } from '../../../sim/result.ts'
import type { Chart, ChartRow } from '../page.ts'
import { BAR_STEP, CHART_WIDTH } from './rows.ts'

export interface Part {
  readonly label: string
  /** In base units; undefined where the run does not know it. */
  readonly of: (metrics: Metrics) => number | undefined
}

/** A part that is a metric. */
export const metricPart = (metric: string, label: string): Part => ({
  label,
  of: (metrics) => metrics[metric]?.value,
})

interface Stack extends Pick<Chart, 'id' | 'title' | 'caption'> {
  readonly parts: readonly Part[]
  /** Such as `SRAM [MiB]`. */
  readonly axis: string
  readonly convert: (value: number) => number
  readonly text: (value: number) => string
}

/** In base units: all parts of the scheduler that has most. */
export function longestBar({ results }: RunResult, parts: readonly Part[]): number {
  const bars = results.map(({ metrics }) => parts.reduce((sum, { of }) => sum + (of(metrics) ?? 0), 0))
  return Math.max(0, ...bars)
}

/** Undefined where no scheduler has any of the parts, or all are nothing. */
export function stackedChart({ results }: RunResult, stack: Stack): Chart | undefined {
  const { id, title, caption, parts, axis, convert, text } = stack
  const values = results.flatMap(({ id: scheduler, metrics }) =>
    parts.flatMap(({ label, of }, order): ChartRow[] => {
      const value = of(metrics)
      if (value === undefined) return []
      return [{ scheduler, part: label, order, amount: convert(value), exact: text(value) }]
    }),
  )
  if (values.every(({ amount }) => amount === 0)) return undefined
  const shown = parts.filter(({ label }) => values.some((row) => row.part === label && row.amount !== 0))
  return {
    ...{ id, title, caption },
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: { step: BAR_STEP },
      mark: { type: 'bar', height: { band: 0.7 } },
      encoding: {
        y: { field: 'scheduler', type: 'nominal', sort: null, title: null },
        x: { field: 'amount', type: 'quantitative', stack: 'zero', title: axis },
        color: {
          field: 'part',
          type: 'nominal',
          scale: { domain: shown.map(({ label }) => label) },
          legend: { orient: 'top', title: null },
        },
        order: { field: 'order', type: 'quantitative' },
        tooltip: [
          { field: 'scheduler', title: 'scheduler' },
          { field: 'part', title: 'part' },
          { field: 'exact', title: 'amount' },
        ],
      },
    },
  }
}
