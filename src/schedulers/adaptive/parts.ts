// Into how many slices, in how many parts that lie apart, experts are best cut: tried on made-up layers.
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { arrivalsPs } from './arrival.ts'
import { balanceSlices } from './balance.ts'
import type { SliceCosts } from './costs.ts'
import { sliceGroups } from './layout.ts'
import { fewestSlices } from './pieces.ts'
import { planPs } from './plan-time.ts'
import type { BalanceSetting } from './setting.ts'
import { madeUpTokens } from './typical.ts'
import { typicalWindow } from './window.ts'

/** Made-up layers that a number of parts is tried on. */
const LAYERS = 3
/** From one number to try to the next, at least. */
const STEP = 1.5
/** Numbers in a row by which it gets worse, before larger ones are left untried. */
const PATIENCE = 3
/** Cuts that take so much of the least are as good; and one that is even whatever tokens choose, of which nothing is estimated. */
const AS_GOOD = 1.002
const EVEN_AS_GOOD = 1.02

export interface CutTrial {
  readonly context: SchedulerContext
  /** As many as cost nothing by themselves. */
  readonly slices: number
  readonly costsOf: (slices: number) => SliceCosts
  /** Of an iteration. */
  readonly tokens: number
  /** That are asked for. */
  readonly copies: number
  /** Whether results are sent back. */
  readonly combine: boolean
  /** Dies that hold each slice, the home first, with such a cut: [expert * slices + slice]. */
  readonly holdersOf: (cut: Cut) => readonly (readonly number[])[]
  readonly channelOf: (die: number) => number
}

export interface Cut {
  readonly slices: number
  /** That lie apart from each other. */
  readonly parts: number
}

interface Tried extends Cut {
  /** See CutTrial.holdersOf. */
  readonly holders: readonly (readonly number[])[]
  /** See BalanceSetting. */
  readonly startPs: Float64Array
  readonly endPs: Float64Array
}

/** Costs and holders follow from these: layers of a run are alike. */
const known = new WeakMap<HardwareSpec, WeakMap<ModelShape, Map<string, Cut>>>()

/**
 * The cut with which the fullest die has least to do: more parts even out which experts are active and how many tokens they have,
 * but each makes a die read the inputs of its expert once more.
 */
export function bestCut(trial: CutTrial): Cut {
  const { context, slices, tokens, copies, combine } = trial
  const ofHardware = known.get(context.hardware) ?? new WeakMap<ModelShape, Map<string, Cut>>()
  const ofModel = ofHardware.get(context.model) ?? new Map<string, Cut>()
  known.set(context.hardware, ofHardware.set(context.model, ofModel))
  const key = `${context.compat} ${slices} ${tokens} ${copies} ${combine}`
  const cut = ofModel.get(key) ?? triedCut(trial)
  ofModel.set(key, cut)
  return cut
}

function triedCut(trial: CutTrial): Cut {
  const layers = Array.from({ length: LAYERS }, (_, layer) =>
    madeUpTokens(trial.context, trial.tokens, layer),
  )
  const { topology, hardware } = trial.context
  // Where there are fewer tokens than dies, one rests on each of the first dies.
  const arrivals = arrivalsPs(topology.order.slice(0, trial.tokens), trial.context)
  const { latencyPs } = hardware.memory
  const startPs = arrivals.map((ps) => Math.max(ps, latencyPs))
  const endPs = trial.combine ? arrivals : new Float64Array(arrivals.length)
  const tried: { readonly cut: Cut; readonly ps: number }[] = []
  let leastPs = Infinity
  let worse = 0
  const tryCut = (cut: Cut) => {
    const holders = trial.holdersOf(cut)
    const toTry = { slices: cut.slices, parts: cut.parts, holders, startPs, endPs }
    let ps = 0
    // What is too much after some of the layers is too much after all.
    for (const tokens of layers) if (ps <= EVEN_AS_GOOD * leastPs) ps += plannedPs(trial, toTry, tokens)
    worse = ps > leastPs ? worse + 1 : 0
    leastPs = Math.min(leastPs, ps)
    tried.push({ cut, ps })
  }
  const { dies } = topology
  // With fewer experts than dies even one part lies on several, each of which is sent a message.
  const whole = fewestSlices(trial.context, 1)
  const isCostly = trial.costsOf(whole).messagePs > 0
  if (isCostly && trial.context.model.experts < dies && whole < trial.slices) {
    tryCut({ slices: whole, parts: 1 })
  }
  const most = Math.min(trial.slices, dies)
  for (
    let parts = 1;
    parts <= most && worse < PATIENCE;
    parts = Math.max(parts + 1, Math.floor(parts * STEP))
  ) {
    tryCut({ slices: trial.slices, parts })
  }
  const even = evenCut(trial)
  if (even !== undefined) {
    tryCut(even)
    if (tried.at(-1)!.ps <= EVEN_AS_GOOD * leastPs) return even
  }
  // Of those that are as good the one with most parts, which also evens out what is more uneven than what was made up.
  return tried.findLast(({ ps }) => ps <= AS_GOOD * leastPs)!.cut
}

/** As many slices of every expert on one die as on any other; undefined where experts have not so many columns. */
function evenCut({ context, slices }: CutTrial): Cut | undefined {
  const { dies } = context.topology
  const even = Math.max(fewestSlices(context, dies), dies * Math.floor(slices / dies))
  return even <= context.model.expertIntermediate ? { slices: even, parts: dies } : undefined
}

function plannedPs(
  trial: CutTrial,
  { slices, holders, startPs, endPs }: Tried,
  tokensOf: Int32Array,
): number {
  const { context, costsOf, tokens, channelOf } = trial
  const { dies, order } = context.topology
  const { experts } = context.model
  const costs = costsOf(slices)
  const active = Array.from(tokensOf.keys()).filter((expert) => tokensOf[expert]! > 0)
  const linkOf = (die: number) => context.topology.route(channelOf(die), die).links[0] ?? -1
  const groups = sliceGroups(active, slices, (expert, slice) => holders[expert * slices + slice]!)
  // In the order of planLayer, so that both are of one hidden class.
  const setting: BalanceSetting = {
    order,
    dies,
    experts,
    tokens,
    senders: Math.min(tokens, dies),
    tokensOf: (expert: number) => tokensOf[expert]!,
    costs,
    startPs,
    endPs,
    channelOf,
    isShared: false,
    linkOf,
    here: [],
  }
  return planPs(balanceSlices(groups, setting), setting, typicalWindow(context, tokens, slices))
}
