// How many experts of a token the token before it chose as well, and how many a random token of the request would share.
import { overlapByPopularity } from './chance.ts'
import type { MeasureSheet } from './measure.ts'
import type { RequestRows, TokenRows } from './token-rows.ts'
import { countsOf } from './token-rows.ts'

interface Shape {
  readonly experts: number
  readonly topK: number
}

/** Both over `pairs` neighbouring tokens, 0 to 1. */
export interface Reuse {
  readonly observed: number
  /** Exact expected overlap of two distinct random tokens of a request, requests weighted by their neighbouring pairs. */
  readonly sameRequest: number
  readonly pairs: number
}

/** Mean of |S_t ∩ S_(t-1)| / k over neighbouring tokens of one request and phase; undefined where there are none. */
export function reuseOf(
  table: Uint16Array,
  requests: readonly RequestRows[],
  phase: 'prefill' | 'decode',
  { experts, topK }: Shape,
): Reuse | undefined {
  /** Row of each expert's last selection, from 1; what an earlier request left there is never the row before. */
  const lastRow = new Float64Array(experts)
  const counts = new Int32Array(experts)
  let pairs = 0
  let shared = 0
  let sharedAtRandom = 0
  for (const { start, split, end } of requests) {
    const from = phase === 'prefill' ? start : split
    const to = phase === 'prefill' ? split : end
    if (to - from < 2) continue
    pairs += to - from - 1
    counts.fill(0)
    for (let row = from; row < to; row++) {
      for (let at = row * topK; at < (row + 1) * topK; at++) {
        const expert = table[at]!
        if (row > from && lastRow[expert] === row) shared++
        lastRow[expert] = row + 1
        counts[expert]!++
      }
    }
    // sum_e c (c - 1) / (T (T - 1)) is the chance overlap; its weight T - 1 cancels one factor.
    let coincidences = 0
    for (const count of counts) coincidences += count * (count - 1)
    sharedAtRandom += coincidences / (to - from)
  }
  if (pairs === 0) return undefined
  return { observed: shared / (pairs * topK), sameRequest: sharedAtRandom / (pairs * topK), pairs }
}

export function setReuse(sheet: MeasureSheet, table: Uint16Array, rows: TokenRows, shape: Shape): void {
  for (const phase of ['prefill', 'decode'] as const) {
    const reuse = reuseOf(table, rows.requests, phase, shape)
    if (reuse === undefined) continue
    const popularity = overlapByPopularity(countsOf(table, rows[phase], shape), shape.topK)
    const uniform = shape.topK / shape.experts
    sheet.set('reuse', reuse.observed, { uniform, popularity, sameRequest: reuse.sameRequest }, phase)
  }
}
