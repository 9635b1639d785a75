// Statistics of a list of numbers by their order: ranks, Spearman, Gini, Zipf, the largest few.

/** Ranks from 1, ties share the mean of theirs. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort()
  const distinct: number[] = []
  const rankOf: number[] = []
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1
    while (to < sorted.length && sorted[to] === sorted[from]) to++
    distinct.push(sorted[from]!)
    rankOf.push((from + 1 + to) / 2)
    from = to
  }
  const ranks = new Float64Array(values.length)
  for (let i = 0; i < ranks.length; i++) ranks[i] = rankOf[indexIn(distinct, values[i]!)]!
  return ranks
}

/** Where `value`, which is in it, stands in an ascending list. */
function indexIn(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Rank correlation of two equally long lists, -1 to 1; undefined where one of them is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const ranksA = averageRanks(a)
  const ranksB = averageRanks(b)
  const mean = (ranksA.length + 1) / 2
  let covariance = 0
  let varianceA = 0
  let varianceB = 0
  for (let i = 0; i < ranksA.length; i++) {
    const fromA = ranksA[i]! - mean
    const fromB = ranksB[i]! - mean
    covariance += fromA * fromB
    varianceA += fromA * fromA
    varianceB += fromB * fromB
  }
  return varianceA === 0 || varianceB === 0 ? undefined : covariance / Math.sqrt(varianceA * varianceB)
}

/** sum_i (2 i - n - 1) v_(i) / (n sum v), v ascending, i from 1; undefined where all are 0. */
export function gini(values: ArrayLike<number>): number | undefined {
  const ascending = Float64Array.from(values).sort()
  const n = ascending.length
  let sum = 0
  let weighted = 0
  for (let i = 0; i < n; i++) {
    sum += ascending[i]!
    weighted += (2 * (i + 1) - n - 1) * ascending[i]!
  }
  return sum === 0 ? undefined : weighted / (n * sum)
}

/** Minus the least-squares slope of ln(count) on ln(rank) over counts > 0, ranks from 1; undefined for fewer than two. */
export function zipfExponent(counts: ArrayLike<number>): number | undefined {
  const descending = Array.from(counts)
    .filter((count) => count > 0)
    .sort((a, b) => b - a)
  const n = descending.length
  if (n < 2) return undefined
  const x = descending.map((_, i) => Math.log(i + 1))
  const y = descending.map((count) => Math.log(count))
  const meanX = x.reduce((a, b) => a + b) / n
  const meanY = y.reduce((a, b) => a + b) / n
  let covariance = 0
  let variance = 0
  for (let i = 0; i < n; i++) {
    covariance += (x[i]! - meanX) * (y[i]! - meanY)
    variance += (x[i]! - meanX) ** 2
  }
  // Equal counts have slope 0, which must not come out as -0.
  return 0 - covariance / variance
}

/** Indices from the largest value to the smallest, equal ones by index. */
export function byDescending(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b)
}

/** What the `count` largest values hold of the sum; undefined where that is 0. */
export function shareOfLargest(values: ArrayLike<number>, count: number): number | undefined {
  const ascending = Float64Array.from(values).sort()
  let sum = 0
  let largest = 0
  for (let i = 0; i < ascending.length; i++) {
    sum += ascending[i]!
    if (i >= ascending.length - count) largest += ascending[i]!
  }
  return sum === 0 ? undefined : largest / sum
}
