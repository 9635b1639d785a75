// The statistics that placements are made from: whose tokens they count, and from when they are there. Iterations without
// tokens (all may have been deferred) count nowhere.
import { type IterationOutline, iterationsOf, type RoutingKnowledge } from '../knowledge.ts'

export interface Statistics {
  /** The first iteration that comes after everything counted, or is itself among it (oracle). */
  readonly fromIteration: number
  /** Tokens per expert to expect in an iteration from then on, not rounded: [experts]. */
  readonly expectedTokens: Float64Array
}

type Outline = Pick<RoutingKnowledge, 'iterations'>

const prefillBefore = (run: Outline, i: number) => nonEmpty(run, iterationsOf(run, 'prefill', i))

/** The first iteration that is not prefill alone and comes after some that are. */
const firstAfterPrefill = (run: Outline) =>
  nonEmpty(run).find((i) => run.iterations[i]!.phase !== 'prefill' && prefillBefore(run, i).length > 0)

/** Why there are no prefill statistics; undefined: there are. */
export function lacksPrefill(iterations: readonly IterationOutline[]): string | undefined {
  if (firstAfterPrefill({ iterations }) !== undefined) return undefined
  return 'no iteration follows after a prefill to count over'
}

/** Why nothing was served before; undefined: something was. */
export function lacksEarlier(
  iterations: readonly IterationOutline[],
  leavesRequests: boolean,
): string | undefined {
  if (leavesRequests || nonEmpty({ iterations }).length > 1) return undefined
  return 'the run takes all requests of its routing in one iteration, so that nothing was served before it to count over'
}

/** Of all prefill iterations before the first other one, as if that one's tokens chose alike; undefined where either lacks. */
export function prefillStatistics(knowledge: RoutingKnowledge): Statistics | undefined {
  const { iterations } = knowledge
  const fromIteration = firstAfterPrefill(knowledge)
  if (fromIteration === undefined) return undefined
  const counted = prefillBefore(knowledge, fromIteration)
  const countedTokens = counted.reduce((sum, i) => sum + iterations[i]!.tokens, 0)
  return {
    fromIteration,
    expectedTokens: scaled(knowledge.tokensIn(counted), iterations[fromIteration]!.tokens / countedTokens),
  }
}

/** Of the decode iterations themselves, from the first of them on; of the whole run where it has none. */
export function oracleStatistics(knowledge: RoutingKnowledge): Statistics {
  const decode = nonEmpty(knowledge, iterationsOf(knowledge, 'decode'))
  const counted = decode.length > 0 ? decode : nonEmpty(knowledge)
  return {
    fromIteration: counted[0]!,
    expectedTokens: scaled(knowledge.tokensIn(counted), 1 / counted.length),
  }
}

/**
 * Of what was served before: the requests of the source that the run takes no part of. Where there are none, of the run's
 * first iteration, for those after it; undefined where there is no iteration after it.
 */
export function earlierStatistics(knowledge: RoutingKnowledge): Statistics | undefined {
  const heldOut = knowledge.heldOutTokens()
  if (heldOut !== undefined) return { fromIteration: 0, expectedTokens: scaled(heldOut, 1) }
  const [first, second] = nonEmpty(knowledge)
  if (second === undefined) return undefined
  return { fromIteration: second, expectedTokens: scaled(knowledge.tokensIn([first!]), 1) }
}

function nonEmpty({ iterations }: Outline, among: readonly number[] = [...iterations.keys()]): number[] {
  return among.filter((i) => iterations[i]!.tokens > 0)
}

const scaled = (tokens: Uint32Array, factor: number) => Float64Array.from(tokens, (count) => count * factor)
