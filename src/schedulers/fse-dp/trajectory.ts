// The ways of experts through the package under FSE-DP: which dies they visit, and which channel reads what of them.
import { channelOf, nearestEvenly } from '../channels.ts'
import type { PairRange, Scheduler, SchedulerContext } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'

/** How weights are cut, and the die behind which each micro-slice lies where a weight has one home. */
export type StripedWeights = Pick<Scheduler, 'slices' | 'home'>

/** Micro-slices that are read one after the other by whichever channel comes first. */
export interface Share {
  /** Dies whose channels read them. */
  readonly channels: readonly number[]
  /** Place of the trajectory at which they enter; absent: where there is most free space (rule 5). */
  readonly place?: number
  readonly slices: readonly number[]
}

/** One expert's way through the package in this layer. */
export interface Trajectory {
  readonly expert: number
  /** Dies that hold tokens of the expert, in ring order. */
  readonly dies: readonly number[]
  /** Pairs computed at each die of `dies`. */
  readonly pairs: readonly PairRange[]
  /** All micro-slices of the expert, by what reads them. */
  readonly shares: readonly Share[]
}

/** Which channels read the micro-slices of an expert whose trajectory visits some dies; `turn`: how many experts came before. */
export type Sharing = (expert: number, dies: readonly number[], turn: number) => Share[]

/** The trajectories of experts in the order given; dies without tokens of one are not visited by it. */
export function trajectoriesOf(
  work: LayerWork,
  { topology }: SchedulerContext,
  sharing: Sharing,
  experts: readonly number[],
): Trajectory[] {
  return experts.map((expert, turn) => {
    const dies: number[] = []
    const pairs: PairRange[] = []
    for (const die of topology.ring) {
      const at = expert * work.dies + topology.rank[die]!
      const fromPair = work.pairStart[at]!
      const toPair = work.pairStart[at + 1]!
      if (fromPair === toPair) continue
      dies.push(die)
      pairs.push({ fromPair, toPair })
    }
    return { expert, dies, pairs, shares: sharing(expert, dies, turn) }
  })
}

/** Channel of each micro-slice. */
type ChannelRule = (expert: number, slice: number, turn: number) => number

/** Where each weight has one home its channel is there. In shared memory micro-slices are dealt over all channels, in ring order. */
function channelRule(
  { topology, hardware }: SchedulerContext,
  { slices, home }: StripedWeights,
  layout: 'even' | 'sequential',
): ChannelRule {
  const { shared, channelDies } = hardware.memory
  if (!shared || layout === 'sequential') return home
  const channels = [...topology.ring].filter((die) => channelDies.includes(die))
  return (_expert, slice, turn) => channels[(turn * slices + slice) % channels.length]!
}

/**
 * Entry all (sheet 4.6): each channel reads its micro-slices and sends them to the die of the trajectory that is nearest to it;
 * channels between several dies spread evenly over these.
 */
export function throughAllChannels(
  context: SchedulerContext,
  weights: StripedWeights,
  layout: 'even' | 'sequential',
): Sharing {
  const channelOfSlice = channelRule(context, weights, layout)
  return (expert, dies, turn) => {
    const byChannel = bySome(weights.slices, (slice) => channelOfSlice(expert, slice, turn))
    const entries = nearestEvenly(context.topology, byChannel.keys(), dies)
    const shares: Share[] = []
    byChannel.forEach((slices, channel) => {
      shares.push({ channels: [channel], place: dies.indexOf(entries.get(channel)!), slices })
    })
    return shares
  }
}

/**
 * Entry trajectory, in shared memory: micro-slice m enters at die m mod P of the trajectory's P dies, through that die's own or
 * nearest channel. Channels that are near to no die of it read nothing.
 */
export function throughOwnChannels(context: SchedulerContext, { slices }: StripedWeights): Sharing {
  const channel = channelOf(context)
  return (_expert, dies) =>
    Array.from(
      bySome(slices, (slice) => slice % dies.length),
      ([place, taken]) => ({
        channels: [channel(dies[place]!)],
        place,
        slices: taken,
      }),
    )
}

/**
 * Rule 5: in shared memory whichever channel is idle reads the next micro-slice; where a weight has one home, the channel there.
 * Where it goes is decided then.
 */
export function pooled({ hardware }: SchedulerContext, { slices, home }: StripedWeights): Sharing {
  const { shared, channelDies } = hardware.memory
  if (!shared) {
    return (expert) =>
      Array.from(
        bySome(slices, (slice) => home(expert, slice)),
        ([channel, taken]) => ({
          channels: [channel],
          slices: taken,
        }),
      )
  }
  const all = Array.from({ length: slices }, (_, slice) => slice)
  return () => [{ channels: channelDies, slices: all }]
}

/** Micro-slices, in order, by what a function says of them. */
function bySome(slices: number, of: (slice: number) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (let slice = 0; slice < slices; slice++) {
    const key = of(slice)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [slice])
    else group.push(slice)
  }
  return groups
}
