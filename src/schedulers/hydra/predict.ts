// How many tokens of each die will choose each expert: predicted from the layer before, or counted.
import type { Topology } from '../../hardware/topology.ts'
import type { RoutingKnowledge, TransitionProfile } from '../knowledge.ts'
import type { LayerWork } from '../work.ts'

/** Tokens of each expert by the die they rest on, row-major [expert][rank of the die]; predictions are not whole. */
export type TokensByDie = Float64Array

/** What the tokens do choose: an oracle. */
export function countedTokens({ pairStart }: LayerWork): TokensByDie {
  return Float64Array.from({ length: pairStart.length - 1 }, (_, at) => pairStart[at + 1]! - pairStart[at]!)
}

/**
 * What they are expected to choose: for every expert i that a token chose in the layer before, P(j | i) of each expert j. A
 * token that chose k experts is so expected to choose k. An i that the profile never saw foretells what all others together
 * do. undefined where there is no layer before, or no profile.
 */
export function predictedTokens(
  work: LayerWork,
  knowledge: RoutingKnowledge | undefined,
  { rank }: Topology,
): TokensByDie | undefined {
  const previous = knowledge?.previousChoices(work.iteration)
  const profile = knowledge?.transitions(work.iteration)
  if (previous === undefined || profile === undefined) return undefined
  const { experts, dies, restingDie, topK } = work
  const came = new Float64Array(experts * dies)
  previous.forEach((expert, at) => {
    const place = expert * dies + rank[restingDie[Math.floor(at / topK)]!]!
    came[place] = came[place]! + 1
  })
  const expected = new Float64Array(experts * dies)
  let popularity: Uint32Array | undefined
  for (let from = 0; from < experts; from++) {
    const cameFrom = came.subarray(from * dies, (from + 1) * dies)
    if (cameFrom.every((tokens) => tokens === 0)) continue
    if (profile.rowSums[from]! > 0) {
      const row = profile.counts.subarray(from * experts, (from + 1) * experts)
      spread(cameFrom, row, profile.rowSums[from]!, expected)
    } else {
      popularity ??= columnSums(profile)
      spread(cameFrom, popularity, sumOf(profile.rowSums), expected)
    }
  }
  return expected
}

/** Adds the tokens of each die times each expert's chance, its count over the sum of all counts. */
function spread(
  tokensOfDie: Float64Array,
  counts: Uint32Array,
  countSum: number,
  expected: Float64Array,
): void {
  const dies = tokensOfDie.length
  for (let expert = 0; expert < counts.length; expert++) {
    const chance = counts[expert]! / countSum
    if (chance === 0) continue
    for (let place = 0, at = expert * dies; place < dies; place++, at++) {
      expected[at] = expected[at]! + tokensOfDie[place]! * chance
    }
  }
}

/** How often each expert was chosen, whatever came before. */
function columnSums({ experts, counts }: TransitionProfile): Uint32Array {
  const sums = new Uint32Array(experts)
  for (let at = 0; at < counts.length; at++) sums[at % experts] = sums[at % experts]! + counts[at]!
  return sums
}

const sumOf = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
