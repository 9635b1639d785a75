// What a train of packets that moves as one leaves to shorter packets: turns on its wire and in its channel, and the
// way past it in a queue. Where everything moves packet by packet there are no trains, and only the wire is shared.
import type { Channel, Lane, Leg, Way } from './router-lanes.ts'

/** Is it free, or can something of this length go between the flits of its holder and be through before that? */
export function isOpenFor(way: Way, ownPs: number, nowPs: number): boolean {
  return way.holder === undefined || (!way.hasGuest && ownPs < way.endPs - nowPs)
}

/** Takes a free way or goes between the holder's flits, which is through that much later; true for the latter. */
export function enter(way: Way, leg: Leg, ownPs: number, nowPs: number): boolean {
  if (way.holder === undefined) {
    way.holder = leg
    way.endPs = nowPs + ownPs
    return false
  }
  way.hasGuest = true
  way.endPs += ownPs
  return true
}

/** What goes between its flits makes a tail later, here and wherever its head has got to. */
export function delayTail(leg: Leg, byPs: number): void {
  leg.flowEndPs += byPs
  for (let part: Leg | undefined = leg; part?.isMoving; part = part.next) {
    const outPs = Math.max(part.flowEndPs, part.tailPs)
    // Gaps that are there already, since earlier routers, are not made twice.
    if (outPs <= part.outPs) return
    part.outPs = outPs
    if (part.next !== undefined) part.next.tailPs = outPs + part.lane.headPs
  }
}

/**
 * Room for its head. What a train takes beyond the buffer stands at earlier routers in truth, where it cannot keep a
 * packet out: for that one only packets like itself count.
 */
export function hasRoom({ freeFlits, packetFlits, bufferFlits }: Channel, isTrain: boolean): boolean {
  return freeFlits > 0 || (freeFlits < 0 && !isTrain && packetFlits < bufferFlits)
}

/**
 * A channel that a train holds and one more may use, as the hardware gives it away after each packet: that of the train
 * on the wire, or where the wire is free that of one that waits because it or others took more than there was room.
 */
export function sharedChannel({ wire, channels }: Lane, flits: number): Channel | undefined {
  for (let i = 0; i < channels.length; i++) {
    const channel = channels[i]!
    const train = channel.holder
    if (train === undefined || !train.isTrain || flits >= train.flits || channel.guest !== undefined) continue
    if (wire.holder === train || (wire.holder === undefined && channel.freeFlits < 0)) return channel
  }
  return undefined
}

/**
 * Time until a packet that stands behind a train may go past it. Of a train only what fits the buffer is before it,
 * the rest is at earlier routers; it moves at the wire's rate, or where the train waits in turn with all that wait for
 * the same output.
 */
export function passPs(train: Leg, nowPs: number): number {
  const { lane, flits } = train
  const { bufferFlits, lane: upstream } = train.from!
  const upstreamPs = upstream.flitPs
  const comingFlits = upstreamPs > 0 ? Math.max(0, train.tailPs - nowPs) / upstreamPs : 0
  const goneFlits = train.isMoving && lane.flitPs > 0 ? (nowPs - train.startPs) / lane.flitPs : 0
  const beforeFlits = Math.max(0, Math.min(bufferFlits, flits - comingFlits - goneFlits))
  return Math.ceil(beforeFlits * lane.flitPs * packetsInTurn(lane))
}

function packetsInTurn({ waiting, channels }: Lane): number {
  let packets = waiting.length
  for (let i = 0; i < channels.length; i++) if (channels[i]!.holder !== undefined) packets++
  return packets
}
