// Who holds what when an iteration begins: given, or wherever is best.
import type { Package } from '../hardware/package.ts'
import type { Demand } from './demand.ts'

/** Shares of an expert, 0..1, by its id and die: slices over all slices, whose bytes may differ by one. */
export interface Held {
  readonly slices: number
  /** Of its weights that lie behind a die: home copies, copies, replicas. */
  inMemory(expert: number, die: number): number
  /** Of its weights that are on a die already. */
  onDie(expert: number, die: number): number
  /** Whether anything is. */
  readonly isAnyOnDies: boolean
}

/** Experts that the same channels can read. */
interface ReadGroup {
  readonly experts: number
  /** Share of an expert, on average, that is not on dies. */
  readonly missing: number
  /** What of an expert each could read. */
  readonly channels: readonly { readonly die: number; readonly share: number }[]
}

export interface Holders {
  readonly groups: readonly ReadGroup[]
  readonly isAnyPresent: boolean
  /** Weights count as held where they lie, and not only where they have been read. */
  readonly isReadHeld: boolean
  /** Share of an active expert (its place in the demand) that a set of dies holds. */
  heldInside(expert: number, isInside: Uint8Array): number
}

/** More groups than this are taken for one, which any of their channels can read: a weaker bound. */
const MOST_GROUPS = 2000

/** Shares are sums of fractions: as near to one as this is one. */
const ONCE = 1 + 1e-9

/** Every weight may lie behind any channel, or memory is shared. */
export function freeHolders(
  { experts, dies, weightBytes }: Demand,
  { hardware }: Package,
  held: Held,
): Holders {
  const { channelDies } = hardware.memory
  const most = (held.slices * Math.ceil(weightBytes / held.slices)) / weightBytes
  const present = presentOf(experts, dies, held, most)
  const missing = experts.reduce((sum, _, i) => sum + 1 - present.least(i), 0) / experts.length
  return {
    groups: [{ experts: experts.length, missing, channels: channelDies.map((die) => ({ die, share: 1 })) }],
    isAnyPresent: held.isAnyOnDies,
    isReadHeld: false,
    heldInside: present.inside,
  }
}

/** Weights lie where they lie. */
export function givenHolders({ experts, dies, weightBytes }: Demand, held: Held): Holders {
  // What lies in one place is as much at least, what could be there as much at most.
  const least = (held.slices * Math.floor(weightBytes / held.slices)) / weightBytes
  const most = (held.slices * Math.ceil(weightBytes / held.slices)) / weightBytes
  const shares = new Float64Array(experts.length * dies)
  const present = presentOf(experts, dies, held, most)
  const groups = new Map<string, { experts: number; missing: number; channels: ReadGroup['channels'] }>()
  /** What can be read in one place only. */
  const bound = new Float64Array(dies)
  experts.forEach((expert, i) => {
    const channels: { die: number; share: number }[] = []
    for (let die = 0; die < dies; die++) {
      const share = held.inMemory(expert, die)
      shares[i * dies + die] = share * most
      if (share > 0) channels.push({ die, share })
    }
    const missing = 1 - present.least(i)
    const total = channels.reduce((sum, { share }) => sum + share, 0)
    if (total <= ONCE) {
      for (const { die, share } of channels)
        bound[die] = bound[die]! + Math.max(0, share * least - (1 - missing))
      return
    }
    const roomy = channels.map(({ die, share }) => ({ die, share: Math.min(1, share * most) }))
    const key = roomy.map(({ die, share }) => `${die}:${share}`).join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { experts: 1, missing, channels: roomy })
    else {
      group.missing = (group.missing * group.experts + missing) / (group.experts + 1)
      group.experts++
    }
  })
  const single = [...bound].flatMap((count, die): ReadGroup[] =>
    count > 0 ? [{ experts: count, missing: 1, channels: [{ die, share: 1 }] }] : [],
  )
  return {
    groups: [
      ...single,
      ...(groups.size > MOST_GROUPS ? [joined([...groups.values()], dies)] : groups.values()),
    ],
    isAnyPresent: held.isAnyOnDies,
    isReadHeld: true,
    heldInside: (expert, isInside) => {
      let sum = present.inside(expert, isInside)
      for (let die = 0; die < dies; die++) if (isInside[die] === 1) sum += shares[expert * dies + die]!
      return Math.min(1, sum)
    },
  }
}

function joined(groups: readonly ReadGroup[], dies: number): ReadGroup {
  const experts = groups.reduce((sum, group) => sum + group.experts, 0)
  const missing = groups.reduce((sum, group) => sum + group.missing * group.experts, 0) / experts
  return { experts, missing, channels: Array.from({ length: dies }, (_, die) => ({ die, share: 1 })) }
}

/** `least`: what of an expert is on dies at most, each slice counted once. `most`: bytes of a slice at most, over their mean. */
function presentOf(experts: readonly number[], dies: number, held: Held, most: number) {
  const inside = (i: number, isInside: Uint8Array) => {
    if (!held.isAnyOnDies) return 0
    let sum = 0
    for (let die = 0; die < dies; die++) if (isInside[die] === 1) sum += held.onDie(experts[i]!, die) * most
    return Math.min(1, sum)
  }
  const everywhere = new Uint8Array(dies).fill(1)
  return { inside, least: (i: number) => inside(i, everywhere) }
}
