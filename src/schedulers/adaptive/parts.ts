// Into how many parts, which lie apart, experts are best cut: tried on made-up layers.
import { randomStream } from '../../engine/random.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { balanceSlices } from './balance.ts'
import type { SliceCosts } from './costs.ts'
import { sliceGroups } from './layout.ts'
import type { BalanceSetting, Part } from './setting.ts'

/** Made-up layers that a number of parts is tried on. */
const LAYERS = 3
/** Drawn for a layer; where tokens choose more often, all counts are larger by as much. */
const MOST_CHOICES = 2 ** 15
/** From one number to try to the next, at least. */
const STEP = 1.5
/** Numbers in a row by which it gets worse, before larger ones are left untried. */
const PATIENCE = 3
/** By which more parts, which are more inputs to read, have to be better. */
const LEAST_GAIN = 0.002

export interface PartsTrial {
  readonly context: SchedulerContext
  readonly costs: SliceCosts
  readonly slices: number
  /** Of an iteration. */
  readonly tokens: number
  /** That are asked for. */
  readonly copies: number
  /** Dies that hold each slice, the home first, with so many parts: [expert * slices + slice]. */
  readonly holdersOf: (parts: number) => readonly (readonly number[])[]
  readonly channelOf: (die: number) => number
}

/** Costs and holders follow from these: layers of a run are alike. */
const known = new WeakMap<HardwareSpec, WeakMap<ModelShape, Map<string, number>>>()

/**
 * The number of parts with which the fullest die has least to do: more parts even out which experts are active and how many
 * tokens they have, but each makes a die read the inputs of its expert once more.
 */
export function bestParts(trial: PartsTrial): number {
  const { context, slices, tokens, copies } = trial
  const ofHardware = known.get(context.hardware) ?? new WeakMap<ModelShape, Map<string, number>>()
  const ofModel = ofHardware.get(context.model) ?? new Map<string, number>()
  known.set(context.hardware, ofHardware.set(context.model, ofModel))
  const key = `${context.compat} ${slices} ${tokens} ${copies}`
  const parts = ofModel.get(key) ?? triedParts(trial)
  ofModel.set(key, parts)
  return parts
}

function triedParts(trial: PartsTrial): number {
  const most = Math.min(trial.slices, trial.context.topology.dies)
  const layers = Array.from({ length: LAYERS }, (_, layer) => madeUpTokens(trial, layer))
  let best = 1
  let leastPs = Infinity
  let worse = 0
  for (
    let parts = 1;
    parts <= most && worse < PATIENCE;
    parts = Math.max(parts + 1, Math.floor(parts * STEP))
  ) {
    const holders = trial.holdersOf(parts)
    const ps = layers.reduce((sum, tokens) => sum + plannedPs(trial, holders, tokens), 0)
    worse = ps > leastPs ? worse + 1 : 0
    if (ps > (1 - LEAST_GAIN) * leastPs) continue
    best = parts
    leastPs = ps
  }
  return best
}

function plannedPs(
  { context, costs, slices, tokens, channelOf }: PartsTrial,
  holders: readonly (readonly number[])[],
  tokensOf: Int32Array,
): number {
  const { dies, order } = context.topology
  const { experts } = context.model
  const active = Array.from(tokensOf.keys()).filter((expert) => tokensOf[expert]! > 0)
  const groups = sliceGroups(active, slices, (expert, slice) => holders[expert * slices + slice]!)
  const setting = {
    ...{ order, dies, experts, tokens, costs, channelOf, isShared: false },
    tokensOf: (expert: number) => tokensOf[expert]!,
  }
  return fullestPs(balanceSlices(groups, setting), setting)
}

/** Of channel and compute unit of all dies, what has most to do. */
function fullestPs(parts: readonly Part[], { costs, dies, channelOf }: BalanceSetting): number {
  const channelPs = new Float64Array(dies)
  const computePs = new Float64Array(dies).fill(costs.startPs)
  for (const { die, tokens, slices } of parts) {
    const channel = channelOf(die)
    const readPs = slices.length * (costs.readPs + costs.innerPs(tokens)) + costs.inputPs(tokens)
    channelPs[channel] = channelPs[channel]! + readPs
    computePs[die] = computePs[die]! + slices.length * costs.computePs(tokens)
  }
  return Math.max(...channelPs, ...computePs)
}

/** By expert: each choice of a token is drawn by itself, experts being as popular as the model's routing is skewed. */
function madeUpTokens({ context, tokens }: PartsTrial, layer: number): Int32Array {
  const { experts, topK, routing } = context.model
  const random = randomStream(layer, 'typical layer')
  const upTo = new Float64Array(experts)
  let sum = 0
  for (let expert = 0; expert < experts; expert++) {
    sum += exponential(routing.skew * normal(random))
    upTo[expert] = sum
  }
  const choices = Math.min(MOST_CHOICES, tokens * topK)
  const tokensOf = new Float64Array(experts)
  for (let choice = 0; choice < choices; choice++) {
    const expert = firstAbove(upTo, random() * sum)
    tokensOf[expert] = tokensOf[expert]! + 1
  }
  return Int32Array.from(tokensOf, (count) => Math.min(tokens, Math.round((count * tokens * topK) / choices)))
}

/** Index of the first of some ascending numbers that is above another one, or the last. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Of mean 0 and variance 1, nearly normal. */
function normal(random: () => number): number {
  let sum = -6
  for (let draw = 0; draw < 12; draw++) sum += random()
  return sum
}

/** By multiplications alone, so that it is the same on all versions of Node. */
function exponential(x: number): number {
  let power = 1 + x / 1024
  for (let doubling = 0; doubling < 10; doubling++) power *= power
  return power
}
