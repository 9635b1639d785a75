// The reproduction of a paper for programs: JSON and CSV of its rows, and a CSV file per data table.
import { invariant } from '../../errors.ts'
import type { DataTable, Row } from '../../papers/figure.ts'
import type { Reproduction } from '../../papers/reproduce.ts'
import { columnName } from '../column-name.ts'

/** What every reading must say of itself. */
export const CHOSEN = 'after seeing results'

/** The rows that were asked for. */
function shownRows({ shows, figures, claims }: Reproduction): readonly Row[] {
  return shows === 'claims' ? claims : figures.flatMap(({ rows }) => rows)
}

export function reproductionJson(reproduction: Reproduction): string {
  const { paper, isQuick, seed, figures } = reproduction
  const rows = shownRows(reproduction).map((row) => ({
    id: row.id,
    claim: row.claim ?? null,
    reading: row.reading === undefined ? null : { ...row.reading, chosen: CHOSEN },
    what: row.what,
    config: row.config,
    published: row.published,
    ours: row.ours,
    ratio: ratioOf(row),
    verdict: row.judgement?.verdict ?? null,
    rule: row.judgement?.rule ?? null,
    reason: row.reason,
    detail: row.detail ?? null,
  }))
  const notes = figures.map(({ id, notes: texts }) => ({ figure: id, notes: texts }))
  return `${JSON.stringify({ paper, quick: isQuick, seed, rows, notes }, refuseNonFinite, 2)}\n`
}

const CSV_HEADER = [
  'id',
  'claim',
  'reading',
  'settings',
  'what',
  'config',
  'published',
  'publishedValue',
  'ours',
  'unit',
  'ci95',
  'ratio',
  'verdict',
  'rule',
  'reason',
  'detail',
]

export function reproductionCsv(reproduction: Reproduction): string {
  const rows = shownRows(reproduction).map((row) => [
    row.id,
    row.claim ?? '',
    row.reading?.name ?? '',
    row.reading?.settings ?? '',
    row.what,
    row.config,
    row.published?.text ?? '',
    row.published?.value ?? '',
    row.ours.value,
    row.ours.unit,
    row.ours.ci95 ?? '',
    ratioOf(row) ?? '',
    row.judgement?.verdict ?? '',
    row.judgement?.rule ?? '',
    row.reason,
    row.detail ?? '',
  ])
  return csv([CSV_HEADER, ...rows])
}

/** Our number over the published one, where there is one. */
export function ratioOf({ published, ours }: Row): number | null {
  const value = published?.value ?? null
  return value === null || value === 0 ? null : ours.value / value
}

/** A file for every data table of every figure that ran: the name is made of the ids alone, so it stays in its folder. */
export function dataFiles({ paper, figures }: Reproduction): { name: string; content: string }[] {
  return figures.flatMap(({ id, tables }) =>
    tables.map((table) => {
      const name = `${paper}-${id}-${table.name}`.toLowerCase()
      invariant(/^[a-z0-9-]+$/.test(name), () => `"${name}" is no name for a file`)
      return { name: `${name}.csv`, content: tableCsv(table) }
    }),
  )
}

function tableCsv({ columns, rows }: DataTable): string {
  const header = columns.map(({ name, unit }) => columnName(name, unit))
  return csv([header, ...rows])
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => quoted(`${cell}`)).join(',')}\n`).join('')
}

/** RFC 4180: a field with a comma, quote or line break stands in quotes, its own quotes doubled. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

/** JSON has no Infinity and no NaN: JSON.stringify would write null and lose the value without a word. */
function refuseNonFinite(key: string, value: unknown): unknown {
  invariant(
    typeof value !== 'number' || Number.isFinite(value),
    () => `a row holds ${String(value)} at "${key}"`,
  )
  return value
}
