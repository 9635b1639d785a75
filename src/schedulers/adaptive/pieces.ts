// How many slices adaptive cuts experts into: as many as cost nothing by themselves.
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes } from '../../model/shape.ts'
import { slicesThatFit } from '../memory-fit.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { readsAnyChannel, sliceCosts } from './costs.ts'
import type { TypicalLayer } from './typical.ts'
import { typicalWindow, windowRoom, windowSizes } from './window.ts'

/** Below this a slice is mostly bookkeeping, unless it is a good part of its expert. */
const LEAST_BYTES = 2 ** 18
const LEAST_PART = 1 / 16
/** The same where no more than a few larger ones would fit beside tokens. */
const LEAST_OF_FEW = 2 ** 15
const MOST_SLICES = 256
/** Of all experts: planning takes as long as there are slices to plan. */
const MOST_SLICES_OF_ALL = 8192
/** A channel that is busy through its latency spends so much of its time on it. */
const LATENCY_SHARE = 0.02
/** What finer slices, which can be dealt better, may add to the time of a typical layer. */
const FINER_SHARE = 1.02
/** Computing that takes this share of reading stays hidden behind it, whichever experts are hot. */
const HIDDEN_SHARE = 0.25
/** On a die at a time: one at work, the other loading or waiting. */
const FEWEST_IN_FLIGHT = 2
/** So many are tried however narrow slices get, and so many at least where they do not. */
const THREE_IN_FLIGHT = 3 / FEWEST_IN_FLIGHT
const SOME_IN_FLIGHT = 6 / FEWEST_IN_FLIGHT

/**
 * Of the numbers of slices, each large enough for its channel and its cache port and small enough for SRAM, the largest with which
 * a typical layer takes about as long as with the best.
 */
export function adaptiveSlices(context: SchedulerContext, layer: TypicalLayer): number {
  const { model } = context
  const fewest = fewestSlices(context, 1)
  const cuttable = Math.max(1, Math.floor(model.expertIntermediate))
  const timesFewest = (times: number) => (fewest === 1 ? 1 : Math.min(cuttable, Math.ceil(fewest * times)))
  const [small, some] = [timesFewest(THREE_IN_FLIGHT), timesFewest(SOME_IN_FLIGHT)]
  const most = Math.min(
    MOST_SLICES,
    Math.floor(MOST_SLICES_OF_ALL / model.experts),
    cuttable,
    Math.floor(expertBytes(model) / leastBytes(context, layer)),
  )
  const finerShare = context.topology.dies === 1 ? 1 : FINER_SHARE
  let chosen = fewest
  let leastPs = typicalSlicesPs(context, layer, fewest)
  for (let slices = fewest + 1; slices <= Math.max(most, some); slices++) {
    const ps = typicalSlicesPs(context, layer, slices)
    // Dies that would have nothing to do make up for what narrow slices take.
    const mayBeNarrow = slices <= small || layer.activeExperts * slices <= context.topology.dies
    if (ps > finerShare * leastPs || (!mayBeNarrow && isTooNarrow(context, layer, slices))) continue
    chosen = slices
    leastPs = Math.min(leastPs, ps)
  }
  return chosen
}

/** A multiple of `step`. */
export function fewestSlices(context: SchedulerContext, step: number): number {
  return slicesThatFit(context, step, FEWEST_IN_FLIGHT)
}

/** Whether slices compute longer than whole experts, and for so long that it shows where some experts have many tokens. */
function isTooNarrow(context: SchedulerContext, { tokens }: TypicalLayer, slices: number): boolean {
  const whole = sliceCosts(context, 1)
  const slicedPs = slices * sliceCosts(context, slices).computePs(tokens)
  const isSlower = slicedPs > FINER_SHARE * whole.computePs(tokens)
  return isSlower && slicedPs > HIDDEN_SHARE * (whole.readPs + whole.innerPs(tokens))
}

/** What a typical layer takes if its slices are dealt evenly. One die has no dealing, but waits for its first slice. */
export function typicalSlicesPs(context: SchedulerContext, layer: TypicalLayer, slices: number): number {
  const { dies } = context.topology
  const costs = sliceCosts(context, slices)
  const evenly = (layer.activeExperts * slices) / dies
  const onDie = dies === 1 ? evenly : Math.ceil(evenly)
  const inputPs = (layer.activeExperts * costs.inputPs(layer.tokens)) / dies
  const sharers = readsAnyChannel(context)
    ? 1
    : Math.max(1, dies / context.hardware.memory.channelDies.length)
  const channelPs = sharers * (onDie * (costs.readPs + costs.innerPs(layer.tokens)) + inputPs)
  const computePs = onDie * costs.computePs(layer.tokens)
  const lessPs = Math.min(channelPs, computePs)
  const waitsPs = dies === 1 ? lessPs / onDie : 0
  // With one neither of channel and unit works while the other does, with two they wait for each other's longest.
  const window = typicalWindow(context, layer.allTokens, slices)
  const inFlightPs = (channelPs + computePs + onDie * costs.firstReadPs) / window
  return Math.max(channelPs, computePs, inFlightPs) + waitsPs + lessPs / window ** 3
}

/** The same of a die by itself, on which experts have so many tokens each. */
export function loneSlicesPs(context: SchedulerContext, tokensOf: Int32Array, slices: number): number {
  const costs = sliceCosts(context, slices)
  let channelPs = 0
  let computePs = 0
  let jobs = 0
  for (const tokens of tokensOf) {
    if (tokens === 0) continue
    jobs += slices
    channelPs += slices * (costs.readPs + costs.innerPs(tokens)) + costs.inputPs(tokens)
    computePs += slices * costs.computePs(tokens)
  }
  return Math.max(channelPs, computePs) + Math.min(channelPs, computePs) / jobs
}

function leastBytes(context: SchedulerContext, { allTokens }: TypicalLayer): number {
  const { hardware, model } = context
  const { memory, llc } = hardware
  const { wanted } = windowSizes(context, { slices: 1, tokens: allTokens, evenness: 1 })
  const { bestBytesPerPs } = new MemoryTiming(memory)
  const portPs = llc === undefined ? 0 : llc.missPs + llc.writePs
  const latencyPs = memory.access === 'serial' ? memory.latencyPs / LATENCY_SHARE : 0
  const fullWindow = Math.max(LEAST_OF_FEW, windowRoom(context, allTokens) / wanted)
  const least = Math.min(LEAST_BYTES, LEAST_PART * expertBytes(model), fullWindow)
  return Math.max(1, least, Math.max(portPs, latencyPs) * bestBytesPerPs)
}
