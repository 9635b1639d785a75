// Which experts are chosen together (S8): by one token in a layer, or by one token in two adjacent layers.
import { shareOfLargest } from './ranks.ts'

/** Selections of each unordered pair i < j by one token of a table [token][slot]; an expert twice in a token is no pair. */
export function pairCounts(table: Uint16Array, experts: number, topK: number): Float64Array {
  const counts = new Float64Array((experts * (experts - 1)) / 2)
  for (let start = 0; start < table.length; start += topK) {
    for (let a = start; a < start + topK; a++) {
      for (let b = a + 1; b < start + topK; b++) {
        const i = Math.min(table[a]!, table[b]!)
        const j = Math.max(table[a]!, table[b]!)
        if (i !== j) counts[i * experts - (i * (i + 1)) / 2 + j - i - 1]!++
      }
    }
  }
  return counts
}

/** A tenth of so many pairs, rounded up. */
export function hotPairCount(pairs: number): number {
  return Math.ceil(pairs / 10)
}

/** What the most frequent tenth of the pairs holds of all co-selections; undefined where there are none. */
export function hotPairShare(counts: Float64Array): number | undefined {
  return shareOfLargest(counts, hotPairCount(counts.length))
}

/** The most frequent pair's share over 1 / pairs, what it would be if all pairs were alike: ratio of S8. */
export function hottestPairRatio(counts: Float64Array): number | undefined {
  const sum = counts.reduce((a, b) => a + b, 0)
  return sum === 0 ? undefined : (counts.reduce((a, b) => Math.max(a, b)) * counts.length) / sum
}
