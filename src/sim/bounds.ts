// What physics allows: lower bounds on a layer's time that hold for every schedule of its work.
//
//   compute    useful FLOPs / (dies * best rate of a die)
//   memory     bytes of the experts that are needed / bandwidth of all channels together
//   link       what must cross the links of one die
//   bisection  what must cross the middle of the package
//
// Across a border, for each expert whose weights do not lie inside: either the missing weights come in, or the tokens
// inside go out (a token that goes out serves up to top-k experts, so each counts for a k-th of it). Hence at least
// sum over experts of min(missing weight bytes, tokens * token bytes / k) must cross, in whichever direction; and the
// same seen from the other side of the border.
import { bestFlopPerPs } from '../hardware/compute.ts'
import { MemoryTiming } from '../hardware/memory.ts'
import type { HardwareSpec } from '../hardware/spec.ts'
import type { Cut, Topology } from '../hardware/topology.ts'
import { expertBytes, flopPerToken, type ModelShape, tokenBytes } from '../model/shape.ts'
import type { Compat } from '../schedulers/scheduler.ts'
import type { LayerWork } from '../schedulers/work.ts'

export const BOUNDS = ['compute', 'memory', 'link', 'bisection'] as const
export type BoundName = (typeof BOUNDS)[number]
/** In ps, not rounded. */
export type Bounds = Record<BoundName, number>

export interface BoundSetting {
  readonly hardware: HardwareSpec
  readonly topology: Topology
  readonly model: ModelShape
  readonly compat: Compat
  /** Share of an expert's weights that lies behind a die, home copies and replicas, 0..1. */
  readonly heldShare: (expert: number, die: number) => number
}

export function layerBounds(work: LayerWork, setting: BoundSetting): Bounds {
  const { hardware, topology, model } = setting
  const { memory } = hardware
  const flop = flopPerToken(model) * work.pairToken.length
  const weightBytes = expertBytes(model) * work.activeExperts.length
  const crossing = (kind: Cut['kind']) =>
    topology.cuts
      .filter((cut) => cut.kind === kind)
      .reduce((most, cut) => Math.max(most, crossingPs(work, setting, cut)), 0)
  return {
    compute: flop / (topology.dies * bestFlopPerPs(hardware.compute)),
    memory: weightBytes / (memory.channelDies.length * new MemoryTiming(memory).bestBytesPerPs),
    link: crossing('link'),
    bisection: crossing('bisection'),
  }
}

/** The largest bound and its name. */
export function binding(bounds: Bounds): { name: BoundName; ps: number } {
  return BOUNDS.map((name) => ({ name, ps: bounds[name] })).reduce((a, b) => (b.ps > a.ps ? b : a))
}

function crossingPs(work: LayerWork, setting: BoundSetting, cut: Cut): number {
  // Activations move for free there, so nothing has to cross.
  if (setting.compat === 'paper') return 0
  // What the two sides need from each other is different data, so both count.
  const bytes =
    neededFromOutside(work, setting, cut.diesInside) + neededFromOutside(work, setting, cut.diesOutside)
  const { link } = setting.hardware
  const lanes = link.duplex === 'half' ? cut.linksIn : cut.linksIn + cut.linksOut
  return bytes / (lanes * link.bytesPerPs * link.efficiency)
}

/** The least that must cross the border of a set of dies so that its tokens meet the weights they need. */
function neededFromOutside(work: LayerWork, setting: BoundSetting, dies: readonly number[]): number {
  const { topology, model } = setting
  const weightBytes = expertBytes(model)
  const bytesPerToken = tokenBytes(model) / model.topK
  let bytes = 0
  for (const expert of work.activeExperts) {
    let held = 0
    let tokens = 0
    for (const die of dies) {
      held += setting.heldShare(expert, die)
      const at = expert * work.dies + topology.rank[die]!
      tokens += work.pairStart[at + 1]! - work.pairStart[at]!
    }
    if (held < 1) bytes += Math.min(weightBytes * (1 - held), tokens * bytesPerToken)
  }
  return bytes
}
