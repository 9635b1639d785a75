// Mean and 95 % interval of a few repetitions.

export interface Estimate {
  readonly mean: number
  /** Half-width of the 95 % confidence interval of the mean; absent for a single value. */
  readonly ci95?: number
}

/** Interval: t(97.5 %, n - 1) * s / sqrt(n), with the sample standard deviation s. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length
  const first = values[0]!
  // Summing differences keeps the mean of equal values exactly that value.
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / n
  if (n < 2) return { mean }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  return { mean, ci95: studentT975(n - 1) * Math.sqrt(variance / n) }
}

/**
 * The same for values drawn without replacement out of `population`, of which they are a part: the interval is
 * sqrt(1 - n / population) times as wide, and absent where they are all of it.
 */
export function estimateFrom(values: readonly number[], population: number): Estimate {
  const { mean, ci95 } = estimate(values)
  const share = values.length / population
  return ci95 === undefined || share >= 1 ? { mean } : { mean, ci95: ci95 * Math.sqrt(1 - share) }
}

/** 97.5 % quantile of Student's t for 1 to 30 degrees of freedom (any statistics textbook's table). */
const T975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** From 31 on, the Cornish-Fisher expansion around the normal quantile: right to four digits. */
export function studentT975(degreesOfFreedom: number): number {
  const tabled = T975[degreesOfFreedom - 1]
  if (tabled !== undefined) return tabled
  const z = 1.959964
  return (
    z +
    (z ** 3 + z) / (4 * degreesOfFreedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degreesOfFreedom ** 2)
  )
}
