// Finds tokens that repeat the token before them in every layer, as an engine's warm-up rows do.
import type { RoutingSource } from './source.ts'

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
  const { layers, topK, requests } = source
  if (layers.length * topK < LEAST_SELECTIONS) return undefined
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  const differs = new Uint8Array(tokens)
  for (const layer of layers) {
    const ids = source.layerExperts(layer)
    for (let i = topK; i < ids.length; i++) if (ids[i] !== ids[i - topK]) differs[Math.floor(i / topK)] = 1
  }
  let longest: Repeat | undefined
  let start = 0
  for (const { id, tokens: length } of requests) {
    for (let from = 0; from < length; ) {
      let next = from + 1
      while (next < length && differs[start + next] === 0) next++
      const run = next - from
      if (run >= LEAST_TOKENS && run > (longest?.tokens ?? 0)) longest = { request: id, from, tokens: run }
      from = next
    }
    start += length
  }
  return longest
}
