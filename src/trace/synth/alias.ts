// Alias sampler: draws an index with given weights in constant time.

/** Draws 0..weights.length-1 with probability proportional to weight. Weights: finite, >= 0, sum > 0. */
export class AliasSampler {
  private readonly size: number
  private readonly threshold: Float64Array
  /** [column][above the threshold]: the column itself, and its alias. */
  private readonly picks: Int32Array

  constructor(weights: Float64Array) {
    const size = weights.length
    this.size = size
    this.threshold = new Float64Array(size)
    this.picks = Int32Array.from({ length: 2 * size }, (_, place) => place >> 1)
    let sum = 0
    for (const weight of weights) sum += weight
    // Vose's method: columns below the mean are filled up by one above it.
    const height = weights.map((weight) => (weight / sum) * size)
    const small: number[] = []
    const large: number[] = []
    for (let i = 0; i < size; i++) (height[i]! < 1 ? small : large).push(i)
    while (small.length > 0 && large.length > 0) {
      const low = small.pop()!
      const high = large.pop()!
      this.threshold[low] = height[low]!
      this.picks[2 * low + 1] = high
      height[high] = height[high]! + height[low]! - 1
      const rest = height[high]! < 1 ? small : large
      rest.push(high)
    }
    // What rounding leaves over has height 1 up to an ulp and keeps its own column.
    for (const i of small.concat(large)) this.threshold[i] = 1
  }

  /**
   * One uniform number serves both as column and as height: 32 random bits are plenty for 65536 columns. No branch, as no
   * processor could foresee it.
   */
  draw(random: () => number): number {
    const point = random() * this.size
    const column = point | 0
    return this.picks[2 * column + Number(point - column >= this.threshold[column]!)]!
  }
}
