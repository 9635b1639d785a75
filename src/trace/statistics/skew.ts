// How unevenly a layer's selections fall on its experts (S6 of arXiv 2510.05497, and the usual measures beside it).
import { uniformActiveShare, uniformCv } from './chance.ts'
import type { MeasureSheet, StatisticPhase } from './measure.ts'
import { gini, zipfExponent } from './ranks.ts'

/** Largest over mean; undefined where all are 0. */
export function maxOverMean(values: ArrayLike<number>): number | undefined {
  let sum = 0
  let most = 0
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!
    most = Math.max(most, values[i]!)
  }
  return sum === 0 ? undefined : (most * values.length) / sum
}

/** Population standard deviation over mean; undefined where all are 0. */
export function coefficientOfVariation(values: Float64Array): number | undefined {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  if (mean === 0) return undefined
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean
}

/** Loads of ranks that hold contiguous ranges of experts, as equal as can be: expert e is on rank floor(e R / E). */
export function contiguousRanks(counts: ArrayLike<number>, ranks: number): Float64Array {
  const loads = new Float64Array(ranks)
  for (let e = 0; e < counts.length; e++) loads[Math.floor((e * ranks) / counts.length)]! += counts[e]!
  return loads
}

/** The expert with most selections, the lowest of equals. */
export function hottestExpert(counts: Float64Array): number {
  return counts.reduce((best, count, expert) => (count > counts[best]! ? expert : best), 0)
}

/** `uniform`: selections [expert] of as many tokens that choose uniformly. */
export function setSkew(
  sheet: MeasureSheet,
  counts: Float64Array,
  uniform: Float64Array,
  topK: number,
  phase: StatisticPhase,
): void {
  const selections = counts.reduce((a, b) => a + b, 0)
  if (selections === 0) return
  const tokens = selections / topK
  const experts = counts.length
  const activeShare = (loads: Float64Array) => loads.filter((load) => load > 0).length / experts
  const hottestShare = (loads: Float64Array) => (maxOverMean(loads) ?? 0) / experts
  sheet.set('max-over-mean', maxOverMean(counts), { uniform: maxOverMean(uniform) }, phase)
  sheet.set('cv', coefficientOfVariation(counts), { uniform: uniformCv(tokens, experts, topK) }, phase)
  sheet.set('gini', gini(counts), { uniform: gini(uniform) }, phase)
  sheet.set('zipf-s', zipfExponent(counts), { uniform: zipfExponent(uniform) }, phase)
  const uniformActive = uniformActiveShare(tokens, experts, topK)
  sheet.set('active-share', activeShare(counts), { uniform: uniformActive }, phase)
  sheet.set('hottest-share', hottestShare(counts), { uniform: hottestShare(uniform) }, phase)
  for (const ranks of [16, 32] as const) {
    if (experts < ranks) continue
    const imbalance = (loads: Float64Array) => maxOverMean(contiguousRanks(loads, ranks))
    sheet.set(`rank-${ranks}-max-over-mean`, imbalance(counts), { uniform: imbalance(uniform) }, phase)
  }
}
