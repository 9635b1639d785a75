// Re-dispatch of naive FSE-DP: an expert's tokens spread over all dies as evenly as can be, with the fewest moves.
import type { Topology } from '../../hardware/topology.ts'
import type { PairRange } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'

/** Pairs whose tokens rest on one die. */
interface RestingPairs extends PairRange {
  readonly restingDie: number
}

/** What one die computes of an expert. */
export type TokenGroup = readonly RestingPairs[]

export const tokensIn = (group: TokenGroup) =>
  group.reduce((sum, { fromPair, toPair }) => sum + toPair - fromPair, 0)

/**
 * Groups of an expert's pairs by die. Sizes differ by at most one; the larger ones stay where most tokens rest, so that the
 * fewest move, and what moves comes from the nearest die that has too many. With fewer tokens than dies some are empty.
 */
export function redispatch(work: LayerWork, topology: Topology, expert: number): readonly TokenGroup[] {
  const { order, rank } = topology
  const fromPair = (die: number) => work.pairStart[expert * work.dies + rank[die]!]!
  const toPair = (die: number) => work.pairStart[expert * work.dies + rank[die]! + 1]!
  const resting = (die: number) => toPair(die) - fromPair(die)

  const tokens = order.reduce((sum, die) => sum + resting(die), 0)
  const smaller = Math.floor(tokens / topology.dies)
  const target = new Int32Array(topology.dies).fill(smaller)
  const fullestFirst = [...order].sort((a, b) => resting(b) - resting(a))
  for (const die of fullestFirst.slice(0, tokens % topology.dies)) target[die] = smaller + 1

  const kept = Int32Array.from(target, (most, die) => Math.min(most, resting(die)))
  const groups: RestingPairs[][] = Array.from(kept, (count, die) =>
    count > 0 ? [{ restingDie: die, fromPair: fromPair(die), toPair: fromPair(die) + count }] : [],
  )
  /** First pair of each die that has to go and has not found a die yet. */
  const leaving = Int32Array.from(kept, (count, die) => fromPair(die) + count)
  for (const die of order) {
    for (let missing = target[die]! - kept[die]!; missing > 0; ) {
      const givers = order.filter((other) => leaving[other]! < toPair(other))
      const restingDie = topology.nearest(die, givers)
      const from = leaving[restingDie]!
      const to = Math.min(from + missing, toPair(restingDie))
      groups[die]!.push({ restingDie, fromPair: from, toPair: to })
      leaving[restingDie] = to
      missing -= to - from
    }
  }
  return groups
}
