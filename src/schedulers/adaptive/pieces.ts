// How many slices adaptive cuts experts into: as many as cost nothing by themselves.
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes } from '../../model/shape.ts'
import { slicesThatFit } from '../memory-fit.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { sliceCosts } from './costs.ts'
import type { TypicalLayer } from './typical.ts'

/** Below this a slice is mostly bookkeeping, unless it is a good part of its expert. */
const LEAST_BYTES = 2 ** 18
const LEAST_PART = 1 / 16
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
/** So many times as many, and three fit: where slices have no start-up that makes larger ones pay more. */
const THREE_IN_FLIGHT = 3 / FEWEST_IN_FLIGHT

/**
 * Of the numbers of slices, each large enough for its channel and its cache port and small enough for SRAM, the largest with which
 * a typical layer takes about as long as with the best.
 */
export function adaptiveSlices(context: SchedulerContext, layer: TypicalLayer): number {
  const { model } = context
  const fewest = fewestSlices(context, 1)
  const small = fewest === 1 ? 1 : Math.ceil(THREE_IN_FLIGHT * fewest)
  const cuttable = Math.max(1, Math.floor(model.expertIntermediate))
  const most = Math.min(
    MOST_SLICES,
    Math.floor(MOST_SLICES_OF_ALL / model.experts),
    cuttable,
    Math.floor(expertBytes(model) / leastBytes(context)),
  )
  const finerShare = context.topology.dies === 1 ? 1 : FINER_SHARE
  let chosen = fewest
  let leastPs = typicalSlicesPs(context, layer, fewest)
  for (let slices = fewest + 1; slices <= Math.max(most, small); slices++) {
    const ps = typicalSlicesPs(context, layer, slices)
    if (ps > finerShare * leastPs || isTooNarrow(context, layer, slices)) continue
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
  const channelPs = onDie * (costs.readPs + costs.innerPs(layer.tokens)) + inputPs
  const computePs = onDie * costs.computePs(layer.tokens)
  const waitsPs = dies === 1 ? Math.min(channelPs, computePs) / onDie : 0
  return Math.max(channelPs, computePs) + waitsPs
}

function leastBytes({ hardware, model }: SchedulerContext): number {
  const { memory, llc } = hardware
  const { bestBytesPerPs } = new MemoryTiming(memory)
  const portPs = llc === undefined ? 0 : llc.missPs + llc.writePs
  const latencyPs = memory.access === 'serial' ? memory.latencyPs / LATENCY_SHARE : 0
  const least = Math.min(LEAST_BYTES, LEAST_PART * expertBytes(model))
  return Math.max(1, least, Math.max(portPs, latencyPs) * bestBytesPerPs)
}
