// Reader of moe-cache-lab's routing traces: JSONL, one line per (token, layer), one request per file.
import type { RoutingBuilder } from '../builder.ts'
import { shown, type TraceExpectation } from '../expectation.ts'
import type { Findings, Place } from '../findings.ts'
import { IdColumn } from '../id-column.ts'
import { asIndex, type FileHead, type ShownModel, type TokenReader, type TraceFile } from './format.ts'
import { MAX_JSON_LINE_BYTES, parseJsonLine } from './json-line.ts'
import { readLines } from './lines.ts'

type Json = Readonly<Record<string, unknown>>

const FORMAT = 'moe-cache-lab.routing-jsonl'
const VERSION = 1
const SELECTION = 'routing_selection'

/**
 * First line: `{"record_type":"metadata","format":"moe-cache-lab.routing-jsonl","format_version":1,"model_id",
 * "num_experts"?, "experts_per_token"?, ...}`; then `{"record_type":"routing_selection","phase","token_position","layer",
 * "selected_experts":[k ids], ...}`. Rows of phase `prompt` stand first, layer by layer; then those of phase `generated`,
 * token by token. Positions rise, and are the same in every layer. Other keys are ignored.
 */
export const moeCacheLab: TokenReader = {
  recognises: (head) => head.firstObject?.format === FORMAT,
  async read(file, builder) {
    const findings: Findings = file.findings
    let rows: Selections | undefined
    for await (const { object, at } of objects(file)) {
      if (rows) rows.take(object, at)
      else {
        judgeMetadata(object, at, builder.check.expectation, findings)
        rows = new Selections(builder, findings)
      }
    }
    rows?.end(file.name)
    findings.done()
    return 'read'
  },
  async statedModel(file, head) {
    const experts = asIndex(head.firstObject?.num_experts)
    const model = experts === undefined ? undefined : await modelShown(file, head)
    return model && experts ? { ...model, experts } : undefined
  },
  shownModel: modelShown,
}

async function* objects(file: TraceFile): AsyncGenerator<{ readonly object: Json; readonly at: Place }> {
  for await (const batch of readLines(file.bytes(), MAX_JSON_LINE_BYTES, file.findings)) {
    for (const [index, text] of batch.lines.entries()) {
      if (text === '') continue
      const at = { line: batch.firstLine + index, text }
      yield { object: parseJsonLine(at, file.findings), at }
    }
  }
}

/** Looks as far as the first token that is generated, which has all layers. */
async function modelShown(file: TraceFile, head: FileHead): Promise<ShownModel | undefined> {
  const { model_id: name, experts_per_token: stated } = head.firstObject ?? {}
  let topK = asIndex(stated) ?? 0
  const layers = new Set<number>()
  let generated: unknown
  for await (const { object } of objects(file)) {
    if (object.record_type !== SELECTION) continue
    const { phase, token_position: position, selected_experts: ids } = object
    const layer = asIndex(object.layer)
    if (generated !== undefined && position !== generated) break
    if (phase === 'generated') generated = position
    if (topK === 0 && Array.isArray(ids)) topK = ids.length
    if (layer !== undefined) layers.add(layer)
  }
  if (topK === 0 || layers.size === 0) return undefined
  const model = typeof name === 'string' && name !== '' ? name : file.name
  return { model, topK, moeLayers: [...layers].sort((a, b) => a - b) }
}

function judgeMetadata(meta: Json, at: Place, expectation: TraceExpectation, findings: Findings): void {
  const { record_type: type, format_version: version } = meta
  if (type !== 'metadata')
    findings.stop(`the first line must have record_type "metadata", got ${shown(type)}`, at)
  if (version !== VERSION)
    findings.stop(
      `format_version must be ${VERSION}, got ${shown(version)}`,
      at,
      'later versions have encoders as well',
    )
  const { model, experts, topK } = expectation
  for (const [key, expected] of [['num_experts', experts] as const, ['experts_per_token', topK] as const]) {
    const got = meta[key] ?? expected
    if (got === expected) continue
    findings.addConflict(
      `the trace says ${key} ${shown(got)}, model ${model} has ${expected}`,
      'pass the model that the trace was recorded with',
      at,
    )
  }
  findings.done()
}

