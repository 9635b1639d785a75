// Reader of moesim's own format: one CSV row per (request, token, layer).
import { CsvError, parse } from 'csv-parse/sync'
import type { Findings, Place } from '../../findings.ts'
import { judgeModel, judgeRows, MANIFEST_KEY, modelOfManifest, parseManifest } from '../../manifest.ts'
import type { Manifest } from '../../manifest-schema.ts'
import { CsvRows } from '../csv-rows.ts'
import type { TokenReader } from '../format.ts'
import { readLines } from '../lines.ts'

export const NATIVE_HEADER = 'request,token,phase,layer,experts'

/** A comment line that holds the manifest. */
const MANIFEST_COMMENT = `# ${MANIFEST_KEY} `

const MAX_LINE_BYTES = 2 ** 20

/**
 * Optional lines starting with `#`, one of which may be the manifest, the header, then rows in this order: requests one after the other; in a
 * request token by token, index rising by 1, prefill before decode; in a token its layers ascending, the same for
 * every token of the file. `experts` are the top-k ids separated by single blanks.
 */
export const nativeCsv: TokenReader = {
  recognises: (head) => head.text.startsWith('#') || /^"?request"?,/.test(head.text),
  async read(file, builder) {
    const findings: Findings = file.findings
    let manifest: Manifest | undefined
    let rows: CsvRows | undefined
    let last: Place = { line: 1, text: '' }
    for await (const batch of readLines(file.bytes(), MAX_LINE_BYTES, findings)) {
      const at = (line: number): Place => ({
        line: batch.firstLine + line - 1,
        text: batch.lines[line - 1] ?? '',
      })
      const comments = rows === undefined ? commentCount(batch.lines) : 0
      const stated = batch.lines.findIndex((line, i) => i < comments && line.startsWith(MANIFEST_COMMENT))
      if (stated >= 0) {
        if (manifest !== undefined) findings.stop('a second manifest', at(stated + 1))
        const json = batch.lines[stated]!.slice(MANIFEST_COMMENT.length)
        manifest = await parseManifest(json, findings, at(stated + 1))
        judgeModel(manifest, builder.check.expectation, findings)
        builder.hashFile(file.io)
      }
      // Comments are blanked, so that line numbers stay.
      const lines = comments === 0 ? batch.lines : batch.lines.map((line, i) => (i < comments ? '' : line))
      for (const { row, line } of parseRows(lines, (problem, where) => findings.stop(problem, at(where)))) {
        last = at(line)
        if (rows === undefined) {
          if (row.join() !== NATIVE_HEADER) findings.stop(`header must be ${NATIVE_HEADER}`, last)
          rows = new CsvRows(builder, findings, manifest?.phases === 'assumed')
        } else rows.take(row, last)
      }
    }
    if (rows === undefined) findings.stop(`header ${NATIVE_HEADER} is missing`, last)
    rows.end(last)
    if (manifest !== undefined) {
      judgeRows(manifest, builder, findings)
      builder.manifests.push(manifest)
    }
    return 'read'
  },
  async statedModel(file, head) {
    const [, json] = new RegExp(`^${MANIFEST_COMMENT}(.*)$`, 'm').exec(head.text) ?? []
    return json === undefined ? undefined : modelOfManifest(await parseManifest(json, file.findings))
  },
}

/** Lines before the header, if that is among them: comments stand there only. */
function commentCount(lines: readonly string[]): number {
  const header = lines.findIndex((line) => !line.startsWith('#') && line !== '')
  return header < 0 ? lines.length : header
}

interface NumberedRow {
  readonly row: readonly string[]
  /** Counted from 1. */
  readonly line: number
}

/** The rows of some lines. `fail` is told what is wrong with which line. */
function parseRows(
  lines: readonly string[],
  fail: (problem: string, line: number) => never,
): readonly NumberedRow[] {
  // Empty lines are taken out first, so that rows and lines go one to one without the parser counting them, which is slow.
  const numbers = lines.flatMap((line, i) => (line === '' ? [] : [i + 1]))
  const text = lines.filter((line) => line !== '').join('\n')
  const rows = parseText(text, (problem, at) => fail(problem, numbers[at - 1]!))
  if (rows.length !== numbers.length) {
    const long = rows.findIndex((row) => row.some((field) => field.includes('\n')))
    return fail('a row goes over several lines', numbers[long]!)
  }
  return rows.map((row, i) => ({ row, line: numbers[i]! }))
}

function parseText(text: string, fail: (problem: string, line: number) => never): string[][] {
  try {
    return parse(text, { relax_column_count: true })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return fail(`not a CSV row: ${error.message}`, Number(error.lines ?? 1))
  }
}
