// What is odd about the rows of a trace that are each right: zeros where nothing was recorded, groups, copies, unused experts.
import type { TraceExpectation } from '../expectation.ts'
import { count, shown } from '../expectation.ts'
import type { RequestRows } from '../source.ts'
import { bitsOfChoice, LEAST_BITS } from './chance.ts'
import { Copies } from './copies.ts'
import { LongestRepeat, repeatText } from './repeats.ts'
import { oneBlockOnly, oneEndUnused } from './unused.ts'

interface ZeroRows {
  readonly request: string
  readonly from: number
  readonly tokens: number
  readonly isPrompt: boolean
}

interface Violation {
  readonly request: string
  readonly token: number
  readonly layer: number
  readonly groups: number
}

/** Looks at the requests of a trace one by one. */
export class TokenOddities {
  private readonly expectation: TraceExpectation
  /** Selections of each expert, over all layers. */
  private readonly totals: Float64Array
  private zeroRows: ZeroRows | undefined
  private zeroTokens = 0
  private violation: Violation | undefined
  private violations = 0
  private readonly repeats: LongestRepeat
  private readonly copies: Copies
  private readonly groupSeen: Uint32Array

  constructor(expectation: TraceExpectation) {
    this.expectation = expectation
    this.repeats = new LongestRepeat(expectation.topK)
    this.copies = new Copies(expectation)
    this.totals = new Float64Array(expectation.experts)
    this.groupSeen = new Uint32Array(expectation.router?.groups ?? 0)
  }

  take(request: RequestRows): void {
    for (const ids of request.columns.values()) for (const id of ids) this.totals[id]!++
    this.findZeroRows(request)
    if (this.expectation.router !== undefined) this.findViolations(request, this.expectation.router)
    this.repeats.take(request)
    this.copies.take(request)
  }

  /** In words, with the rows they are about. */
  get found(): string[] {
    const { zeroRows, violation, expectation, copies, repeats } = this
    const texts: string[] = []
    if (repeats.found !== undefined && !copies.isOneToken) texts.push(repeatText(repeats.found))
    if (zeroRows !== undefined) {
      const { request, from, tokens, isPrompt } = zeroRows
      const rows = `rows ${from}-${from + tokens - 1} of request ${shown(request)}${isPrompt ? ', all of them of the prompt,' : ''}`
      const more = this.zeroTokens > tokens ? ` (${count(this.zeroTokens, 'such row')} in all)` : ''
      const { topK } = expectation
      texts.push(
        topK === 1
          ? `${rows} are on expert 0 in every layer${more}: did the recorder fill them with zeros?`
          : `${rows} are on experts 0-${topK - 1} in every layer${more}, which are the top-${topK} of logits that are all zero: were these rows recorded?`,
      )
    }
    if (violation !== undefined) {
      const { request, token, layer, groups } = violation
      const allowed = expectation.router!.groupsPerToken
      const more = this.violations > 1 ? ` (${this.violations} rows do so in all)` : ''
      texts.push(
        `token ${token} of request ${shown(request)} uses ${groups} groups of experts in layer ${layer}, the router of ${expectation.model} allows ${allowed}${more}: was it recorded with another model, or with experts renumbered?`,
      )
    }
    if (zeroRows === undefined || !copies.isOneToken) texts.push(...copies.found)
    const unused = [oneEndUnused(this.totals), oneBlockOnly(this.totals, expectation.model)]
    return [...texts, ...unused.filter((text) => text !== undefined)]
  }

  private findZeroRows({ id, columns, tokens, prefillTokens }: RequestRows): void {
    if (columns.size < 2) return
    const { topK } = this.expectation
    const layers = [...columns.values()]
    // Of all-zero scores the top-k are the first experts.
    const isZero = (token: number) =>
      layers.every((ids) => ids.subarray(token * topK, (token + 1) * topK).every((expert) => expert < topK))
    const bitsOfRow = columns.size * bitsOfChoice(this.expectation)
    for (let from = 0; from < tokens; from++) {
      let next = from
      while (next < tokens && isZero(next)) next++
      const run = next - from
      if (run > 1 && run * bitsOfRow >= LEAST_BITS) {
        this.zeroTokens += run
        if (run > (this.zeroRows?.tokens ?? 0))
          this.zeroRows = { request: id, from, tokens: run, isPrompt: next <= prefillTokens }
      }
      from = Math.max(from, next)
    }
  }

  private findViolations(
    { id, columns, tokens }: RequestRows,
    { groups, groupsPerToken }: NonNullable<TraceExpectation['router']>,
  ): void {
    const { experts, topK } = this.expectation
    const groupSize = experts / groups
    for (const [layer, ids] of columns) {
      for (let token = 0; token < tokens; token++) {
        this.groupSeen.fill(0)
        let used = 0
        for (let slot = 0; slot < topK; slot++) {
          const group = Math.floor(ids[token * topK + slot]! / groupSize)
          if (this.groupSeen[group] === 0) used++
          this.groupSeen[group] = 1
        }
        if (used <= groupsPerToken) continue
        this.violations++
        this.violation ??= { request: id, token, layer, groups: used }
      }
    }
  }
}
