// Finds tokens that repeat the token before them in every layer, as an engine's warm-up rows do.
import { type RequestRows, type RoutingSource, requestRows } from './source.ts'

export interface Repeat {
  readonly request: string
  /** Its first token, counted from 0 in the request. */
  readonly from: number
  readonly tokens: number
}

/** A few equal tokens in a row are chance, or a text that repeats itself. */
const LEAST_TOKENS = 4
/** Over fewer choices per token equal ones say nothing: top-1 of one layer repeats all the time. */
const LEAST_SELECTIONS = 16

/** The longest run of more than three equal tokens of one request; the first one where several are as long. */
export function longestRepeat(source: RoutingSource): Repeat | undefined {
  const repeats = new LongestRepeat(source.topK)
  for (const request of requestRows(source)) repeats.take(request)
  return repeats.found
}

/** The same for requests that come one by one. */
export class LongestRepeat {
  found: Repeat | undefined
  private readonly topK: number

  constructor(topK: number) {
    this.topK = topK
  }

  take({ id, tokens, columns }: RequestRows): void {
    const { topK } = this
    if (columns.size * topK < LEAST_SELECTIONS) return
    const differs = new Uint8Array(tokens)
    for (const ids of columns.values()) {
      for (let i = topK; i < ids.length; i++) if (ids[i] !== ids[i - topK]) differs[Math.floor(i / topK)] = 1
    }
    for (let from = 0; from < tokens; ) {
      let next = from + 1
      while (next < tokens && differs[next] === 0) next++
      const run = next - from
      if (run >= LEAST_TOKENS && run > (this.found?.tokens ?? 0))
        this.found = { request: id, from, tokens: run }
      from = next
    }
  }
}