/** Gathers the rows of one request by layer. */
class Selections {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  private readonly columns = new Map<number, IdColumn>()
  /** Of the prompt in its first layer, which the other layers must repeat. */
  private readonly prompt: number[] = []
  private generated = 0
  private layer = -1
  private position = -1
  /** Rows of the layer at hand while the prompt is read, of the token at hand afterwards. */
  private rows = 0
  private last: Place = { line: 1, text: '' }

  constructor(builder: RoutingBuilder, findings: Findings) {
    this.builder = builder
    this.findings = findings
  }

  take(row: Json, at: Place): void {
    const { record_type: type, phase } = row
    if (type !== SELECTION) {
      this.findings.stop(`record_type must be "${SELECTION}", got ${shown(type)}`, at)
    }
    const layer = this.index(row, 'layer', at)
    const position = this.index(row, 'token_position', at)
    if (phase === 'generated') this.takeGenerated(layer, position, at)
    else if (phase === 'prompt') this.takePrompt(layer, position, at)
    else this.findings.stop(`phase must be prompt or generated, got ${shown(phase)}`, at)
    this.layer = layer
    this.position = position
    this.rows++
    this.last = at
    const { check } = this.builder
    const problem = check.idsProblem(row.selected_experts)
    if (problem !== undefined) this.findings.add(`${this.name()}: ${problem}`, at)
    const ids = problem === undefined ? (row.selected_experts as number[]) : check.placeholder
    this.columns.get(layer)!.append(ids)
  }

  end(id: string): void {
    this.endToken(this.last)
    this.builder.add(
      { id, prefillTokens: this.prompt.length, columns: this.columns },
      this.findings,
      this.last,
    )
  }

  private index(row: Json, key: string, at: Place): number {
    const index = asIndex(row[key])
    if (index === undefined) this.findings.stop(`${key} must be a whole number, got ${shown(row[key])}`, at)
    return index
  }

  private takePrompt(layer: number, position: number, at: Place): void {
    if (this.generated > 0) this.findings.stop('a row of the prompt follows a generated one', at)
    if (layer < this.layer) this.stopOrder(`layer ${layer} follows layer ${this.layer}`, at)
    if (layer !== this.layer) {
      this.begin(layer, at)
      this.rows = 0
    } else if (position <= this.position) {
      this.stopOrder(`token_position ${position} follows token_position ${this.position}`, at)
    }
    if (this.columns.size === 1) this.prompt.push(position)
    else if (position !== this.prompt[this.rows]) {
      const expected = this.prompt[this.rows]
      this.findings.stop(
        `ragged: token_position ${position} of layer ${layer} stands where the first layer has ${expected ?? 'no more rows'}`,
        at,
        'rows are missing, so tokens of different layers cannot be matched',
      )
    }
  }

  private takeGenerated(layer: number, position: number, at: Place): void {
    const isNext = this.generated === 0 || position !== this.position
    if (isNext) {
      const before = this.prompt.at(-1) ?? -1
      const floor = this.generated === 0 ? before : this.position
      if (position <= floor) this.stopOrder(`token_position ${position} follows token_position ${floor}`, at)
      this.endToken(at)
      this.generated++
      this.rows = 0
    } else if (layer <= this.layer) this.stopOrder(`layer ${layer} follows layer ${this.layer}`, at)
    if (this.columns.has(layer)) return
    if (this.generated > 1 || this.prompt.length > 0) {
      this.findings.stop(`token_position ${position} has layer ${layer}, the tokens before it have not`, at)
    }
    this.begin(layer, at)
  }

  /** A generated token has a row in every layer. */
  private endToken(at: Place): void {
    if (this.generated === 0 || this.rows === this.columns.size) return
    this.findings.stop(
      `ragged: token_position ${this.position} has rows in ${this.rows} of ${this.columns.size} layers`,
      at,
    )
  }

  private begin(layer: number, at: Place): void {
    const problem = this.builder.check.layerProblem(layer)
    if (problem !== undefined) this.findings.add(problem, at)
    this.columns.set(layer, new IdColumn())
  }

  private stopOrder(what: string, at: Place): never {
    this.findings.stop(
      what,
      at,
      'the prompt stands layer by layer, generated tokens stand token by token; both ascend',
    )
  }

  private name(): string {
    return `token_position ${this.position}, layer ${this.layer}`
  }
}
