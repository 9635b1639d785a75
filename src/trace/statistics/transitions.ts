// Which expert follows which: pair counts, the mass on the best successors (S1, S2), and coverage out of sample.
import { candidateCount } from './chance.ts'
import { byDescending } from './ranks.ts'

/** Two routing tables [token][slot] of one model; the same one twice for successors within a layer. */
export interface TablePair {
  readonly from: Uint16Array
  readonly to: Uint16Array
  readonly experts: number
  readonly topK: number
}

/** N[i][j], row-major: how often expert j is chosen in row `toRows[n]` of `to` where i is in row `fromRows[n]` of `from`. */
export function successorCounts(
  { from, to, experts, topK }: TablePair,
  fromRows: Int32Array,
  toRows: Int32Array,
): Float64Array {
  const counts = new Float64Array(experts * experts)
  for (let n = 0; n < fromRows.length; n++) {
    const a = fromRows[n]! * topK
    const b = toRows[n]! * topK
    for (let i = a; i < a + topK; i++) {
      const row = from[i]! * experts
      for (let j = b; j < b + topK; j++) counts[row + to[j]!]!++
    }
  }
  return counts
}

/** Shares of probability on the m = ceil(0.2 E) best successors. */
export interface ConditionalMass {
  /** Each expert's own m best, experts weighted by their use: sum_i (m largest of N[i]) / sum N. */
  readonly allRows: number
  /** The same of the most used expert alone, the lowest of equals. */
  readonly top1Row: number
  /** The m successors that are best whatever came before: what popularity alone reaches. */
  readonly popularity: number
}

/** S1, or S2 of arXiv 2510.05497, of counts N[i][j]; undefined where all are 0. In sample: shuffle to see what noise adds. */
export function conditionalMass(counts: Float64Array, experts: number): ConditionalMass | undefined {
  const m = candidateCount(experts)
  const columns = new Float64Array(experts)
  let best = 0
  let total = 0
  let top1 = { sum: 0, best: 0 }
  for (let i = 0; i < experts; i++) {
    const row = counts.slice(i * experts, (i + 1) * experts)
    row.forEach((count, j) => {
      columns[j]! += count
    })
    const own = { sum: row.reduce((a, b) => a + b, 0), best: largestSum(row, m) }
    best += own.best
    total += own.sum
    if (own.sum > top1.sum) top1 = own
  }
  if (total === 0) return undefined
  return {
    allRows: best / total,
    top1Row: top1.best / top1.sum,
    popularity: largestSum(columns, m) / total,
  }
}

/** Sum of the `count` largest. */
function largestSum(values: Float64Array, count: number): number {
  // Rows of a map are mostly 0: only what is not needs sorting.
  const used = values.filter((value) => value > 0).sort()
  return used.subarray(-count).reduce((a, b) => a + b, 0)
}

/** P(j | i) = N[i][j] / sum_j N[i][j], row-major; rows of experts that never occur are 0. */
export function conditionalMap(counts: Float64Array, experts: number): Float64Array {
  const map = new Float64Array(counts.length)
  for (let i = 0; i < experts; i++) {
    const row = counts.subarray(i * experts, (i + 1) * experts)
    const sum = row.reduce((a, b) => a + b, 0)
    if (sum > 0) for (let j = 0; j < experts; j++) map[i * experts + j] = row[j]! / sum
  }
  return map
}

export interface Coverage {
  /** Of the choices of the evaluation tokens, the share among the candidates that their experts in `from` suggest. */
  readonly observed: number
  /** The same with the most used experts of the fit tokens as candidates, whatever came before. */
  readonly popularity: number
}

/**
 * Held-out coverage of m = ceil(0.2 E) candidates: on the fit rows P(b | a); on an evaluation row
 * score(b) = sum over its experts a of P(b | a), ties by popularity in the fit rows, then by id.
 * Undefined where either set of rows is empty.
 */
export function coverageOf(
  pair: TablePair,
  { fit, evaluation }: { readonly fit: Int32Array; readonly evaluation: Int32Array },
): Coverage | undefined {
  if (fit.length === 0 || evaluation.length === 0) return undefined
  const { from, to, experts, topK } = pair
  const m = candidateCount(experts)
  const counts = successorCounts(pair, fit, fit)
  const { map, place } = inOrderOfPopularity(conditionalMap(counts, experts), counts, experts)
  const scores = new Float64Array(experts)
  let covered = 0
  let popular = 0
  for (let e = 0; e < evaluation.length; e++) {
    const start = evaluation[e]! * topK
    scores.fill(0)
    for (let i = start; i < start + topK; i++) {
      const suggestions = map.subarray(from[i]! * experts, (from[i]! + 1) * experts)
      for (let p = 0; p < experts; p++) scores[p]! += suggestions[p]!
    }
    for (let j = start; j < start + topK; j++) {
      const p = place[to[j]!]!
      if (p < m) popular++
      if (rankOf(scores, p) < m) covered++
    }
  }
  const choices = evaluation.length * topK
  return { observed: covered / choices, popularity: popular / choices }
}

/** The map with its columns from the most popular successor down, so that of equal scores the first is the more popular. */
function inOrderOfPopularity(map: Float64Array, counts: Float64Array, experts: number) {
  const uses = new Float64Array(experts)
  for (let at = 0; at < counts.length; at++) uses[at % experts]! += counts[at]!
  const order = byDescending(uses)
  const place = new Int32Array(experts)
  order.forEach((expert, p) => {
    place[expert] = p
  })
  const ordered = new Float64Array(map.length)
  for (let start = 0; start < map.length; start += experts) {
    for (let p = 0; p < experts; p++) ordered[start + p] = map[start + order[p]!]!
  }
  return { map: ordered, place }
}

/** How many scores are better than the one at `place`; of equal ones the earlier is better. */
function rankOf(scores: Float64Array, place: number): number {
  const own = scores[place]!
  let rank = 0
  for (let p = 0; p < place; p++) rank += scores[p]! >= own ? 1 : 0
  for (let p = place + 1; p < scores.length; p++) rank += scores[p]! > own ? 1 : 0
  return rank
}
