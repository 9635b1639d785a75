// Whose turn it is: at an output, among the packets that have a channel there; and among those that want a channel.
import type { Channel, Feeder, Lane, Leg } from './router-lanes.ts'
import { hasRoom, isOpenFor } from './router-trains.ts'

/** Round robin: of two ids, is `a` met before `b` when counting up from `next` and around? */
export function comesFirst(a: number, b: number, next: number): boolean {
  return a >= next === b >= next ? a < b : a >= next
}

/** The first channel, from `next` on and around, that no packet has to itself. */
export function freeChannel(channels: readonly Channel[], next: number): Channel | undefined {
  const { length } = channels
  for (let i = 0, place = next; i < length; i++, place++) {
    if (place >= length) place -= length
    const channel = channels[place]!
    if (channel.holder === undefined) return channel
  }
  return undefined
}

/** The one of `waiting` whose turn it is to be given this channel; -1 if none is shorter than `flits`. */
export function firstInTurn(waiting: readonly Leg[], channel: Channel, flits: number): number {
  let first = -1
  for (let i = 0; i < waiting.length; i++) {
    const leg = waiting[i]!
    if (leg.flits >= flits) continue
    if (first < 0 || comesFirst(leg.from!.id, waiting[first]!.from!.id, channel.grantNext)) first = i
  }
  return first
}

/** Takes one out of those that wait, the others keep their order. */
export function takeOut(waiting: Leg[], place: number): Leg {
  const leg = waiting[place]!
  for (let i = place + 1; i < waiting.length; i++) waiting[i - 1] = waiting[i]!
  waiting.pop()
  return leg
}

/** An input as an output's arbiter knows it. */
export function feederOf(lane: Lane, input: Lane): Feeder {
  const { feeders } = lane
  for (let i = 0; i < feeders.length; i++) if (feeders[i]!.lane === input) return feeders[i]!
  const feeder = { lane: input, servedFlits: 0 }
  feeders.push(feeder)
  return feeder
}

/** What one call of `grant` finds ready; made once. */
const ready: Leg[] = []

/**
 * The packet whose turn it is at an output: inputs in turn, but none that is ahead of another, in flits, by more than
 * a packet of that one. With packets of one size this is round robin, and larger parts do not get a larger share.
 * Flits of several inputs alternate on the wire, so of packets that start together the shortest is through first.
 */
export function grant(lane: Lane, nowPs: number): Leg | undefined {
  const { channels } = lane
  let leastFlits = Infinity
  let count = 0
  for (let i = 0; i < channels.length; i++) {
    const { holder, guest } = channels[i]!
    if (isReady(holder, lane, nowPs)) {
      leastFlits = Math.min(leastFlits, startFlits(holder) + holder.flits)
      ready[count++] = holder
    }
    if (guest !== undefined && isReady(guest, lane, nowPs)) {
      leastFlits = Math.min(leastFlits, startFlits(guest) + guest.flits)
      ready[count++] = guest
    }
  }
  if (count <= 1) return count === 0 ? undefined : ready[0]
  let best: Leg | undefined
  for (let i = 0; i < count; i++) {
    const leg = ready[i]!
    if (startFlits(leg) <= leastFlits) best = firstOf(best, leg, lane)
  }
  return best
}

/**
 * Flits that other inputs send between those of this packet, as the output serves their packets in turn flit by flit:
 * its tail is that much later. The wire carries no more for it, so its own share of the wire stays as it is.
 */
export function flitsBetween({ lane, from, flits }: Leg): number {
  const { channels, wire } = lane
  const input = from?.lane
  let between = wire.holder !== undefined && wire.holder.from?.lane !== input ? flits : 0
  for (let i = 0; i < channels.length; i++) {
    const channel = channels[i]!
    const other = channel.holder
    if (other === undefined || other.isMoving || channel.freeFlits <= 0 || other.from!.lane === input)
      continue
    between += Math.min(flits, other.flits)
  }
  return between
}

/** Notes that an output has served an input. */
export function serve(lane: Lane, feeder: Feeder, flits: number): void {
  lane.servedFlits = Math.max(lane.servedFlits, feeder.servedFlits)
  feeder.servedFlits = lane.servedFlits + flits
  lane.feederNext = feeder.lane.id + 1
}

/** It has a channel, there is room for it, and the wire is free or carries something longer. */
function isReady(leg: Leg | undefined, lane: Lane, nowPs: number): leg is Leg {
  if (leg === undefined || leg.isMoving || !hasRoom(leg.to!, leg.isTrain)) return false
  const { wire } = lane
  // The packets of a message follow each other.
  return (
    wire.holder === undefined ||
    (wire.holder.message !== leg.message && isOpenFor(wire, leg.flits * lane.wireFlitPs, nowPs))
  )
}

/** Fair queueing: what its input has been served, or where the output is if the input was idle. */
function startFlits(leg: Leg): number {
  return Math.max(leg.feeder!.servedFlits, leg.lane.servedFlits)
}

/** The shorter one; of equals that of the next input; of two packets of one input the one in the next channel. */
function firstOf(best: Leg | undefined, leg: Leg, lane: Lane): Leg {
  if (best === undefined) return leg
  if (leg.flits !== best.flits) return leg.flits < best.flits ? leg : best
  const from = leg.from!
  const other = best.from!
  const isFirst =
    from.lane === other.lane
      ? comesFirst(from.index, other.index, from.lane.channelNext)
      : comesFirst(from.lane.id, other.lane.id, lane.feederNext)
  return isFirst ? leg : best
}
