// Reader of the CSV files that forward hooks on Hugging Face gates wrote for MoE-Beyond: one prompt per file.
import { pipeline, Readable } from 'node:stream'
import { CsvError, type Options, parse } from 'csv-parse'
import type { RowCheck } from '../expectation.ts'
import { shown } from '../expectation.ts'
import type { Findings, Place } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import type { TokenReader } from './format.ts'

const HEADER = ['Layer ID', 'Batch Number', 'Token', 'Activated Expert IDs']

const MAX_ROW_BYTES = 2 ** 20

/** Of a line end the parser gives only the first character, of one within quotes all. */
const LINE_BREAK = /\r\n|\r|\n/g
const EDGE_BREAKS = /^[\r\n]+|[\r\n]+$/g
const BREAK_AT_END = /[\r\n]$/

/** The characters of `[8, 26, 56]`: JSON of these alone is a list of whole numbers. */
const ID_LIST = /^\[[\d\s,]+\]$/

interface Row {
  readonly record: readonly string[]
  /** Its text, with line ends before or after it. */
  readonly raw: string
  /** Number of its last line, counted from 1. */
  readonly line: number
}

/**
 * Rows `Layer ID,Batch Number,Token,Activated Expert IDs`, all tokens of the first MoE layer, then all of the next; a
 * token's place is its place in its layer. Layer ID is the model layer, the batch is 0, Token the tokenizer's piece, the
 * ids a JSON list in quotes, in no order. One teacher-forced pass over a prompt: all tokens are prefill.
 */
export const moeBeyondCsv: TokenReader = {
  recognises: (head) =>
    /^"?Layer ID"?,"?Batch Number"?,"?Token"?,"?Activated Expert IDs"?\r?\n/.test(head.text),
  async read(file, builder) {
    const { findings } = file
    const rows = new LayerRows(builder.check, findings)
    let last: Row | undefined
    for await (const row of parsedRows(file.bytes(), findings)) {
      if (last !== undefined) rows.take(row)
      else if (row.record.join() !== HEADER.join()) {
        findings.stop(`header must be ${HEADER.join(',')}`, placeOf(row))
      }
      last = row
    }
    if (rows.isEmpty) findings.stop('the file has no rows', last && placeOf(last))
    const { columns } = rows
    const [first] = columns.values()
    const tokens = first!.length / builder.check.expectation.topK
    builder.add({ id: file.name, prefillTokens: tokens, columns }, findings, placeOf(last!))
    findings.done()
    return 'read'
  },
}

async function* parsedRows(bytes: AsyncIterable<Uint8Array>, findings: Findings): AsyncGenerator<Row> {
  const options: Options = {
    bom: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  }
  const parser = parse(options)
  let line = 1
  async function* checked() {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    for await (const chunk of bytes) {
      if (chunk.includes(0)) findings.stopFile('NUL byte: this is not a text file')
      decoder.decode(chunk, { stream: true })
      yield chunk
    }
    decoder.decode()
  }
  // An error of either side reaches the loop below through the parser, so the callback has nothing to add.
  pipeline(Readable.from(checked()), parser, () => {})
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      // The parser counts lines, too, at the cost of half its speed.
      line += raw.match(LINE_BREAK)?.length ?? 0
      yield { record, raw, line: BREAK_AT_END.test(raw) ? line - 1 : line }
    }
  } catch (error) {
    if (error instanceof CsvError) {
      if (error.code === 'CSV_MAX_RECORD_SIZE') {
        findings.stopFile(`a row is longer than ${MAX_ROW_BYTES} bytes`, {
          line: Number(error.lines ?? line),
          text: '',
        })
      }
      findings.stop(`not a CSV row: ${error.message}`, { line: Number(error.lines ?? line), text: '' })
    }
    if (
      error instanceof TypeError &&
      (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    ) {
      findings.stopFile('not UTF-8 text')
    }
    throw error
  }
}

function placeOf({ raw, line }: Row): Place {
  return { line, text: raw.replaceAll(EDGE_BREAKS, '') }
}

/** Gathers the rows of one prompt by layer. */
class LayerRows {
  readonly columns = new Map<number, IdColumn>()
  private readonly check: RowCheck
  private readonly findings: Findings
  /** The pieces of the first layer, which all other layers must repeat. */
  private readonly pieces: string[] = []
  private layer = -1
  private column = new IdColumn()
  private token = 0

  constructor(check: RowCheck, findings: Findings) {
    this.check = check
    this.findings = findings
  }

  get isEmpty(): boolean {
    return this.columns.size === 0
  }

  take(row: Row): void {
    const { record } = row
    const [layerText, batch, piece, idsText] = record
    if (record.length !== HEADER.length) {
      this.findings.stop(`a row has ${HEADER.length} fields, this one ${record.length}`, placeOf(row))
    }
    if (!/^\d{1,6}$/.test(layerText!)) {
      this.findings.stop(`Layer ID must be a whole number, got ${shown(layerText)}`, placeOf(row))
    }
    if (batch !== '0') {
      this.findings.stop(
        `Batch Number must be 0, got ${shown(batch)}`,
        placeOf(row),
        'one file is one prompt',
      )
    }
    const layer = Number(layerText)
    if (layer !== this.layer) this.begin(layer, row)
    this.judgePiece(piece!, row)
    const ids = parseIds(idsText!)
    const problem =
      ids === undefined
        ? `ids must be a list such as [3, 5], got ${shown(idsText)}`
        : this.check.idsProblem(ids)
    if (problem !== undefined)
      this.findings.add(`layer ${layer}, token ${this.token}: ${problem}`, placeOf(row))
    this.column.append(problem === undefined ? ids! : this.check.placeholder)
    this.token++
  }

  private begin(layer: number, row: Row): void {
    if (layer < this.layer)
      this.findings.stop(`layer ${layer} follows layer ${this.layer}`, placeOf(row), 'layers must ascend')
    const problem = this.check.layerProblem(layer)
    if (problem !== undefined) this.findings.add(problem, placeOf(row))
    this.layer = layer
    this.token = 0
    this.column = new IdColumn()
    this.columns.set(layer, this.column)
  }

  /** A row that is missing in one layer moves all tokens behind it: their texts then differ. */
  private judgePiece(piece: string, row: Row): void {
    if (this.columns.size === 1) {
      this.pieces.push(piece)
      return
    }
    const expected = this.pieces[this.token]
    if (expected === piece || expected === undefined) return
    this.findings.stop(
      `token ${this.token} is ${shown(piece)} in layer ${this.layer} and ${shown(expected)} in the first layer`,
      placeOf(row),
      'rows are missing, so tokens of different layers cannot be matched',
    )
  }
}

/** The numbers of a list, or undefined where it is anything else. */
function parseIds(text: string): number[] | undefined {
  if (!ID_LIST.test(text)) return undefined
  try {
    return JSON.parse(text) as number[]
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
