// The flat form of a sweep, for spreadsheets and data frames: a row for each scheduler at each point, and its columns.

import type { PointScheduler } from '../../run/point-record.ts'
import type { Metrics } from '../../sim/result.ts'
import type { MergedPoint, MergedSweep } from '../../sweep/merge.ts'
import { rowKey } from '../../sweep/pareto.ts'
import { splitQuantity } from '../../sweep/range.ts'
import { columnName, intervalName } from '../column-name.ts'

export interface SweepColumn {
  /** An identifier with the unit in it, such as `hardware_link_bandwidth_GB_per_s`. */
  readonly name: string
  readonly kind: 'text' | 'number' | 'whether'
  /** undefined: the cell is empty. */
  readonly cell: (row: SweepRow) => string | number | boolean | undefined
}

export interface AxisColumn extends SweepColumn {
  /** For people, such as `hardware.link.bandwidth [GB/s]`. */
  readonly title: string
}

/** One scheduler at one point; a point that cannot run has a row of its own without scheduler. */
export interface SweepRow {
  readonly point: MergedPoint
  readonly scheduler: PointScheduler | undefined
  readonly isOnFront: boolean
}

/** What is shown: a front of rowKeys marks rows, undefined: none was asked for. */
export type Front = ReadonlySet<string> | undefined

export function rowsOf(point: MergedPoint, front: Front): SweepRow[] {
  const { results } = point.record
  if (results.length === 0) return [{ point, scheduler: undefined, isOnFront: false }]
  return results.map((scheduler) => ({
    ...{ point, scheduler },
    isOnFront: front?.has(rowKey(point.index, scheduler.id)) ?? false,
  }))
}

/** Metrics in order of first appearance, with an interval column where any row has an interval. Reads all points. */
export async function sweepColumns(merged: MergedSweep, front: Front): Promise<SweepColumn[]> {
  const units = new Map<string, string>()
  const withInterval = new Set<string>()
  for await (const { record } of merged.points()) {
    for (const { metrics } of record.results) {
      for (const [name, { unit, ci95 }] of Object.entries(metrics)) {
        units.set(name, unit)
        if (ci95 !== undefined) withInterval.add(name)
      }
    }
  }
  const metricColumns = [...units].flatMap(([name, unit]) => {
    const value = metricColumn(columnName(name, unit), (metrics) => metrics[name]?.value)
    const interval = metricColumn(intervalName(name, unit), (metrics) => metrics[name]?.ci95)
    return withInterval.has(name) ? [value, interval] : [value]
  })
  return [
    { name: 'point', kind: 'number', cell: ({ point }) => point.index + 1 },
    { name: 'id', kind: 'text', cell: ({ point }) => point.record.id },
    ...axisColumns(merged),
    { name: 'scheduler', kind: 'text', cell: ({ scheduler }) => scheduler?.id },
    ...(front === undefined ? [] : [frontColumn]),
    { name: 'boundBy', kind: 'text', cell: ({ scheduler }) => scheduler?.boundBy },
    ...metricColumns,
    { name: 'error', kind: 'text', cell: ({ point }) => point.record.error },
  ]
}

const frontColumn: SweepColumn = { name: 'pareto', kind: 'whether', cell: ({ isOnFront }) => isOnFront }

function metricColumn(name: string, value: (metrics: Metrics) => number | undefined): SweepColumn {
  return { name, kind: 'number', cell: ({ scheduler }) => scheduler && value(scheduler.metrics) }
}

/** An axis of plain numbers, or of quantities in one unit, is a column of numbers; any other one is text. */
export function axisColumns({ plan }: Pick<MergedSweep, 'plan'>): AxisColumn[] {
  return plan.axes.map((path, axis): AxisColumn => {
    const plain = { name: columnName(path), title: path }
    const written = new Set(plan.points.map(({ values }) => values[axis]!))
    if ([...written].every((text) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text))) {
      return { ...plain, kind: 'number', cell: ({ point }) => Number(point.values[axis]) }
    }
    const quantities = new Map([...written].map((text) => [text, splitQuantity(text)]))
    const units = new Set([...quantities.values()].map((quantity) => quantity?.unit))
    const [unit] = units
    if (units.size === 1 && unit !== undefined) {
      return {
        name: columnName(path, unit),
        title: `${path} [${unit}]`,
        kind: 'number',
        cell: ({ point }) => quantities.get(point.values[axis]!)?.number,
      }
    }
    return { ...plain, kind: 'text', cell: ({ point }) => point.values[axis] }
  })
}
