// Knobs that make routing like a given trace, or like the statistics of one.

import type { RoutingSource } from '../source.ts'
import type { TraceStatistics } from '../statistics/result.ts'
import { fitKnobs } from './fit.ts'
import { checkGeneratorInput, type GeneratorSpec, type RoutingShape } from './generator-spec.ts'
import { tablesOf, targetsOf } from './targets.ts'

/** The routing that knobs are fitted with; the trace that is asked for may be made with another seed. */
const FIT_SEED = 7

/**
 * Fitted to `statistics`, which must be those of tokens. With the trace itself (`source`) each expert's popularity by layer and
 * phase and each request's length are carried over as tables, and the other knobs are fitted by layer; without, skew and
 * drift are fitted as well and all requests have the mean length. Same input, same knobs.
 */
export async function knobsLike(
  statistics: TraceStatistics,
  source: RoutingSource | undefined,
  router: RoutingShape['router'],
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<{ readonly spec: GeneratorSpec; readonly shape: RoutingShape }> {
  const { experts, topK, layers, requests = 1, tokens = { prefill: 0, decode: 0 } } = statistics.trace
  const shape = { experts, topK, layers, router }
  const mean = (count: number) => Math.round(count / requests)
  const lengths = { requests, prefillTokens: mean(tokens.prefill), decodeTokens: mean(tokens.decode) }
  checkGeneratorInput({ ...lengths, skew: 0, reuse: 0, topics: 1 }, shape, FIT_SEED)
  const { spec } = await fitKnobs({
    shape,
    targets: targetsOf(statistics),
    tables: source && tablesOf(source),
    ...lengths,
    seed: FIT_SEED,
    onProgress,
  })
  return { spec, shape }
}
