// Which memory channel a die reads through: where memory is shared any of them, else that of the weight's home.
import { sortFew } from '../engine/sort-few.ts'
import { fail } from '../errors.ts'
import type { Topology } from '../hardware/topology.ts'
import type { OptionSpec } from './options.ts'
import type { SchedulerContext } from './scheduler.ts'

/**
 * For each of some dies the nearest of `targets`. Where several are equally near, the one that has been given to the fewest
 * dies, then the first in die order; dies that have no choice come first, those with most choice last.
 */
export function nearestEvenly(
  topology: Topology,
  dies: Iterable<number>,
  targets: readonly number[],
): Map<number, number> {
  const { rank } = topology
  const byRank = (a: number, b: number) => rank[a]! - rank[b]!
  const choices: { die: number; nearest: number[] }[] = []
  for (const die of dies) choices.push({ die, nearest: nearestOf(topology, die, targets) })
  sortFew(choices, (a, b) => a.nearest.length - b.nearest.length || byRank(a.die, b.die))
  const given = new Map<number, number>()
  const times = (target: number) => given.get(target) ?? 0
  const targetOf = new Map<number, number>()
  for (const { die, nearest } of choices) {
    sortFew(nearest, byRank)
    const target = nearest.reduce((best, other) => (times(other) < times(best) ? other : best))
    given.set(target, times(target) + 1)
    targetOf.set(die, target)
  }
  return targetOf
}

function nearestOf(topology: Topology, die: number, targets: readonly number[]): number[] {
  // No other is as near: what spares large packages the hops of all pairs.
  if (targets.includes(die)) return [die]
  let nearest: number[] = []
  let fewest = Infinity
  for (const target of targets) {
    const hops = topology.hops(target, die)
    if (hops < fewest) {
      nearest = [target]
      fewest = hops
    } else if (hops === fewest) nearest.push(target)
  }
  return nearest
}

/** The channel of a die: its own, or the nearest one, dies between several spread evenly over them. */
export function channelOf({ topology, hardware }: SchedulerContext): (die: number) => number {
  const channels = nearestEvenly(topology, topology.order, hardware.memory.channelDies)
  return (die) => channels.get(die)!
}

/** Option of schedulers that can be held to one channel a die. */
export const CHANNELS = {
  type: 'enum',
  default: 'any',
  values: ['any', 'own'],
  doc: 'where memory is shared: any = read in parts through the channels that will be free first; own = through that of the die alone, or the nearest',
  source: 'FSE-DP paper (arXiv 2603.27624): its EP baseline reads own channels',
} as const satisfies OptionSpec

/**
 * The channel through which a die reads weights that have no home; undefined = any. UserError where there is nothing to choose
 * from, so that `own` would change nothing.
 */
export function sharedSource(
  context: SchedulerContext,
  channels: 'any' | 'own',
): (die: number) => number | undefined {
  if (channels === 'any') return () => undefined
  const { name, memory } = context.hardware
  if (memory.shared && memory.channelDies.length > 1) return channelOf(context)
  return fail('conflict', {
    what: `channels=own changes nothing on ${name}, where ${memory.shared ? 'there is one memory channel' : 'each weight has one home'}`,
    hint: 'leave channels out',
  })
}
