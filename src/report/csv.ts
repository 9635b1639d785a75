// A result as CSV for spreadsheets and data frames: a row per scheduler and layer, the unit in each column's name.
import type { Metrics, RunResult } from '../sim/result.ts'
import { visible } from '../visible.ts'
import { columnName, intervalName, jitterName } from './column-name.ts'

/** In the layer column: the row of a scheduler's totals. */
const TOTAL = 'all'

export function renderCsv(result: RunResult): string {
  const columns = metricColumns(result)
  const rows = [['scheduler', 'layer', ...columns.map(({ name }) => name)]]
  for (const { id, metrics, layers } of result.results) {
    rows.push([id, TOTAL, ...columns.map((column) => column.cell(metrics))])
    for (const { layer, metrics: layerMetrics } of layers)
      rows.push([id, `${layer}`, ...columns.map((column) => column.cell(layerMetrics))])
  }
  return rows.map(csvRow).join('')
}

interface Column {
  readonly name: string
  readonly cell: (metrics: Metrics) => string
}

/** Every metric that any row has, in order of first appearance; an interval column where one has an interval. */
function metricColumns(result: RunResult): Column[] {
  const all = result.results.flatMap(({ metrics, layers }) => [
    metrics,
    ...layers.map((layer) => layer.metrics),
  ])
  const units = new Map<string, string>()
  const withInterval = new Set<string>()
  const withJitter = new Set<string>()
  for (const metrics of all) {
    for (const [name, metric] of Object.entries(metrics)) {
      if (!units.has(name)) units.set(name, metric.unit)
      if (metric.ci95 !== undefined) withInterval.add(name)
      if (metric.jitter !== undefined) withJitter.add(name)
    }
  }
  return [...units].flatMap(([name, unit]) => {
    const value: Column = {
      name: columnName(name, unit),
      cell: (metrics) => `${metrics[name]?.value ?? ''}`,
    }
    const interval: Column = {
      name: intervalName(name, unit),
      cell: (metrics) => `${metrics[name]?.ci95 ?? ''}`,
    }
    const jitters = (['mean', 'spread'] as const).map(
      (of): Column => ({
        name: jitterName(name, of, unit),
        cell: (metrics) => `${metrics[name]?.jitter?.[of] ?? ''}`,
      }),
    )
    return [value, ...(withInterval.has(name) ? [interval] : []), ...(withJitter.has(name) ? jitters : [])]
  })
}

/** One line, its end included. */
export function csvRow(fields: readonly string[]): string {
  return `${fields.map(quoted).join(',')}\n`
}

/** With its line break. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(quoted).join(',')}\n`
}

/** What spreadsheets take for a formula to compute. */
const FORMULA = /^[=+\-@]./
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** RFC 4180: a field with a comma or quote stands in quotes, its own quotes doubled; before a text like a formula stands a '. */
function quoted(field: string): string {
  const text = visible(field)
  const plain = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
