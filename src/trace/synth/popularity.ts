// How popular each expert of a layer is: log-normal, partly common to all requests, partly per topic.

/** Shares of the layer-wide and the per-topic part; their squares add to 1, so `skew` is the total deviation. */
const COMMON_PART = 0.8
const TOPIC_PART = 0.6

/** Keeps the rarest weight far above the smallest double, so that an extreme skew never makes a zero weight. */
const LOWEST_EXPONENT = -600

/** Standard normal numbers by Box and Muller, one per two uniform ones. */
export function normal(random: () => number): number {
  // 1 - u lies in (0, 1], where the logarithm exists.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/**
 * Weights [topic][expert] of one layer, the largest of each topic 1:
 * w = exp(skew * (0.8 * g_expert + 0.6 * g_expert,topic)), g standard normal.
 */
export function layerPopularity(
  experts: number,
  topics: number,
  skew: number,
  random: () => number,
): Float64Array[] {
  const common = Float64Array.from({ length: experts }, () => normal(random))
  return Array.from({ length: topics }, () => {
    const exponents = Float64Array.from(common, (g) => skew * (COMMON_PART * g + TOPIC_PART * normal(random)))
    const highest = exponents.reduce((a, b) => Math.max(a, b))
    return exponents.map((x) => Math.exp(Math.max(x - highest, LOWEST_EXPONENT)))
  })
}
