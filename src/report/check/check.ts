// The outcome of a check for people and for CI systems: table, JSON, Markdown, JUnit XML, GitHub annotations.
import type { ChalkInstance } from 'chalk'
import type { CheckRow } from '../../check/differences.ts'
import type { CheckedCase, CheckResult } from '../../check/run-check.ts'
import { visible } from '../../visible.ts'
import { type GridColumn, renderGrid } from '../grid.ts'
import { markdownGrid } from '../markdown-grid.ts'
import { percentText, signedPercent, summaryOf, tellRow } from './words.ts'

export type CheckFormat = 'table' | 'json' | 'markdown' | 'junit' | 'github'

const COLUMNS: readonly GridColumn[] = [
  { header: 'case', align: 'left' },
  { header: 'scheduler', align: 'left' },
  { header: 'metric', align: 'left' },
  { header: 'unit', align: 'left' },
  { header: 'recorded', align: 'right' },
  { header: 'now', align: 'right' },
  { header: 'change\n[%]', align: 'right' },
  { header: 'tolerance\n[%]', align: 'right' },
  { header: 'verdict', align: 'left' },
]

/** Throws nothing; JUnit's library is loaded only for that format. */
export async function renderCheck(
  result: CheckResult,
  format: CheckFormat,
  chalk: ChalkInstance,
  width?: number,
): Promise<string> {
  if (format === 'json') return `${JSON.stringify({ schemaVersion: 1, ...asData(result) }, null, 2)}\n`
  if (format === 'github') return annotations(result)
  if (format === 'junit') return (await import('./junit.ts')).junit(result)
  const rows = result.cases.flatMap((one) => one.rows.map((row) => cells(one, row)))
  const summary = `${summaryOf(result)}\n`
  return format === 'markdown'
    ? `${markdownGrid(COLUMNS, rows)}\n${summary}`
    : `${renderGrid(COLUMNS, rows, chalk, width)}\n${summary}`
}

function asData({ file, cases }: CheckResult) {
  return { file, cases: cases.map(({ name, rows }) => ({ name, rows: rows.map(rowData) })) }
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

function cells({ name }: CheckedCase, row: CheckRow): string[] {
  const { scheduler, metric, unit = '-', was, now, change, tolerance, verdict } = row
  return [
    name,
    scheduler,
    metric,
    unit,
    `${was ?? '-'}`,
    `${now ?? '-'}`,
    change === undefined ? '-' : signedPercent(change),
    percentText(tolerance),
    verdict,
  ]
}

/** GitHub's workflow commands: an annotation for each value that is not as recorded, and a notice at the end. */
function annotations(result: CheckResult): string {
  const lines = result.cases.flatMap(({ name, rows }) =>
    rows
      .filter(({ verdict }) => verdict !== 'same')
      .map(
        (row) =>
          `::error file=${property(result.file)},title=${property(`${name}: ${row.scheduler}`)}::${message(tellRow(row))}`,
      ),
  )
  return [...lines, `::notice title=moesim check::${message(summaryOf(result))}`, ''].join('\n')
}

/** Escapes as the workflow commands ask for: their own marks would end a command or a property. */
const message = (text: string) => visible(text).replaceAll('%', '%25')
const property = (text: string) => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
