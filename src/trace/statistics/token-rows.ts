// Which rows of a routing table are prompt, decode, neighbours, fit or evaluation: the same in every layer.
import type { TraceRequest } from '../source.ts'

/** One request's rows: `start` to `split` are its prompt, `split` to `end` decode tokens. */
export interface RequestRows {
  readonly start: number
  readonly split: number
  readonly end: number
}

/** Of fewer requests each is cut in two, so that both halves have seen every request's topic. */
const LEAST_REQUESTS_TO_PART = 20

export class TokenRows {
  readonly requests: readonly RequestRows[]
  readonly tokens: number
  readonly all: Int32Array
  readonly prefill: Int32Array
  readonly decode: Int32Array

  constructor(requests: readonly TraceRequest[]) {
    let start = 0
    this.requests = requests.map(({ prefillTokens, tokens }) => {
      const rows = { start, split: start + prefillTokens, end: start + tokens }
      start = rows.end
      return rows
    })
    this.tokens = start
    this.all = gathered(this.requests, ({ start: from, end }) => [from, end])
    this.prefill = gathered(this.requests, ({ start: from, split }) => [from, split])
    this.decode = gathered(this.requests, ({ split, end }) => [split, end])
  }

  get hasBothPhases(): boolean {
    return this.prefill.length > 0 && this.decode.length > 0
  }

  /** The rows that fit predictors, and those that test them: requests 0, 2, 4, ... and the others, or halves of each. */
  halves(): { readonly fit: Int32Array; readonly evaluation: Int32Array } {
    const { requests } = this
    if (requests.length >= LEAST_REQUESTS_TO_PART) {
      const parity = (odd: number) => requests.filter((_, index) => index % 2 === odd)
      const whole = ({ start, end }: RequestRows) => [start, end] as const
      return { fit: gathered(parity(0), whole), evaluation: gathered(parity(1), whole) }
    }
    const middle = ({ start, end }: RequestRows) => start + Math.floor((end - start) / 2)
    return {
      fit: gathered(requests, (rows) => [rows.start, middle(rows)]),
      evaluation: gathered(requests, (rows) => [middle(rows), rows.end]),
    }
  }

  /** Rows that a further token of the same request follows, in `all` also the prompt's last; the row after is that token. */
  followed(phase: 'all' | 'prefill' | 'decode'): Int32Array {
    return gathered(this.requests, ({ start, split, end }) => {
      const from = phase === 'decode' ? split : start
      const to = phase === 'prefill' ? split : end
      return [from, Math.max(from, to - 1)]
    })
  }
}

/** The row numbers of a range of each request, in order. */
function gathered(
  requests: readonly RequestRows[],
  range: (rows: RequestRows) => readonly [number, number],
): Int32Array {
  const length = requests.reduce((sum, rows) => sum + range(rows)[1] - range(rows)[0], 0)
  const result = new Int32Array(length)
  let at = 0
  for (const rows of requests) {
    const [from, to] = range(rows)
    for (let row = from; row < to; row++) result[at++] = row
  }
  return result
}

/** Selections [expert] of some rows of a table [token][slot]. */
export function countsOf(
  table: Uint16Array,
  rows: Int32Array,
  { experts, topK }: { readonly experts: number; readonly topK: number },
): Float64Array {
  const counts = new Float64Array(experts)
  for (const row of rows) {
    for (let at = row * topK; at < (row + 1) * topK; at++) counts[table[at]!]!++
  }
  return counts
}
