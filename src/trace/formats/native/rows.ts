// Checks the order of native rows, of CSV and Parquet alike, and gathers them into requests.
import type { RoutingBuilder } from '../../builder.ts'
import { layerList, shown } from '../../expectation.ts'
import type { Findings, Place } from '../../findings.ts'
import { IdColumn } from '../../id-column.ts'

/** Where a row stands: its line, or in a file without lines its number, counted from 1. */
export type RowPlace = Place | number

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
  private readonly isPhaseAssumed: boolean

  constructor(builder: RoutingBuilder, findings: Findings, isPhaseAssumed = false) {
    this.builder = builder
    this.findings = findings
    this.isPhaseAssumed = isPhaseAssumed
    this.layers = [...(builder.layers ?? [])]
    this.areLayersFixed = this.layers.length > 0
  }

  /** Goes on to the row of these fields; returns where its ids belong, which must be appended before the next row. */
  columnOf(id: string, token: number, phase: string, layer: number, at: RowPlace): IdColumn {
    if (phase !== 'prefill' && phase !== 'decode') {
      this.stop(`phase must be prefill or decode, got ${shown(phase)}`, at)
    }
    if (this.open?.id !== id) this.begin(id, token, phase, at)
    const open = this.open!
    if (open.token !== token) this.nextToken(open, token, phase, at)
    else if (open.phase !== phase) {
      this.stop(`token ${token} is both prefill and decode`, at)
    }
    this.takeLayer(open, layer, at)
    return open.columns.get(layer)!
  }

  /** After the last row. */
  end(at: RowPlace): void {
    if (!this.open) this.stop('the file has a header and no rows', at)
    this.finish(this.open, at)
    this.findings.done()
  }

  private begin(id: string, token: number, phase: string, at: RowPlace): void {
    if (this.open) this.finish(this.open, at)
    const problem = this.builder.idProblem(id)
    if (problem !== undefined) this.stop(problem, at, ORDER)
    const columns = new Map(this.layers.map((layer) => [layer, new IdColumn()]))
    this.open = { id, columns, prefillTokens: 0, token, phase, layersSeen: 0 }
    if (phase === 'prefill') this.open.prefillTokens = 1
  }

  private nextToken(open: OpenRequest, token: number, phase: string, at: RowPlace): void {
    this.closeToken(open, at)
    if (token !== open.token + 1) {
      this.stop(`token ${token} of request ${shown(open.id)} follows token ${open.token}`, at, ORDER)
    }
    if (phase === 'prefill') {
      if (open.phase === 'decode') {
        this.stop(`prefill token ${token} of request ${shown(open.id)} follows a decode token`, at)
      }
      open.prefillTokens++
    }
    open.token = token
    open.phase = phase
    open.layersSeen = 0
  }

  private takeLayer(open: OpenRequest, layer: number, at: RowPlace): void {
    if (!this.areLayersFixed && layer > (this.layers.at(-1) ?? -1)) {
      const problem = this.builder.check.layerProblem(layer)
      if (problem !== undefined) this.add(problem, at)
      this.layers.push(layer)
      open.columns.set(layer, new IdColumn())
    }
    const expected = this.layers[open.layersSeen]
    if (layer !== expected) {
      const wanted = expected === undefined ? 'the next token' : `layer ${expected}`
      this.stop(
        `layer ${layer} of token ${open.token}, request ${shown(open.id)}, stands where ${wanted} belongs`,
        at,
        `${ORDER} (here ${layerList(this.layers)})`,
      )
    }
    open.layersSeen++
  }

  private closeToken(open: OpenRequest, at: RowPlace): void {
    this.areLayersFixed = true
    const missing = this.layers[open.layersSeen]
    if (missing === undefined) return
    this.stop(`ragged: token ${open.token} of request ${shown(open.id)} has no layer ${missing}`, at, ORDER)
  }

  private finish(open: OpenRequest, at: RowPlace): void {
    this.closeToken(open, at)
    const { isPhaseAssumed } = this
    this.builder.add({ ...open, isPhaseAssumed }, this.findings, typeof at === 'number' ? undefined : at)
  }

  private add(what: string, at: RowPlace): void {
    if (typeof at === 'number') this.findings.add(`row ${at}: ${what}`)
    else this.findings.add(what, at)
  }

  private stop(what: string, at: RowPlace, hint?: string): never {
    if (typeof at === 'number') return this.findings.stop(`row ${at}: ${what}`, undefined, hint)
    return this.findings.stop(what, at, hint)
  }
}
