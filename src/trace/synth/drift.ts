// Popularity in decode: prefill's, in part replaced by another of the same spread.
import { normal } from './popularity.ts'

/** Keeps the rarest weight far above the smallest double. */
const LOWEST_EXPONENT = -600

/** Weights [expert] whose logarithms keep sqrt(1 - drift^2) of those of `weights` and get `drift` of new ones of deviation `skew`. */
export function drifted(
  weights: Float64Array,
  drift: number,
  skew: number,
  random: () => number,
): Float64Array {
  const kept = Math.sqrt(1 - drift ** 2)
  const exponents = weights.map((weight) => kept * Math.log(weight) + drift * skew * normal(random))
  const highest = exponents.reduce((a, b) => Math.max(a, b))
  return exponents.map((x) => Math.exp(Math.max(x - highest, LOWEST_EXPONENT)))
}
