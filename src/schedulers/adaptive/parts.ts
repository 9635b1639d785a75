// Into how many slices, in how many parts that lie apart, experts are best cut: tried on made-up layers.
import { blockOf } from '../../block-of.ts'
import { grouped } from '../../grouped.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { arrivalsPs } from './arrival.ts'
import { balanceSlices } from './balance.ts'
import type { SliceCosts } from './costs.ts'
import { flowPs } from './flow.ts'
import { sliceGroups } from './layout.ts'
import { fewestSlices } from './pieces.ts'
import type { BalanceSetting, Part } from './setting.ts'
import { madeUpTokens } from './typical.ts'
import { windowSizes } from './window.ts'

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
  const arrivals = typicalArrivalsPs(trial)
  const { latencyPs } = trial.context.hardware.memory
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
  const { dies } = trial.context.topology
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
  const parts = balanceSlices(groups, setting)
  const { messagesPs, tokensPs } = sendingPs(parts, trial, costs)
  return Math.max(
    fullestPs(parts, setting, messagesPs),
    messagesPs + movesPs(parts, setting, tokensPs),
    slowestFlowPs(parts, setting, trial, slices),
  )
}

function slowestFlowPs(
  parts: readonly Part[],
  { costs, tokens, dies, startPs, endPs }: BalanceSetting,
  { context }: CutTrial,
  slices: number,
): number {
  const { wanted, fitting } = windowSizes(context, { slices, tokens, evenness: 1 })
  const window = Math.max(1, Math.min(wanted, fitting))
  const away = (dies - 1) / dies
  const ofDies = grouped(parts, ({ die }) => die)
  return Math.max(
    ...[...ofDies].map(([die, own]) =>
      flowPs(own, { costs, tokens, window, away, startPs: startPs[die]!, endPs: endPs[die]! }),
    ),
  )
}

/** Until the last token has come, and, where they are sent back, from the first result that leaves to the last that is home. */
function movesPs(parts: readonly Part[], { startPs, endPs }: BalanceSetting, tokensPs: number): number {
  const farthest = (ps: Float64Array) => Math.max(...parts.map(({ die }) => ps[die]!))
  const homePs = farthest(endPs)
  return farthest(startPs) + tokensPs + (homePs > 0 ? tokensPs + homePs : 0)
}

/**
 * What a die that tokens rest on takes to send them: to each die that computes any once, in a message of its own. The last of
 * its messages starts when all others have, and some die waits for it.
 */
function sendingPs(
  parts: readonly Part[],
  { context, tokens }: CutTrial,
  { tokenPs, messagePs }: SliceCosts,
) {
  const { topology } = context
  const guests = new Float64Array(topology.dies)
  for (const part of parts) guests[part.die] = Math.min(tokens, guests[part.die]! + part.tokens)
  const senders = Math.min(tokens, topology.dies)
  const messages = guests.reduce((sum, count) => sum + Math.min(senders, count), 0) / senders
  const sent = guests.reduce((sum, count) => sum + count, 0) / senders
  return { messagesPs: messages * messagePs, tokensPs: sent * tokenPs }
}

/** See arrivalsPs; with few tokens spread over the dies as a run spreads them. */
function typicalArrivalsPs({ tokens, context }: CutTrial): Float64Array {
  const { order, dies } = context.topology
  const resting = Array.from(
    { length: Math.min(tokens, dies) },
    (_, token) => order[blockOf(token, tokens, dies)]!,
  )
  return arrivalsPs(tokens < dies ? resting : order, context)
}

/** Of channel, cache port and compute unit of all dies, what has most to do; `messagesPs`: before a unit has the last tokens. */
function fullestPs(
  parts: readonly Part[],
  { costs, dies, channelOf, startPs, endPs }: BalanceSetting,
  messagesPs: number,
): number {
  const channelPs = new Float64Array(dies)
  const portPs = new Float64Array(dies)
  const computePs = new Float64Array(dies)
  for (const { die, tokens, slices } of parts) {
    const channel = channelOf(die)
    const readPs = slices.length * (costs.readPs + costs.innerPs(tokens)) + costs.inputPs(tokens)
    channelPs[channel] = channelPs[channel]! + readPs
    portPs[die] = portPs[die]! + slices.length * costs.portPs
    computePs[die] = (computePs[die]! || startPs[die]! + messagesPs) + slices.length * costs.computePs(tokens)
  }
  const ends = (ps: number, die: number) => (computePs[die]! > 0 ? ps + endPs[die]! : ps)
  return Math.max(...channelPs.map(ends), ...portPs, ...computePs.map(ends))
}
