// Reader of moesim's own format: one CSV row per (request, token, layer).
import { CsvError, parse } from 'csv-parse/sync'
import type { Findings, Place } from './findings.ts'
import type { TraceFormat } from './format.ts'
import { readLines } from './lines.ts'
import { NativeRows } from './native-rows.ts'

export const NATIVE_HEADER = 'request,token,phase,layer,experts'

const MAX_LINE_BYTES = 2 ** 20

/**
 * Optional lines starting with `#`, the header, then rows in this order: requests one after the other; in a
 * request token by token, index rising by 1, prefill before decode; in a token its layers ascending, the same for
 * every token of the file. `experts` are the top-k ids separated by single blanks.
 */
export const nativeCsv: TraceFormat = {
  name: `native CSV (${NATIVE_HEADER})`,
  recognises: (head) => head.text.startsWith('#') || /^"?request"?,/.test(head.text),
  async read(file, builder) {
    const findings: Findings = file.findings
    let rows: NativeRows | undefined
    let last: Place = { line: 1, text: '' }
    for await (const batch of readLines(file.bytes(), MAX_LINE_BYTES, findings)) {
      const lines = rows === undefined ? withoutComments(batch.lines) : batch.lines
      const at = (line: number): Place => ({
        line: batch.firstLine + line - 1,
        text: batch.lines[line - 1] ?? '',
      })
      for (const { row, line } of parseRows(lines, (problem, where) => findings.stop(problem, at(where)))) {
        last = at(line)
        if (rows === undefined) {
          if (row.join() !== NATIVE_HEADER) findings.stop(`header must be ${NATIVE_HEADER}`, last)
          rows = new NativeRows(builder, findings)
        } else rows.take(row, last)
      }
    }
    if (rows === undefined) findings.stop(`header ${NATIVE_HEADER} is missing`, last)
    rows.end(last)
    return 'read'
  },
}

/** Comment lines stand before the header only; they are blanked, so that line numbers stay. */
function withoutComments(lines: readonly string[]): string[] {
  const header = lines.findIndex((line) => !line.startsWith('#') && line !== '')
  return lines.map((line, i) => (header < 0 || i < header ? '' : line))
}

/** The rows of some lines, each with the number of its line, counted from 1. A row does not go over several lines. */
function parseRows(
  lines: readonly string[],
  fail: (problem: string, line: number) => never,
): readonly { row: string[]; line: number }[] {
  try {
    const records: unknown = parse(lines.join('\n'), {
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    })
    return (records as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      row: record,
      line: info.lines,
    }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return fail(`not a CSV row: ${error.message}`, Number(error.lines ?? 1))
  }
}
