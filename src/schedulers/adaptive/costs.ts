// What a slice of an expert costs a die, by the number of tokens: what adaptive weighs dies by.
import { durationPs } from '../../engine/loop.ts'
import { computePs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import type { TierSpec } from '../../hardware/spec.ts'
import { expertBytes, expertHidden, matricesOf, tokenBytes } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { gatherLatencyPs } from './arrival.ts'

/** All in ps of the resource that is named. */
export interface SliceCosts {
  /** Channel, or the way from a tier beyond it, for the weights of a slice; where memory is shared at an equal part of all channels. */
  readonly readPs: number
  /** Channel, once for an expert however many of its slices the die has: inputs and outputs of full width. */
  readonly inputPs: (tokens: number) => number
  /** Channel, for the inner width of a slice. */
  readonly innerPs: (tokens: number) => number
  /** Cache port, for a slice. */
  readonly portPs: number
  /** Compute unit, for a slice. */
  readonly computePs: (tokens: number) => number
  /** Links into the die, for a token that rests elsewhere. */
  readonly tokenPs: number
  /** Before a compute unit has what it needs first. */
  readonly startPs: number
}

export function sliceCosts(context: SchedulerContext, slices: number): SliceCosts {
  const { hardware, model, topology, payloadBytesPerPs } = context
  const { memory, llc, compute } = hardware
  const timing = new MemoryTiming(memory)
  const sliceBytes = expertBytes(model) / slices
  const diesPerChannel = memory.shared ? topology.dies / memory.channelDies.length : 1
  const latencyPs = memory.access === 'serial' ? memory.latencyPs : 0
  const bytesPs = (bytes: number) => (bytes === 0 ? 0 : bytes / timing.bestBytesPerPs)
  const isInMemory = hardware.activations === 'memory'
  const elementBytes = matricesOf(model) * model.activationBytes
  const computes = new Map<number, number>()
  return {
    readPs: Math.max(
      diesPerChannel * (timing.meanTransferPs(Math.ceil(sliceBytes)) + latencyPs),
      ...(memory.tiers ?? []).map((tier) => tierPs(tier, sliceBytes, topology.dies)),
    ),
    inputPs: (tokens) => (isInMemory ? bytesPs(tokens * elementBytes * expertHidden(model)) : 0),
    innerPs: (tokens) =>
      isInMemory ? bytesPs((tokens * elementBytes * model.expertIntermediate) / slices) : 0,
    portPs: llc === undefined ? 0 : llc.missPs + llc.writePs,
    computePs: (tokens) => {
      const known = computes.get(tokens)
      if (known !== undefined) return known
      const ps = computePs(compute, model, tokens, slices)
      computes.set(tokens, ps)
      return ps
    },
    tokenPs: durationPs(tokenBytes(model), payloadBytesPerPs),
    startPs: Math.max(gatherLatencyPs(context), memory.latencyPs),
  }
}

/** For which the way from a tier is busy with a slice; one that dies share is so for each of them. */
function tierPs({ shared, startupPs, bytesPerPs }: TierSpec, bytes: number, dies: number): number {
  return (shared ? dies : 1) * (startupPs + bytes / bytesPerPs)
}
