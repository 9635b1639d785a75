// What a kind of token prefers: the popularity of a layer tilted by kind, the mean over the kinds left as it was.
import { clockTime } from './group-shares.ts'
import { normal } from './popularity.ts'

/** Rounds of balancing kinds against experts; what is left then is below a point of a token's share. */
const ROUNDS = 6
/** Weights stay above 0, so that a token that takes every expert finds all of them. */
const LEAST_WEIGHT = 1e-12
const MOST_WEIGHT = 1e9

/** Factors [class][expert] by which kinds of token differ, log-normal of deviation `affinity`. */
export function classTilts(
  classes: number,
  experts: number,
  affinity: number,
  random: () => number,
): Float64Array[] {
  return Array.from({ length: classes }, () =>
    Float64Array.from({ length: experts }, () => Math.exp(affinity * normal(random))),
  )
}

/**
 * Weights [class][expert] for successive sampling of `topK` experts. Kinds of these `frequencies` [class] together choose each
 * expert as often as `weights` [expert] would for all, counted as by exponential clocks (see weightsFor):
 * w = u_class * v_expert * tilt, with u and v such that every kind chooses topK and every expert keeps its share.
 */
export function classWeights(
  weights: Float64Array,
  topK: number,
  tilts: readonly Float64Array[],
  frequencies: Float64Array,
): Float64Array[] {
  const time = clockTime(weights, topK)
  const wanted = weights.map((weight) => -Math.expm1(-weight * time))
  const ofExpert = weights.map((weight) => weight * time)
  const ofClass = new Float64Array(tilts.length)
  const [expertRates, classRates] = [new Float64Array(weights.length), new Float64Array(tilts.length)]
  for (let round = 0; round < ROUNDS; round++) {
    for (const [c, tilt] of tilts.entries()) {
      for (let e = 0; e < tilt.length; e++) expertRates[e] = tilt[e]! * ofExpert[e]!
      ofClass[c] = clockTime(expertRates, topK)
    }
    for (let e = 0; e < ofExpert.length; e++) {
      for (let c = 0; c < tilts.length; c++) classRates[c] = ofClass[c]! * tilts[c]![e]!
      ofExpert[e] = clockTime(classRates, wanted[e]!, frequencies)
    }
  }
  return tilts.map((tilt, c) =>
    tilt.map((factor, e) =>
      Math.max(LEAST_WEIGHT, Math.min(factor * ofClass[c]! * ofExpert[e]!, MOST_WEIGHT)),
    ),
  )
}
