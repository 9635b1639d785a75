// A sweep for the terminal: a row for each scheduler at each point, with what is most often compared.
import type { ChalkInstance } from 'chalk'
import type { Metrics } from '../../sim/result.ts'
import type { MergedSweep } from '../../sweep/merge.ts'
import { cell, energy, ratio, size, time } from '../cells.ts'
import { type GridColumn, renderGrid } from '../grid.ts'
import { axisColumns, type Front, rowsOf } from './columns.ts'

interface MetricColumn {
  readonly header: string
  readonly name: string
  readonly text: (metrics: Metrics) => string
}

const METRIC_COLUMNS: readonly MetricColumn[] = [
  { header: 'latency', name: 'latency', text: ({ latency }) => cell(latency, time) },
  { header: 'speedup\n[x]', name: 'speedup', text: ({ speedup }) => cell(speedup, ratio) },
  { header: 'over bound\n[x]', name: 'boundRatio', text: ({ boundRatio }) => cell(boundRatio, ratio) },
  { header: 'SRAM\nper die', name: 'peakSramPerDie', text: (metrics) => cell(metrics.peakSramPerDie, size) },
  { header: 'energy', name: 'energy', text: (metrics) => cell(metrics.energy, energy) },
  { header: 'die area\n[mm2]', name: 'dieArea', text: ({ dieArea }) => cell(dieArea, ratio) },
]

/** Where no metric follows. */
const NOTHING = '-'

/** Points that cannot run are explained below the table. */
export async function sweepTable(merged: MergedSweep, front: Front, chalk: ChalkInstance): Promise<string> {
  const axes = axisColumns(merged)
  const rows: string[][] = []
  const errors: string[] = []
  const seen = new Set<string>()
  for await (const point of merged.points()) {
    for (const row of rowsOf(point, front)) {
      const { scheduler, isOnFront } = row
      for (const name of Object.keys(scheduler?.metrics ?? {})) seen.add(name)
      rows.push([
        `${point.index + 1}`,
        ...axes.map((axis) => `${axis.cell(row) ?? ''}`),
        scheduler?.id ?? 'cannot run',
        ...METRIC_COLUMNS.map(({ text }) => (scheduler === undefined ? NOTHING : text(scheduler.metrics))),
        ...(front === undefined ? [] : [isOnFront ? '*' : '']),
      ])
    }
    if (point.record.error !== undefined) errors.push(`point ${point.index + 1}: ${point.record.error}\n`)
  }
  const right = (header: string): GridColumn => ({ header, align: 'right' })
  const columns: GridColumn[] = [
    right('point'),
    ...axes.map(
      ({ title, kind }): GridColumn => ({
        header: title.replace(' [', '\n['),
        align: kind === 'number' ? 'right' : 'left',
      }),
    ),
    { header: 'scheduler', align: 'left' },
    ...METRIC_COLUMNS.map(({ header }) => right(header)),
    ...(front === undefined ? [] : [right('pareto')]),
  ]
  // Columns of metrics that no row has, such as energy without constants, are left out.
  const first = axes.length + 2
  const isShown = columns.map((_, i) => {
    const metric = METRIC_COLUMNS[i - first]
    return metric === undefined || i < first || seen.has(metric.name)
  })
  const shown = <T>(items: readonly T[]) => items.filter((_, i) => isShown[i])
  return [renderGrid(shown(columns), rows.map(shown), chalk), ...errors.map((text) => `\n${text}`)].join('')
}
