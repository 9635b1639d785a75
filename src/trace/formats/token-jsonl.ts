// Reader of JSONL with one row per token, as studies of expert caches record a decoding: one request per file.

import type { RoutingBuilder } from '../builder.ts'
import { count, shown } from '../expectation.ts'
import type { Findings, Place } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import { asIndex, type TokenReader } from './format.ts'
import { MAX_JSON_LINE_BYTES, parseJsonLine } from './json-line.ts'
import { readLines } from './lines.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * Lines `{"tok": n, "layers": [[k ids], ...]}`: a list for each MoE layer of the model, in their order; `tok` may start
 * anywhere and rises by 1. The format has no phases: all rows count as decode. Other keys are ignored.
 */
export const tokenJsonl: TokenReader = {
  recognises: (head) => asIndex(head.firstObject?.tok) !== undefined && isRow(head.firstObject?.layers),
  async read(file, builder) {
    const findings: Findings = file.findings
    const rows = new TokenRows(builder, findings)
    let last: Place = { line: 1, text: '' }
    for await (const batch of readLines(file.bytes(), MAX_JSON_LINE_BYTES, findings)) {
      for (const [index, text] of batch.lines.entries()) {
        if (text === '') continue
        last = { line: batch.firstLine + index, text }
        rows.take(parseJsonLine(last, findings), last)
      }
    }
    builder.add(
      { id: file.name, prefillTokens: 0, columns: rows.columns, isPhaseAssumed: true },
      findings,
      last,
    )
    findings.done()
    return 'read'
  },
  async shownModel(file, head) {
    const layers = head.firstObject?.layers
    if (!isRow(layers)) return undefined
    return { model: file.name, topK: layers[0]!.length, moeLayers: layers.map((_, layer) => layer) }
  },
}

/** A list of lists, the first of which has ids. */
function isRow(layers: unknown): layers is readonly (readonly unknown[])[] {
  return Array.isArray(layers) && layers.every(Array.isArray) && (layers[0]?.length ?? 0) > 0
}

class TokenRows {
  readonly columns: ReadonlyMap<number, IdColumn>
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private last: number | undefined

  constructor(builder: RoutingBuilder, findings: Findings) {
    this.builder = builder
    this.findings = findings
    this.columns = new Map(builder.check.expectation.moeLayers.map((layer) => [layer, new IdColumn()]))
  }

  take(row: Json, at: Place): void {
    const token = asIndex(row.tok)
    if (token === undefined) this.findings.stop(`tok must be a whole number, got ${shown(row.tok)}`, at)
    if (this.last !== undefined && token !== this.last + 1) {
      this.findings.stop(
        `tok ${token} follows tok ${this.last}`,
        at,
        'tok must rise by 1; a file holds one request',
      )
    }
    this.last = token
    const { layers } = row
    if (!Array.isArray(layers)) this.findings.stop(`layers must be a list, got ${shown(layers)}`, at)
    const { check } = this.builder
    if (layers.length !== this.columns.size) {
      const { model } = check.expectation
      this.findings.stopConflict(
        `tok ${token} has ${count(layers.length, 'list')}, model ${model} has ${count(this.columns.size, 'MoE layer')}`,
        'a row has one list for each MoE layer, in their order',
        at,
      )
    }
    let index = 0
    for (const [layer, column] of this.columns) {
      const ids: unknown = layers[index++]
      const problem = check.idsProblem(ids)
      if (problem !== undefined) this.findings.add(`tok ${token}, layer ${layer}: ${problem}`, at)
      column.append(problem === undefined ? (ids as number[]) : check.placeholder)
    }
  }
}
