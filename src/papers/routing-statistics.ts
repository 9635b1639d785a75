// What decides how hard a layer's work is: how many experts are wanted, and by how many tokens each.
import type { RoutingSource } from '../trace/source.ts'

/** Over all (layer, iteration) of a point. */
export interface RoutingStatistics {
  /** Mean number of experts that at least one token chose. */
  readonly activeExperts: number
  /** Mean number of tokens of such an expert. */
  readonly tokensPerActiveExpert: number
}

/** `counts`: tokens of every expert, for each layer and iteration. */
export function routingStatistics(counts: readonly Int32Array[]): RoutingStatistics {
  const active = counts.reduce((sum, perExpert) => sum + perExpert.filter((tokens) => tokens > 0).length, 0)
  const pairs = counts.reduce((sum, perExpert) => sum + perExpert.reduce((a, b) => a + b, 0), 0)
  return { activeExperts: active / counts.length, tokensPerActiveExpert: pairs / active }
}

/** Tokens of each expert among `rows` of one layer's routing. */
export function tokensPerExpert(
  experts: Uint16Array,
  rows: Int32Array,
  { experts: expertCount, topK }: Pick<RoutingSource, 'experts' | 'topK'>,
): Int32Array {
  const counts = new Int32Array(expertCount)
  for (const row of rows) {
    for (let at = row * topK; at < (row + 1) * topK; at++) {
      const expert = experts[at]!
      counts[expert] = counts[expert]! + 1
    }
  }
  return counts
}
