// Arithmetic that predictors share: from counts to expected tokens, and from those to the experts that are predicted.
import { expertTokens, type LayerWork } from '../work.ts'

/** Experts predicted of `experts`, where so many % are: rounded up. */
export function predictedCount(experts: number, percent: number): number {
  return Math.ceil((percent * experts) / 100)
}

/** The `most` experts with the most expected tokens, the largest first; of equals the lower id; never one without any. */
export function topExperts(expected: Float64Array, most: number): number[] {
  const wanted = [...expected.keys()].filter((expert) => expected[expert]! > 0)
  return wanted.sort((a, b) => expected[b]! - expected[a]!).slice(0, most)
}

/**
 * Tokens expected of each expert j after `came[i]` choices of each expert i: the sum over i of came[i] * P(j | i), with
 * P(j | i) = counts[i][j] / sum of row i (row-major counts). A row without counts foretells nothing.
 */
export function expectedAfter(came: ArrayLike<number>, counts: Uint32Array): Float64Array {
  const experts = came.length
  const expected = new Float64Array(experts)
  for (let from = 0; from < experts; from++) {
    if (came[from] === 0) continue
    const row = counts.subarray(from * experts, (from + 1) * experts)
    const sum = row.reduce((total, count) => total + count, 0)
    if (sum === 0) continue
    const weight = came[from]! / sum
    for (let to = 0; to < experts; to++) expected[to] = expected[to]! + weight * row[to]!
  }
  return expected
}

/** Adds `factor` times a number for each expert. */
export function addTo(total: Float64Array, some: Float64Array, factor: number): void {
  for (let expert = 0; expert < total.length; expert++)
    total[expert] = total[expert]! + factor * some[expert]!
}

/** Adds the tokens of each expert in an iteration. */
export function addTokens(total: Float64Array, work: LayerWork): void {
  for (const expert of work.activeExperts) total[expert] = total[expert]! + expertTokens(work, expert)
}
