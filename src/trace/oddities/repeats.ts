// Finds tokens that repeat the token before them in every layer, as an engine's warm-up rows do.
import { count, shown } from '../expectation.ts'
import type { RequestRows } from '../source.ts'

export interface Repeat {
  readonly request: string
  /** Its first token, counted from 0 in the request. */
  readonly from: number
  readonly tokens: number
}

/** A few equal tokens in a row are chance, or a text that repeats itself. */
export const LEAST_TOKENS = 4
/** Over fewer choices per token equal ones say nothing: top-1 of one layer repeats all the time. */
const LEAST_SELECTIONS = 16

/** Finds the longest run of more than three equal tokens of one request; the first one where several are as long. */
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

export const repeatText = ({ request, from, tokens }: Repeat): string =>
  `${count(tokens, 'token')} in a row of request ${shown(request)}, from token ${from} on, choose the same experts in every layer: warm-up rows of the engine, or one token repeated`
