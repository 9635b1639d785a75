// What physics allows: lower bounds on a layer's time that hold for every schedule of its work.
//
//   compute    useful FLOPs / (dies * best rate of a die)
//   memory     bytes of the experts that are needed and not read before / bandwidth of all channels together
//   tier       of these bytes, what must come from a memory beyond, over all ways to it, or be multiplied there
//   link       what must cross the links of one die
//   bisection  what must cross the middle of the package
//
// Across a border, for each expert whose weights do not lie inside: either the missing weights come in, or the tokens
// inside go out (a token that goes out serves up to top-k experts, so each counts for a k-th of it). Hence at least
// sum over experts of min(missing weight bytes, tokens * token bytes / k) must cross, in whichever direction; and the
// same seen from the other side of the border.
import { bestFlopPerPs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import type { Package } from '../../hardware/package.ts'
import { expertBytes, flopPerToken, tokenBytes } from '../../model/shape.ts'
import { expertTokens, type LayerWork, pairCount } from '../../schedulers/work.ts'

/** Shares are sums of fractions: this near to one is one. */
const ALL_HELD = 1 - 1e-9

export const BOUNDS = ['compute', 'memory', 'tier', 'link', 'bisection'] as const
export type BoundName = (typeof BOUNDS)[number]
/** In ps, not rounded. */
export type Bounds = Record<BoundName, number>

/** Weights that are where they are needed. */
export interface HeldWeights {
  /** Share of an expert's weights that lies behind a die, home copies and replicas, 0..1. */
  readonly share: (expert: number, die: number) => number
  /** Of the experts that are needed, what is on dies before the layer starts; absent = nothing. */
  readonly presentBytes?: number
  /** Where there are memories beyond: bytes of needed experts that are nearer than each. */
  readonly nearerBytes?: readonly number[]
  /** Whether weights are used where they lie, too. */
  readonly usesCores?: boolean
}

export function layerBounds(work: LayerWork, pkg: Package, held: HeldWeights): Bounds {
  const { hardware, topology, model } = pkg
  const { memory } = hardware
  const flop = flopPerToken(model) * pairCount(work)
  const weightBytes = expertBytes(model) * work.activeExperts.length - (held.presentBytes ?? 0)
  const cores = held.usesCores ? coresOf(pkg) : { flopPerPs: 0, bytesPerPs: 0 }
  const channelBytesPerPs = memory.channelDies.length * new MemoryTiming(memory).bestBytesPerPs
  // Where weights are used beyond the dies, none of their links has to carry anything.
  const { link, bisection } = held.usesCores
    ? { link: 0, bisection: 0 }
    : crossingBounds(work, pkg, held.share)
  const dieFlopPerPs = topology.dies * bestFlopPerPs(hardware.compute, model.weightBytes)
  return {
    compute: flop / (dieFlopPerPs + cores.flopPerPs),
    memory: weightBytes / (channelBytesPerPs + cores.bytesPerPs),
    tier: tierBound(weightBytes, pkg, held.nearerBytes, cores.bytesPerPs),
    link,
    bisection,
  }
}

/** All cores beside memories beyond the dies, together. */
function coresOf({ hardware, topology }: Package): { flopPerPs: number; bytesPerPs: number } {
  const all = { flopPerPs: 0, bytesPerPs: 0 }
  for (const { compute, shared } of hardware.memory.tiers ?? []) {
    const times = shared ? 1 : topology.dies
    all.flopPerPs += (compute?.flopPerPs ?? 0) * times
    all.bytesPerPs += (compute?.bytesPerPs ?? 0) * times
  }
  return all
}

/** The slowest way in from a memory beyond; `coreBytesPerPs`: at which weights beyond are used there instead. */
function tierBound(
  weightBytes: number,
  { hardware, topology }: Package,
  nearerBytes: readonly number[] = [],
  coreBytesPerPs: number,
): number {
  const ps = (hardware.memory.tiers ?? []).map(({ shared, bytesPerPs }, i) => {
    const ways = shared ? 1 : topology.dies
    return Math.max(0, weightBytes - (nearerBytes[i] ?? 0)) / (bytesPerPs * ways + coreBytesPerPs)
  })
  return Math.max(0, ...ps)
}

/** The largest bound and its name. */
export function binding(bounds: Bounds): { name: BoundName; ps: number } {
  return BOUNDS.map((name) => ({ name, ps: bounds[name] })).reduce((a, b) => (b.ps > a.ps ? b : a))
}

function crossingBounds(
  work: LayerWork,
  pkg: Package,
  heldShare: HeldWeights['share'],
): Pick<Bounds, 'link' | 'bisection'> {
  const bounds = { link: 0, bisection: 0 }
  // Activations move for free there, so nothing has to cross.
  if (pkg.compat === 'paper') return bounds
  const { cuts } = pkg.topology
  const crossingBytes = new Float64Array(cuts.length)
  const held = new Float64Array(work.dies)
  for (const expert of work.activeExperts) addCrossings(work, pkg, expert, heldShare, held, crossingBytes)
  const { link } = pkg.hardware
  cuts.forEach((cut, i) => {
    const lanes = link.duplex === 'half' ? cut.linksIn : cut.linksIn + cut.linksOut
    const ps = crossingBytes[i]! / (lanes * pkg.payloadBytesPerPs)
    bounds[cut.kind] = Math.max(bounds[cut.kind], ps)
  })
  return bounds
}

/** Adds to every cut what one expert makes cross it: for the tokens inside, and for those outside. */
function addCrossings(
  work: LayerWork,
  { topology, model }: Package,
  expert: number,
  heldShare: HeldWeights['share'],
  held: Float64Array,
  crossingBytes: Float64Array,
): void {
  const firstPair = expert * work.dies
  let heldInAll = 0
  for (let die = 0; die < work.dies; die++) {
    held[die] = heldShare(expert, die)
    heldInAll += held[die]!
  }
  const tokensInAll = expertTokens(work, expert)
  const weightBytes = expertBytes(model)
  const bytesPerToken = tokenBytes(model) / model.topK
  const needed = (heldHere: number, tokensHere: number) =>
    heldHere > ALL_HELD ? 0 : Math.min(weightBytes * (1 - heldHere), tokensHere * bytesPerToken)
  topology.cuts.forEach(({ diesInside }, i) => {
    let heldInside = 0
    let tokensInside = 0
    for (const die of diesInside) {
      heldInside += held[die]!
      const at = firstPair + topology.rank[die]!
      tokensInside += work.pairStart[at + 1]! - work.pairStart[at]!
    }
    const inward = needed(heldInside, tokensInside)
    const outward = needed(heldInAll - heldInside, tokensInAll - tokensInside)
    crossingBytes[i] = crossingBytes[i]! + inward + outward
  })
}
