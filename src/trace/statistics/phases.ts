// How alike prefill and decode are: loads (S4) and hot sets (S5) from counts, pair maps (S3) from two tables.
import type { MeasureSheet } from './measure.ts'
import { byDescending, spearman } from './ranks.ts'
import { conditionalMap, successorCounts, type TablePair } from './transitions.ts'

/** Selections [expert] of each phase. */
export interface PhaseCounts {
  readonly prefill: Float64Array
  readonly decode: Float64Array
}

/** The used experts among the `size` most used, equal ones by id. */
export function hotSet(counts: Float64Array, size: number): number[] {
  return byDescending(counts)
    .slice(0, size)
    .filter((expert) => counts[expert]! > 0)
}

/** S5: the share of decode's `of` most used experts that is among prefill's `hot`; undefined where a phase is empty. */
export function hotOverlap({ prefill, decode }: PhaseCounts, hot: number, of: number): number | undefined {
  const known = new Set(hotSet(prefill, hot))
  const wanted = hotSet(decode, of)
  if (known.size === 0 || wanted.length === 0) return undefined
  return wanted.filter((expert) => known.has(expert)).length / wanted.length
}

const HOT_PAIRS = [
  { id: 'hot-overlap-5-5', hot: 5, of: 5 },
  { id: 'hot-overlap-10-5', hot: 10, of: 5 },
  { id: 'hot-overlap-10-10', hot: 10, of: 10 },
  { id: 'hot-overlap-20-10', hot: 20, of: 10 },
] as const

/** S4 and S5. `dealt`: the same tokens with phases dealt at random; absent where there are no tokens. */
export function setPhaseLoads(sheet: MeasureSheet, counts: PhaseCounts, dealt?: PhaseCounts): void {
  sheet.set('phase-spearman', spearman(counts.prefill, counts.decode), {
    uniform: 0,
    shuffled: dealt && spearman(dealt.prefill, dealt.decode),
  })
  const experts = counts.prefill.length
  for (const { id, hot, of } of HOT_PAIRS) {
    sheet.set(id, hotOverlap(counts, hot, of), {
      uniform: Math.min(hot, experts) / experts,
      shuffled: dealt && hotOverlap(dealt, hot, of),
    })
  }
}

/** Pairs of rows [from, to] of each phase. */
export interface PhaseRows {
  readonly prefill: readonly [Int32Array, Int32Array]
  readonly decode: readonly [Int32Array, Int32Array]
}

/** S3: Spearman of the flattened maps P(j | i) of the two phases; undefined where one of them is constant. */
export function mapSimilarity(pair: TablePair, { prefill, decode }: PhaseRows): number | undefined {
  const map = ([from, to]: readonly [Int32Array, Int32Array]) =>
    conditionalMap(successorCounts(pair, from, to), pair.experts)
  return spearman(map(prefill), map(decode))
}
