// What FSE-DP decides before a layer runs: the order of experts, their trajectories, and which die loads what.
import { channelOf } from './memory-fit.ts'
import type { Scheduler, SchedulerContext } from './scheduler.ts'
import { expertTokens, type LayerWork } from './work.ts'

/** Active experts by id, or paired: most tokens, fewest tokens, second most, ... (sheet 4.8; ties by lower id). */
export function expertOrder(work: LayerWork, isPaired: boolean): number[] {
  if (!isPaired) return [...work.activeExperts]
  const hottestFirst = [...work.activeExperts].sort(
    (a, b) => expertTokens(work, b) - expertTokens(work, a) || a - b,
  )
  const order: number[] = []
  for (let hot = 0, cold = hottestFirst.length - 1; hot <= cold; hot++, cold--) {
    order.push(hottestFirst[hot]!)
    if (cold > hot) order.push(hottestFirst[cold]!)
  }
  return order
}

/** How weights are cut, and the die behind which each micro-slice lies. */
export type StripedWeights = Pick<Scheduler, 'slices' | 'home'>

/** One expert's way through the package in this layer. */
export interface Trajectory {
  readonly expert: number
  /** Dies that hold tokens of the expert, in ring order. */
  readonly dies: readonly number[]
  /** Micro-slices that enter the ring at each die of `dies`, in load order. */
  readonly entering: readonly (readonly number[])[]
  /** Pairs computed at each die of `dies`: [from, to). */
  readonly pairs: readonly { readonly from: number; readonly to: number }[]
}

/**
 * The trajectory of an expert: dies without tokens of it are not visited. Striping rule (sheet 4.6): micro-slice m is
 * loaded at die m mod P of the trajectory's P dies. Where a weight has one home, it enters at the die nearest to it.
 */
export function trajectory(
  work: LayerWork,
  context: SchedulerContext,
  weights: StripedWeights,
  expert: number,
): Trajectory {
  const { topology, hardware } = context
  const rangeOn = (die: number) => {
    const at = expert * work.dies + topology.rank[die]!
    return { from: work.pairStart[at]!, to: work.pairStart[at + 1]! }
  }
  const dies = [...topology.ring].filter((die) => rangeOn(die).to > rangeOn(die).from)
  const entering: number[][] = dies.map(() => [])
  for (let slice = 0; slice < weights.slices; slice++) {
    const place = hardware.memory.shared
      ? slice % dies.length
      : dies.indexOf(topology.nearest(weights.home(expert, slice), dies))
    entering[place]!.push(slice)
  }
  return { expert, dies, entering, pairs: dies.map(rangeOn) }
}

/** Channel die through which a micro-slice is read for the die at which it enters. */
export function channelFor(
  context: SchedulerContext,
  weights: StripedWeights,
): (expert: number, slice: number, die: number) => number {
  const channel = channelOf(context)
  return context.hardware.memory.shared
    ? (_expert, _slice, die) => channel(die)
    : (expert, slice) => weights.home(expert, slice)
}
