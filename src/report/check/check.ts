// The outcome of a check for people and for CI systems: table, JSON, Markdown, JUnit XML, GitHub annotations.
import type { ChalkInstance } from 'chalk'
import type { CheckRow } from '../../check/differences.ts'
import type { LimitRow } from '../../check/limits.ts'
import { type CheckResult, onlyChanged } from '../../check/run-check.ts'
import { visible } from '../../visible.ts'
import { ABSENT, amount } from '../cells.ts'
import type { Grid } from '../fit.ts'
import { type GridColumn, renderGrid } from '../grid.ts'
import { markdownGrid } from '../markdown-grid.ts'
import { percentText, signedPercent, summaryOf, tellLimit, tellRow } from './words.ts'

export type CheckFormat = 'table' | 'json' | 'markdown' | 'junit' | 'github'

/** Narrow tables leave it to the file that states it. */
const TOLERANCE: GridColumn = { header: 'tolerance\n[%]', align: 'right' }

/** `hasLimits`: whether some stand where others have what was recorded. */
const columnsOf = (hasLimits: boolean): GridColumn[] => [
  { header: 'case', align: 'left', isKey: true },
  { header: 'scheduler', align: 'left', isKey: true },
  { header: 'metric', align: 'left', isKey: true },
  { header: hasLimits ? 'recorded,\nlimit' : 'recorded', align: 'right' },
  { header: 'now', align: 'right' },
  { header: 'change\n[%]', align: 'right' },
  TOLERANCE,
  // Beside what it is of where a table has to be split.
  { header: 'verdict', align: 'left', isKey: true },
]

export interface CheckView {
  readonly format: CheckFormat
  /** Only what is not as it should be; what is summed up is all the same the whole. */
  readonly isChangedOnly: boolean
  /** See renderGrid. */
  readonly width: number
}

/** Throws nothing; JUnit's library is loaded only for that format. */
export async function renderCheck(
  result: CheckResult,
  { format, isChangedOnly, width }: CheckView,
  chalk: ChalkInstance,
): Promise<string> {
  const shown = isChangedOnly ? onlyChanged(result) : result
  const summary = summaryOf(result)
  if (format === 'json') return `${JSON.stringify({ schemaVersion: 1, ...asData(shown) }, null, 2)}\n`
  if (format === 'github') return annotations(result, summary)
  if (format === 'junit') return (await import('./junit.ts')).junit(shown)
  const grid = gridOf(shown)
  if (grid.rows.length === 0) return `${summary}\n`
  if (format === 'markdown') return `${markdownGrid(grid.columns, grid.rows)}\n${summary}\n`
  const { columns, rows } = width === Infinity ? grid : withoutTolerance(grid)
  return `${renderGrid(columns, rows, chalk, width)}\n${summary}\n`
}

function gridOf({ cases }: CheckResult): Grid {
  return {
    columns: columnsOf(cases.some(({ limits }) => limits.length > 0)),
    rows: cases.flatMap(({ name, rows, limits }) =>
      [...rows.map(cells), ...limits.map(limitCells)].map((own) => [name, ...own]),
    ),
  }
}

function withoutTolerance({ columns, rows }: Grid): Grid {
  const isShown = (_: unknown, c: number) => columns[c] !== TOLERANCE
  return { columns: columns.filter(isShown), rows: rows.map((row) => row.filter(isShown)) }
}

function asData({ file, cases }: CheckResult) {
  return {
    file,
    cases: cases.map(({ name, rows, limits }) => ({
      name,
      rows: rows.map(rowData),
      limits: limits.map(limitData),
    })),
  }
}

/** Absent values as null, so that every row has the same keys. */
const rowData = ({ scheduler, metric, unit, was, now, change, tolerance, verdict }: CheckRow) => ({
  scheduler,
  metric,
  unit: unit ?? null,
  recorded: was ?? null,
  now: now ?? null,
  change: change ?? null,
  tolerance,
  verdict,
})

const limitData = ({ scheduler, limit, metric, unit, now, verdict }: LimitRow) => ({
  scheduler,
  limit,
  metric,
  unit: unit ?? null,
  now: now ?? null,
  verdict,
})

function cells({ scheduler, metric, unit = '', was, now, change, tolerance, verdict }: CheckRow): string[] {
  const scaled = [was, now].map((value) => (value === undefined ? ABSENT : amount(value, unit)))
  // Two values that only more digits tell apart have them all.
  const isTold = was === now || scaled[0] !== scaled[1]
  const shown = isTold ? scaled : [`${was} ${unit}`, `${now} ${unit}`]
  return [
    ...[scheduler, metric, ...shown],
    change === undefined ? ABSENT : signedPercent(change),
    percentText(tolerance),
    verdict,
  ]
}

function limitCells({ scheduler, metric, limit, unit = '', now, verdict }: LimitRow): string[] {
  const bound = limit.slice(metric.length).trim()
  return [
    ...[scheduler, metric, bound],
    now === undefined ? ABSENT : amount(now, unit),
    ...[ABSENT, ABSENT, verdict],
  ]
}

/** GitHub's workflow commands: an annotation for each value that is not as it should be, and a notice at the end. */
function annotations(result: CheckResult, summary: string): string {
  const lines = onlyChanged(result).cases.flatMap(({ name, rows, limits }) =>
    [
      ...rows.map((row) => ({ ...row, told: tellRow(row) })),
      ...limits.map((row) => ({ ...row, told: tellLimit(row) })),
    ].map(
      ({ scheduler, told }) =>
        `::error file=${property(result.file)},title=${property(`${name}: ${scheduler}`)}::${message(told)}`,
    ),
  )
  return [...lines, `::notice title=moesim check::${message(summary)}`, ''].join('\n')
}

/** Escapes as the workflow commands ask for: their own marks would end a command or a property. */
const message = (text: string) => visible(text).replaceAll('%', '%25')
const property = (text: string) => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
