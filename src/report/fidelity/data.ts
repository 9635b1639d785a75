// The errors of the fidelity study for programs: JSON and CSV.
import type { FidelityTable } from '../../fidelity/errors.ts'
import type { FidelityResult } from '../../fidelity/run-fidelity.ts'

/** With rows, each table has them as `details`. */
export function fidelityJson({ tables }: FidelityResult, withRows: boolean): string {
  const document = {
    tables: tables.map((table) => ({ ...summaryOf(table), ...(withRows && { details: table.details }) })),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** A line per table; with rows, a line per row instead. */
export function fidelityCsv({ tables }: FidelityResult, withRows: boolean): string {
  const lines = withRows
    ? [
        ['table', 'row', 'unit', 'reference', 'ours', 'errorPct'],
        ...tables.flatMap(({ name, unit, details }) =>
          details.map(({ row, reference, ours, errorPct }) => [name, row, unit, reference, ours, errorPct]),
        ),
      ]
    : [SUMMARY_KEYS, ...tables.map((table) => SUMMARY_KEYS.map((key) => table[key]))]
  return lines.map((cells) => `${cells.map((cell) => quoted(`${cell ?? ''}`)).join(',')}\n`).join('')
}

const SUMMARY_KEYS = [
  'name',
  'rows',
  'meanAbsErrorPct',
  'medianAbsErrorPct',
  'p90AbsErrorPct',
  'worstAbsErrorPct',
  'biasPct',
  'worstRow',
  'limitMeanPct',
  'limitMedianPct',
  'limitP90Pct',
  'limitWorstPct',
  'pass',
] as const satisfies readonly (keyof FidelityTable)[]

function summaryOf(table: FidelityTable): Record<string, unknown> {
  return Object.fromEntries(SUMMARY_KEYS.map((key) => [key, table[key]]))
}

/** RFC 4180: a field with a comma, quote or line break stands in quotes, its own quotes doubled. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
