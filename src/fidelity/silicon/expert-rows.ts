// How many rows each expert of the busiest rank gets, as the measured kernels were given them.
import { randomStream } from '../../engine/random.ts'

export interface RoutingCase {
  /** Of the batch, over all ranks. */
  readonly tokens: number
  readonly topK: number
  readonly experts: number
  /** Experts are dealt to so many ranks in contiguous blocks of equal size. */
  readonly ranks: number
}

/** Draws that stand for what is expected: the source averages five, ours should not add noise of their own. */
const DRAWS = 12

/** Rows by expert of the rank with most rows, once for `balanced`, in several draws for a power law. */
export function expertRows(routing: RoutingCase, exponent: number | undefined): readonly Int32Array[] {
  if (exponent === undefined) return [balancedRows(routing)]
  const { tokens, topK, experts, ranks } = routing
  const random = randomStream(0, `power law ${exponent}, ${tokens} x ${topK} of ${experts} on ${ranks}`)
  return Array.from({ length: DRAWS }, () => busiest(powerLawRows(routing, exponent, random), ranks))
}

/** Every expert the same number of tokens, as near as integers allow: slot s of a token lies s strides further on. */
function balancedRows({ tokens, topK, experts, ranks }: RoutingCase): Int32Array {
  const stride = Math.ceil(experts / topK)
  const rows = new Int32Array(experts)
  // A full period of tokens meets every expert once in each slot.
  rows.fill(topK * Math.floor(tokens / experts))
  const left = tokens % experts
  // Fewer tokens than a stride are spread over it.
  const spread = tokens < stride ? stride / tokens : 1
  for (let token = 0; token < left; token++) {
    for (let slot = 0; slot < topK; slot++) {
      const expert = Math.floor(token * spread + slot * stride) % experts
      rows[expert] = rows[expert]! + 1
    }
  }
  return busiest(rows, ranks)
}

/**
 * Tokens of each expert from a density x^-exponent between 1 and 0.8 tokens (0.01 and 2 where there are no more pairs than experts), scaled
 * to all pairs and rounded; none has more than there are tokens. What rounding and this limit leave over is dealt one by
 * one to the ranks in turn: added to a rank's expert with fewest, taken from the one with most.
 */
function powerLawRows(
  { tokens, topK, experts, ranks }: RoutingCase,
  exponent: number,
  random: () => number,
): Int32Array {
  const pairs = tokens * topK
  const [least, most] = pairs > experts ? [1, Math.max(1, 0.8 * tokens)] : [0.01, 2]
  const drawn = Array.from({ length: experts }, () => powerLaw(exponent, least, most, random()))
  const scale = pairs / drawn.reduce((sum, value) => sum + value, 0)
  const rows = Int32Array.from(drawn, (value) => Math.min(tokens, Math.round(value * scale)))
  deal(rows, ranks, pairs - rows.reduce((sum, count) => sum + count, 0), tokens)
  return rows
}

/** The inverse of the distribution function at `u`. */
function powerLaw(exponent: number, least: number, most: number, u: number): number {
  if (exponent === 1) return least * (most / least) ** u
  const power = 1 - exponent
  return ((most ** power - least ** power) * u + least ** power) ** (1 / power)
}

function deal(rows: Int32Array, ranks: number, surplus: number, mostRows: number): void {
  const size = rows.length / ranks
  const step = Math.sign(surplus)
  // An expert that cannot take (or give) one counts as the worst choice, and a rank of such experts is passed over.
  const worth = (count: number) => (step > 0 ? (count < mostRows ? -count : -Infinity) : count || -Infinity)
  let passedOver = 0
  for (let rank = 0, left = Math.abs(surplus); left > 0 && passedOver < ranks; rank = (rank + 1) % ranks) {
    let best = rank * size
    for (let expert = best; expert < (rank + 1) * size; expert++) {
      if (worth(rows[expert]!) > worth(rows[best]!)) best = expert
    }
    const isPossible = worth(rows[best]!) > -Infinity
    passedOver = isPossible ? 0 : passedOver + 1
    if (!isPossible) continue
    rows[best] = rows[best]! + step
    left--
  }
}

/** The block of experts with most rows, the first of equals. */
function busiest(rows: Int32Array, ranks: number): Int32Array {
  const size = rows.length / ranks
  let best = rows.subarray(0, size)
  let bestSum = -1
  for (let rank = 0; rank < ranks; rank++) {
    const block = rows.subarray(rank * size, (rank + 1) * size)
    const sum = block.reduce((total, count) => total + count, 0)
    if (sum > bestSum) [best, bestSum] = [block, sum]
  }
  return best
}
