// What FSE-DP decides before a layer runs: the order of experts, their trajectories, and who may load what.
import { channelOf } from '../memory-fit.ts'
import type { PairRange, Scheduler, SchedulerContext } from '../scheduler.ts'
import { expertTokens, type LayerWork } from '../work.ts'

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

/** Micro-slices that are loaded one after the other by whichever taker comes first. */
export interface Share {
  /** Dies: those that load the micro-slices or, under rule 5 in memory of their own, those whose channels send them out. */
  readonly takers: readonly number[]
  readonly slices: readonly number[]
}

/** One expert's way through the package in this layer. */
export interface Trajectory {
  readonly expert: number
  /** Dies that hold tokens of the expert, in ring order. */
  readonly dies: readonly number[]
  /** Pairs computed at each die of `dies`. */
  readonly pairs: readonly PairRange[]
  /** All micro-slices of the expert, by who loads them. */
  readonly shares: readonly Share[]
}

/** Who loads the micro-slices of an expert whose trajectory visits some dies. */
export type Sharing = (expert: number, dies: readonly number[]) => Share[]

/** The trajectory of an expert: dies without tokens of it are not visited. */
export function trajectoryOf(
  work: LayerWork,
  { topology }: SchedulerContext,
  shared: Sharing,
  expert: number,
): Trajectory {
  const pairsOn = (die: number) => {
    const at = expert * work.dies + topology.rank[die]!
    return { fromPair: work.pairStart[at]!, toPair: work.pairStart[at + 1]! }
  }
  const holdsTokens = (die: number) => pairsOn(die).toPair > pairsOn(die).fromPair
  const dies = [...topology.ring].filter(holdsTokens)
  return { expert, dies, pairs: dies.map(pairsOn), shares: shared(expert, dies) }
}

/**
 * Without rule 5 every micro-slice has its die beforehand. Striping rule (sheet 4.6): micro-slice m is loaded at die m mod
 * P of the trajectory's P dies. Where a weight has one home, it enters at the trajectory's die nearest to it.
 */
export function striped({ topology, hardware }: SchedulerContext, weights: StripedWeights): Sharing {
  return (expert, dies) => {
    const placeOf = (slice: number) =>
      hardware.memory.shared
        ? slice % dies.length
        : dies.indexOf(topology.nearest(weights.home(expert, slice), dies))
    return dealt(weights.slices, dies, placeOf)
  }
}

/**
 * With rule 5 where a micro-slice goes is decided when it is loaded. In shared memory any die of the trajectory may take the
 * next one, through its own or nearest channel; where a weight has one home, only the channel there can send it out.
 */
export function undecided({ hardware }: SchedulerContext, weights: StripedWeights): Sharing {
  const { shared, channelDies } = hardware.memory
  const slices = Array.from({ length: weights.slices }, (_, slice) => slice)
  return (expert, dies) =>
    shared
      ? [{ takers: dies, slices }]
      : dealt(weights.slices, channelDies, (slice) => channelDies.indexOf(weights.home(expert, slice)))
}

/** One share for each taker that gets any micro-slice. */
function dealt(slices: number, takers: readonly number[], placeOf: (slice: number) => number): Share[] {
  const hands: number[][] = takers.map(() => [])
  for (let slice = 0; slice < slices; slice++) hands[placeOf(slice)]!.push(slice)
  return takers
    .map((taker, place) => ({ takers: [taker], slices: hands[place]! }))
    .filter(({ slices }) => slices.length > 0)
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
