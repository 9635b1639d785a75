// What a slice of an expert costs a die, by the number of tokens: what adaptive weighs dies by.
import { durationPs } from '../../engine/loop.ts'
import { computePs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import type { TierSpec } from '../../hardware/spec.ts'
import type { Cut } from '../../hardware/topology.ts'
import { expertBytes, expertHidden, matricesOf, tokenBytes } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { exchangeStartupPs, gatherLatencyPs } from './arrival.ts'

/** All in ps of the resource that is named. */
export interface SliceCosts {
  /** Links into the die, for the weights of a slice that it reads through a channel elsewhere. */
  readonly wayPs: number
  /** Channel, or the way from a tier beyond it, for the weights of a slice; at an equal part of all channels where a die reads through any. */
  readonly readPs: number
  /** Channel, once for an expert however many of its slices the die has: inputs and outputs of full width. */
  readonly inputPs: (tokens: number) => number
  /** Channel, for the inner width of a slice. */
  readonly innerPs: (tokens: number) => number
  /** Cache port, for a slice. */
  readonly portPs: number
  /** Compute unit, for a slice. */
  readonly computePs: (tokens: number) => number
  /** Links into the die, and out of that where it rests, for a token that rests elsewhere. */
  readonly tokenPs: number
  /** For which a die that tokens rest on starts a message. */
  readonly messagePs: number
  /** Before the first weights are there, and the first token from the farthest die. */
  readonly firstReadPs: number
  readonly firstTokenPs: number
}

export function sliceCosts(context: SchedulerContext, slices: number): SliceCosts {
  const { hardware, model, topology } = context
  const { memory, llc, compute } = hardware
  const timing = new MemoryTiming(memory)
  const { bestBytesPerPs } = timing
  const sliceBytes = expertBytes(model) / slices
  const diesPerChannel = readsAnyChannel(context) ? topology.dies / memory.channelDies.length : 1
  const latencyPs = memory.access === 'serial' ? memory.latencyPs : 0
  const isInMemory = hardware.activations === 'memory'
  const elementBytes = matricesOf(model) * model.activationBytes
  const computes = new Map<number, number>()
  return {
    wayPs: sliceBytes / context.payloadBytesPerPs,
    readPs: Math.max(
      diesPerChannel * (timing.meanTransferPs(Math.ceil(sliceBytes)) + latencyPs),
      ...(memory.tiers ?? []).map((tier) => tierPs(tier, sliceBytes, topology.dies)),
    ),
    inputPs: (tokens) => (isInMemory ? (tokens * elementBytes * expertHidden(model)) / bestBytesPerPs : 0),
    innerPs: (tokens) =>
      isInMemory ? (tokens * elementBytes * model.expertIntermediate) / slices / bestBytesPerPs : 0,
    portPs: llc === undefined ? 0 : llc.missPs + llc.writePs,
    computePs: (tokens) => {
      const known = computes.get(tokens)
      if (known !== undefined) return known
      const ps = computePs(compute, model, tokens, slices)
      computes.set(tokens, ps)
      return ps
    },
    tokenPs: tokenPs(context),
    messagePs: hardware.link.startup?.messagePs ?? 0,
    firstReadPs: memory.latencyPs,
    firstTokenPs: topology.dies === 1 ? 0 : exchangeStartupPs(hardware) + gatherLatencyPs(context),
  }
}

/**
 * Whether dies read through all channels alike: where memory is shared, unless links are slower than a channel of one's own, or
 * channels are busy through their latency, which each piece of a slice would take of its own.
 */
export function readsAnyChannel({ hardware, payloadBytesPerPs }: SchedulerContext): boolean {
  const { memory } = hardware
  const isSerial = memory.access === 'serial' && memory.latencyPs > 0
  return memory.shared && !isSerial && payloadBytesPerPs >= new MemoryTiming(memory).bestBytesPerPs
}

/**
 * For which a token keeps a die's way in or out busy, or its share of what halves of the package have between them; and that from and
 * to other nodes as often as dies are there.
 */
export function tokenPs({ hardware, model, topology, payloadBytesPerPs }: SchedulerContext): number {
  const bytes = tokenBytes(model)
  const { outer } = hardware.link
  const innerPs =
    durationPs(bytes, payloadBytesPerPs) * Math.max(1, ...topology.cuts.map(crossingsOf(topology.dies)))
  const first = topology.order[0]!
  const others = Array.from(topology.order).filter((die) => die !== first)
  const away = others.filter((die) => topology.route(first, die).outerHops > 0).length
  if (outer === undefined || away === 0) return innerPs
  const outerPs = durationPs(bytes, outer.payloadBytesPerPs)
  return Math.max((outerPs * away) / others.length, (innerPs * (others.length - away)) / others.length)
}

/** Of a cut: how often a link across it is crossed for each token that comes to each die, from anywhere. */
const crossingsOf =
  (dies: number) =>
  ({ diesInside: { length }, linksIn }: Cut): number =>
    (length * (dies - length)) / dies / linksIn

/** For which the way from a tier is busy with a slice; one that dies share is so for each of them. */
function tierPs({ shared, startupPs, bytesPerPs }: TierSpec, bytes: number, dies: number): number {
  return (shared ? dies : 1) * (startupPs + bytes / bytesPerPs)
}
