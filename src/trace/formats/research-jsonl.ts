// Reader of moesim-research-trace v1: JSONL, one file per request, one line per token.
import type { RoutingBuilder } from '../builder.ts'
import { count, shown } from '../expectation.ts'
import type { Findings, Place } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import { asIndex, type TokenReader } from './format.ts'
import { MAX_JSON_LINE_BYTES, parseJsonLine } from './json-line.ts'
import { readLines } from './lines.ts'

type Json = Readonly<Record<string, unknown>>

const FORMAT = 'moesim-research-trace'

/**
 * First line: `{"type":"meta","format":"moesim-research-trace","version":1,"num_experts","top_k","layers",
 * "request", "prompt_tokens"?, ...}`; then `{"pos","phase","experts":[[k ids] per entry of layers]}` per token. `pos` may
 * start anywhere (a recorder that left the prompt out) and rises by 1; below `prompt_tokens`, where that is given, it is
 * prefill, from there on decode. Other keys are ignored.
 */
export const researchJsonl: TokenReader = {
  recognises: (head) => head.firstObject?.format === FORMAT,
  async read(file, builder) {
    const findings: Findings = file.findings
    let reader: RequestReader | undefined
    let last: Place = { line: 1, text: '' }
    for await (const batch of readLines(file.bytes(), MAX_JSON_LINE_BYTES, findings)) {
      for (const [index, text] of batch.lines.entries()) {
        if (text === '') continue
        last = { line: batch.firstLine + index, text }
        const object = parseJsonLine(last, findings)
        if (reader) reader.take(object, last)
        else reader = new RequestReader(object, file.name, builder, findings, last)
      }
    }
    reader?.end(last)
    return 'read'
  },
  async statedModel(file, head) {
    const { model, num_experts: experts, top_k: topK, layers } = head.firstObject ?? {}
    const moeLayers = Array.isArray(layers) ? layers.map(asIndex).sort((a, b) => a! - b!) : []
    const isWhole = (value: unknown) => asIndex(value) !== undefined && value !== 0
    if (!isWhole(experts) || !isWhole(topK) || moeLayers.length === 0 || moeLayers.includes(undefined))
      return undefined
    const name = typeof model === 'string' && model !== '' ? model : file.name
    return { model: name, experts: Number(experts), topK: Number(topK), moeLayers: moeLayers as number[] }
  },
}

class RequestReader {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private readonly id: string
  private readonly columns: ReadonlyMap<number, IdColumn>
  private prefillTokens = 0
  private tokens = 0
  private nextPos: number | undefined
  /** Where decoding starts, if the meta line says so. */
  private readonly promptTokens: number | undefined

  constructor(meta: Json, fileName: string, builder: RoutingBuilder, findings: Findings, at: Place) {
    this.builder = builder
    this.findings = findings
    this.id = typeof meta.request === 'string' ? meta.request : fileName
    if (meta.type !== 'meta')
      findings.stop(`the first line must have type "meta", got ${shown(meta.type)}`, at)
    if (meta.version !== 1) findings.stop(`${FORMAT} version must be 1, got ${shown(meta.version)}`, at)
    const { model, experts, topK } = builder.check.expectation
    this.agree('num_experts', meta.num_experts, experts, model, at)
    this.agree('top_k', meta.top_k, topK, model, at)
    this.columns = new Map(this.metaLayers(meta.layers, at).map((layer) => [layer, new IdColumn()]))
    this.promptTokens = asIndex(meta.prompt_tokens)
    if (meta.prompt_tokens !== undefined && this.promptTokens === undefined) {
      findings.add(`prompt_tokens must be a whole number, got ${shown(meta.prompt_tokens)}`, at)
    }
    const problem = builder.idProblem(this.id)
    if (problem !== undefined) findings.stop(problem, at)
    // Rows cannot be judged against a meta line that contradicts the model.
    findings.done()
  }

  private agree(key: string, got: unknown, expected: number, model: string, at: Place): void {
    if (got === expected) return
    this.findings.addConflict(
      `the trace says ${key} ${shown(got)}, model ${model} has ${expected}`,
      'pass the model that the trace was recorded with',
      at,
    )
  }

  private metaLayers(layers: unknown, at: Place): number[] {
    if (!Array.isArray(layers) || layers.length === 0) {
      this.findings.stop(`layers must be a list of layer ids, got ${shown(layers)}`, at)
    }
    const ids: number[] = []
    for (const layer of layers) {
      const id = asIndex(layer)
      if (id === undefined) this.findings.stop(`layer id must be a whole number, got ${shown(layer)}`, at)
      if (ids.includes(id)) this.findings.stop(`layer ${id} stands twice in layers`, at)
      const problem = this.builder.check.layerProblem(id)
      if (problem !== undefined) this.findings.add(problem, at)
      ids.push(id)
    }
    return ids
  }

  take(row: Json, at: Place): void {
    const pos = asIndex(row.pos)
    if (pos === undefined) this.findings.stop(`pos must be a whole number, got ${shown(row.pos)}`, at)
    if (this.nextPos !== undefined && pos !== this.nextPos) {
      this.findings.stop(`pos ${pos} follows pos ${this.nextPos - 1}`, at, 'pos must rise by 1')
    }
    this.nextPos = pos + 1
    this.takePhase(row.phase, pos, at)
    this.tokens++
    const rows = row.experts
    if (!Array.isArray(rows)) this.findings.stop(`experts must be a list, got ${shown(rows)}`, at)
    if (rows.length !== this.columns.size) {
      const covered = count(this.columns.size, 'layer')
      this.findings.stop(`ragged: pos ${pos} has ${count(rows.length, 'row')} for ${covered}`, at)
    }
    const { check } = this.builder
    let index = 0
    for (const [layer, column] of this.columns) {
      const ids: unknown = rows[index++]
      const problem = check.idsProblem(ids)
      if (problem !== undefined) this.findings.add(`pos ${pos}, layer ${layer}: ${problem}`, at)
      column.append(problem === undefined ? (ids as number[]) : check.placeholder)
    }
  }

  private takePhase(phase: unknown, pos: number, at: Place): void {
    if (phase !== 'prefill' && phase !== 'decode') {
      this.findings.stop(`phase must be prefill or decode, got ${shown(phase)}`, at)
    }
    const { promptTokens } = this
    if (promptTokens !== undefined && phase !== (pos < promptTokens ? 'prefill' : 'decode')) {
      this.findings.stop(`pos ${pos} is ${phase}, and the meta line says prompt_tokens ${promptTokens}`, at)
    }
    if (phase === 'decode') return
    if (this.tokens > this.prefillTokens) {
      this.findings.stop(`prefill row at pos ${pos} follows a decode row`, at)
    }
    this.prefillTokens++
  }

  end(at: Place): void {
    this.builder.add(
      { id: this.id, prefillTokens: this.prefillTokens, columns: this.columns },
      this.findings,
      at,
    )
    this.findings.done()
  }
}
