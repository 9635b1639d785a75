// Reader of per-(layer, token) JSONL as patched vLLM recorders write it: request by request, layer by layer.
import type { RoutingBuilder } from '../builder.ts'
import { shown } from '../expectation.ts'
import type { Findings, Place } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import { asIndex, type TokenReader } from './format.ts'
import { MAX_JSON_LINE_BYTES, parseJsonLine } from './json-line.ts'
import { readLines } from './lines.ts'

type Json = Readonly<Record<string, unknown>>

const KEYS = ['problem_id', 'layer', 'experts', 'token_idx']

/**
 * Lines `{"dataset"?, "problem_id", "layer", "experts": [k ids], "token_idx", ...}`. Request id = `problem_id`,
 * behind `dataset/` where that is given; layers ascend within a request, `token_idx` counts from 0 within a
 * layer. The format has no phases: all rows count as decode. Other keys are ignored.
 */
export const layerJsonl: TokenReader = {
  recognises: (head) => head.firstObject !== undefined && KEYS.every((key) => key in head.firstObject!),
  async read(file, builder) {
    const findings: Findings = file.findings
    const rows = new LayerRows(builder, findings)
    for await (const batch of readLines(file.bytes(), MAX_JSON_LINE_BYTES, findings)) {
      for (const [index, text] of batch.lines.entries()) {
        if (text === '') continue
        const at = { line: batch.firstLine + index, text }
        rows.take(parseJsonLine(at, findings), at)
      }
    }
    rows.end()
    return 'read'
  },
}

class LayerRows {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private id: string | undefined
  private columns = new Map<number, IdColumn>()
  private layer = -1
  private token = -1
  private last: Place | undefined

  constructor(builder: RoutingBuilder, findings: Findings) {
    this.builder = builder
    this.findings = findings
  }

  take(row: Json, at: Place): void {
    const id = this.requestId(row, at)
    const layer = this.index(row, 'layer', at)
    const token = this.index(row, 'token_idx', at)
    if (id !== this.id) this.begin(id, at)
    if (layer !== this.layer) this.nextLayer(layer, at)
    if (token !== this.token + 1) {
      const before = this.token < 0 ? 'starts the layer' : `follows token_idx ${this.token}`
      this.findings.stop(
        `token_idx ${token} of request ${shown(id)}, layer ${layer}, ${before}`,
        at,
        'it must count 0, 1, 2, ... within a layer',
      )
    }
    this.token = token
    const ids = row.experts
    const { check } = this.builder
    const problem = check.idsProblem(ids)
    if (problem !== undefined) {
      this.findings.add(`request ${shown(id)}, layer ${layer}, token_idx ${token}: ${problem}`, at)
    }
    this.columns.get(layer)!.append(problem === undefined ? (ids as number[]) : check.placeholder)
    this.last = at
  }

  end(): void {
    this.finish()
    this.findings.done()
  }

  private requestId(row: Json, at: Place): string {
    const { problem_id: problem, dataset } = row
    if (typeof problem !== 'number' && typeof problem !== 'string') {
      this.findings.stop(`problem_id must be a number or a string, got ${shown(problem)}`, at)
    }
    if (dataset === undefined) return String(problem)
    if (typeof dataset !== 'string') this.findings.stop(`dataset must be a string, got ${shown(dataset)}`, at)
    return `${dataset}/${problem}`
  }

  private index(row: Json, key: string, at: Place): number {
    const index = asIndex(row[key])
    if (index === undefined) this.findings.stop(`${key} must be a whole number, got ${shown(row[key])}`, at)
    return index
  }

  private begin(id: string, at: Place): void {
    this.finish()
    const problem = this.builder.idProblem(id)
    if (problem !== undefined) this.findings.stop(problem, at, 'rows of a request must stand together')
    this.id = id
    this.columns = new Map()
    this.layer = -1
  }

  private nextLayer(layer: number, at: Place): void {
    if (layer < this.layer) {
      this.findings.stop(
        `layer ${layer} follows layer ${this.layer} in request ${shown(this.id)}`,
        at,
        'layers must ascend',
      )
    }
    const problem = this.builder.check.layerProblem(layer)
    if (problem !== undefined) this.findings.add(problem, at)
    this.columns.set(layer, new IdColumn())
    this.layer = layer
    this.token = -1
  }

  private finish(): void {
    if (this.id === undefined) return
    const { id, columns } = this
    this.builder.add({ id, prefillTokens: 0, columns, isPhaseAssumed: true }, this.findings, this.last)
  }
}
