// Checks the order of native CSV rows and gathers them into requests.
import type { RoutingBuilder } from './builder.ts'
import { layerList, shown } from './expectation.ts'
import type { Findings, Place } from './findings.ts'
import { IdColumn } from './id-column.ts'

const ORDER = 'rows go request by request, token by token, layers ascending and the same for every token'

interface OpenRequest {
  readonly id: string
  readonly columns: Map<number, IdColumn>
  prefillTokens: number
  token: number
  phase: string
  /** Layers of the open token so far. */
  layersSeen: number
}

/** Takes rows one by one. A wrong id is noted and reading goes on; rows out of order end it. */
export class NativeRows {
  private readonly builder: RoutingBuilder
  private readonly findings: Findings
  /** Layers of a token: grows in the file's first token, fixed from then on. */
  private readonly layers: number[]
  private areLayersFixed: boolean
  private open: OpenRequest | undefined
  private readonly ids: number[] = []

  constructor(builder: RoutingBuilder, findings: Findings) {
    this.builder = builder
    this.findings = findings
    this.layers = [...(builder.layers ?? [])]
    this.areLayersFixed = this.layers.length > 0
  }

  take(row: readonly string[], at: Place): void {
    const [id, tokenText, phase, layerText, experts] = row
    if (row.length !== 5 || id === undefined || phase === undefined || experts === undefined) {
      this.findings.stop(`a row has 5 fields, this one ${row.length}`, at)
    }
    const token = wholeNumber(tokenText!)
    const layer = wholeNumber(layerText!)
    if (token < 0) this.findings.stop(`token must be a whole number, got ${shown(tokenText)}`, at)
    if (layer < 0) this.findings.stop(`layer must be a whole number, got ${shown(layerText)}`, at)
    if (phase !== 'prefill' && phase !== 'decode') {
      this.findings.stop(`phase must be prefill or decode, got ${shown(phase)}`, at)
    }
    if (this.open?.id !== id) this.begin(id, token, phase, at)
    const open = this.open!
    if (open.token !== token) this.nextToken(open, token, phase, at)
    else if (open.phase !== phase) {
      this.findings.stop(`token ${token} is both prefill and decode`, at)
    }
    this.takeLayer(open, layer, at)
    open.columns.get(layer)!.append(this.checkedIds(experts, at))
  }

  /** After the last row. */
  end(at: Place): void {
    if (!this.open) this.findings.stop('the file has a header and no rows', at)
    this.finish(this.open, at)
    this.findings.done()
  }

  private begin(id: string, token: number, phase: string, at: Place): void {
    if (this.open) this.finish(this.open, at)
    const problem = this.builder.idProblem(id)
    if (problem !== undefined) this.findings.stop(problem, at, ORDER)
    const columns = new Map(this.layers.map((layer) => [layer, new IdColumn()]))
    this.open = { id, columns, prefillTokens: 0, token, phase, layersSeen: 0 }
    if (phase === 'prefill') this.open.prefillTokens = 1
  }

  private nextToken(open: OpenRequest, token: number, phase: string, at: Place): void {
    this.closeToken(open, at)
    if (token !== open.token + 1) {
      this.findings.stop(`token ${token} of request ${shown(open.id)} follows token ${open.token}`, at, ORDER)
    }
    if (phase === 'prefill') {
      if (open.phase === 'decode') {
        this.findings.stop(`prefill token ${token} of request ${shown(open.id)} follows a decode token`, at)
      }
      open.prefillTokens++
    }
    open.token = token
    open.phase = phase
    open.layersSeen = 0
  }

  private takeLayer(open: OpenRequest, layer: number, at: Place): void {
    if (!this.areLayersFixed && layer > (this.layers.at(-1) ?? -1)) {
      const problem = this.builder.check.layerProblem(layer)
      if (problem !== undefined) this.findings.add(problem, at)
      this.layers.push(layer)
      open.columns.set(layer, new IdColumn())
    }
    const expected = this.layers[open.layersSeen]
    if (layer !== expected) {
      const wanted = expected === undefined ? 'the next token' : `layer ${expected}`
      this.findings.stop(
        `layer ${layer} of token ${open.token}, request ${shown(open.id)}, stands where ${wanted} belongs`,
        at,
        `${ORDER} (here ${layerList(this.layers)})`,
      )
    }
    open.layersSeen++
  }

  private closeToken(open: OpenRequest, at: Place): void {
    this.areLayersFixed = true
    const missing = this.layers[open.layersSeen]
    if (missing === undefined) return
    this.findings.stop(
      `ragged: token ${open.token} of request ${shown(open.id)} has no layer ${missing}`,
      at,
      ORDER,
    )
  }

  private finish(open: OpenRequest, at: Place): void {
    this.closeToken(open, at)
    this.builder.add(open, this.findings, at)
  }

  private checkedIds(experts: string, at: Place): readonly number[] {
    const ids = this.ids
    const problem = parseIds(experts, ids)
      ? this.builder.check.idsProblem(ids)
      : `experts must be whole numbers separated by single blanks, got ${shown(experts)}`
    if (problem === undefined) return ids
    const column = at.text.lastIndexOf(',') + 2
    this.findings.add(problem, { ...at, column, length: experts.length })
    return this.builder.check.placeholder
  }
}

/** The number written in decimal digits, at most nine of them, or -1. */
function wholeNumber(text: string): number {
  if (text.length === 0 || text.length > 9) return -1
  let number = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** Fills `ids`; false where `text` is not numbers separated by single blanks. */
function parseIds(text: string, ids: number[]): boolean {
  ids.length = 0
  let id = -1
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) id = (id < 0 ? 0 : id * 10) + digit
    else if (digit === -16 && id >= 0) {
      ids.push(id)
      id = -1
    } else return false
  }
  if (id < 0) return false
  ids.push(id)
  return true
}
