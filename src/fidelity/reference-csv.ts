// Reads a reference table from its CSV file; all that is wrong with it is reported at once, with file and line.
import { CsvError, parse } from 'csv-parse/sync'
import { type Diagnostic, fail, finding, nearest, UserError } from '../errors.ts'
import { type Io, IoError } from '../io.ts'
import { Findings } from '../trace/findings.ts'
import { readLines } from '../trace/formats/lines.ts'
import { ReferenceRow, RowProblem } from './reference-rows.ts'

const MOST_LINE_BYTES = 2 ** 20
/** A table of another make breaks every row: more findings than this tell nothing new. */
const MOST_FINDINGS = 20

/** The lines of a text file. Throws UserError. */
export async function referenceLines(io: Io, path: string): Promise<string[]> {
  const lines: string[] = []
  try {
    for await (const batch of readLines(io.read(path), MOST_LINE_BYTES, new Findings(path))) {
      lines.push(...batch.lines)
    }
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file: path })
    throw error
  }
  return lines
}

/** Rows of a CSV file whose header has at least `needed`; further columns are ignored. Throws UserError. */
export async function readCsv(io: Io, path: string, needed: readonly string[]): Promise<ReferenceRow[]> {
  const lines = await referenceLines(io, path)
  const records = parseRecords(path, lines)
  const header = records.shift()
  if (header === undefined) fail('syntax', { what: `no header; needed: ${needed.join(',')}` }, { file: path })
  const columns = new Map(header.cells.map((name, place) => [name.trim(), place]))
  const at = (line: number) => ({ line, text: lines[line - 1] ?? '' })
  const headerRow = new ReferenceRow(path, at(header.line), columns, header.cells)
  const missing = needed.filter((name) => !columns.has(name))
  if (missing.length > 0) {
    throw new UserError(
      missing.map((name) => {
        const like = nearest(name, [...columns.keys()])
        const args = { key: name, within: 'the header', ...(like && { hint: `there is a column "${like}"` }) }
        return finding('missing-key', args, { file: path, span: headerRow.span() })
      }),
    )
  }
  return collect(records, ({ line, cells }) => {
    const row = new ReferenceRow(path, at(line), columns, cells)
    if (cells.length !== header.cells.length) {
      const what = `${cells.length} cells in a row, ${header.cells.length} in the header`
      throw new RowProblem(finding('syntax', { what }, { file: path, span: row.span() }))
    }
    return row
  })
}

/** Reads item by item, on after a faulty one. Throws all their findings together as a UserError. */
export function collect<T, R>(items: readonly T[], read: (item: T) => R): R[] {
  const diagnostics: Diagnostic[] = []
  const results: R[] = []
  for (const item of items) {
    try {
      results.push(read(item))
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error
      diagnostics.push(error.diagnostic)
      if (diagnostics.length >= MOST_FINDINGS) break
    }
  }
  if (diagnostics.length > 0) throw new UserError(diagnostics)
  return results
}

function parseRecords(path: string, lines: readonly string[]): { cells: string[]; line: number }[] {
  try {
    const records: unknown = parse(lines.join('\n'), {
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    })
    return (records as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      cells: record,
      line: info.lines,
    }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = Math.max(1, Number(error.lines ?? 1))
    const lineText = lines[line - 1] ?? ''
    const span = { line, column: 1, length: Math.max(1, lineText.length), lineText }
    return fail('syntax', { what: `not CSV: ${error.message}` }, { file: path, span })
  }
}
