// A sweep for the terminal: a row for each scheduler at each point, with what is most often compared.
import type { ChalkInstance } from 'chalk'
import type { Metrics } from '../../sim/result.ts'
import type { MergedSweep } from '../../sweep/merge.ts'
import { cell, energy, ratio, size, time } from '../cells.ts'
import { type GridColumn, renderGrid } from '../grid.ts'
import { headingOf, headingWithUnit } from '../heading.ts'
import { axisColumns, type Front, rowsOf } from './columns.ts'

interface MetricColumn {
  readonly header: string
  readonly name: string
  readonly text: (metrics: Metrics) => string
}

const number = (name: string, format: (value: number) => string, unit?: string): MetricColumn => ({
  header: unit === undefined ? headingOf(name) : headingWithUnit(name, unit),
  name,
  text: (metrics) => cell(metrics[name], format),
})

const METRIC_COLUMNS: readonly MetricColumn[] = [
  number('latency', time),
  number('speedup', ratio, 'x'),
  number('boundRatio', ratio, 'x'),
  number('overOptimum', ratio, 'x'),
  number('peakSramPerDie', size),
  number('energy', energy),
  number('dieArea', ratio, 'mm2'),
]

/** Where no metric follows. */
const NOTHING = '-'

/** Points that cannot run are explained below the table. */
export async function sweepTable(
  merged: MergedSweep,
  front: Front,
  chalk: ChalkInstance,
  width?: number,
): Promise<string> {
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
    { ...right('point'), isKey: true },
    ...axes.map(
      ({ title, kind }): GridColumn => ({
        header: title,
        align: kind === 'number' ? 'right' : 'left',
      }),
    ),
    { header: 'scheduler', align: 'left', isKey: true },
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
  return [
    renderGrid(shown(columns), rows.map(shown), chalk, width),
    ...errors.map((text) => `\n${text}`),
  ].join('')
}
