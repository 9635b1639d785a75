// Links as a network of wormhole routers: packets, virtual channels, finite buffers, round-robin arbitration.
//
// A message is cut into packets. A packet waits in an input queue (virtual channel) until it leads it, is given a
// channel of the next router, finds room there and has its turn at the output; then it moves as a whole, one flit per
// cycle, cut through, its tail later by the flits of other inputs that alternate with its own. What a fluid of fair
// shares cannot show follows from this: halves at each merge, heads of queues that block what is behind them, sources
// that wait in order, ports of one flit per cycle.
//
// Why this one: held against BookSim2 (one switch pass of iSLIP per cycle), total time, mean / worst error in percent:
// stream, scatter and ring shifts 0 / 0, incast 0.03 / 0.5, shared link 0.4 / 2.3, all-to-all interleaved 2.3 / 5.3 and
// destination by destination 3.7 / 12, MoE dispatch interleaved 1.7 / 9.6 and blocked 2.6 / 24; bias within 0.4 in each.
// No constant is fitted. Tried and worse:
// - outputs that take whichever input is ready: interleaved 6.7 / 12, all of it too fast. An output waits for the input
//   whose turn it is although that input's port is busy; that is what one pass of iSLIP loses.
// - channels given first come, first served instead of round robin: linear_shift_half 28 worst instead of 10.5.
// - half packets to single flits arbitrated: 2 to 6 times the cost, mean errors 0.4 to 1 lower, worst rows no better.
// - tails that do not wait for what alternates with them: tokens alone 10 too fast instead of 5, two more rows over 15.
//   Tails that wait for packets of their own input as well: long messages beside short ones 10 to 17 too slow.
// - 4 to 16 parts per message at most: blocked orders up to 33 too fast, because congestion needs packets to pile up.
// What is left is mostly chance: blocked orders amplify the least change of order. Three orders of handling ties in this
// model differ by 3 on average and by 17 at most in one row, so a single row may be off by that much.
//
// A message longer than `mostPacketsPerMessage` packets moves in that many trains of packets, so that cost does not grow
// with bytes. Buffers hold as many flits as ever; a train that is longer goes on through them. What is shorter than a
// train does not wait for it (router-trains.ts). Tried and worse, sum of latencies of tokens beside weights, 1.5 MiB in
// 64 trains, against packet by packet: buffers that hold as many trains as packets 7 to 15 times; trains split where a
// shorter message is to cross: outputs that go by packets and by trains starve each other, weights up to twice too late.
// No closed form for messages that have their way to themselves, as few have: of those of a layer of Qwen3-30B-A3B with 64
// tokens on `fse-dp-4x4` none under `adaptive`, 2 % under `tp`, 3 % under `ep` and 27 % under `fse-dp`.
// Where routes form rings (torus, ring) packets may wait for each other for ever; one then goes on without room.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import type { Fabric, Transfer } from './fabric.ts'
import { type Lane, Lanes, type Leg, type Message } from './router-lanes.ts'
import { type RouterTiming, routerTiming } from './router-spec.ts'
import { RouterSwitches } from './router-switches.ts'
import type { LinkSpec, RouterSpec } from './spec.ts'
import type { Topology } from './topology.ts'

export interface RouterTransfer extends Transfer {
  /**
   * How a die's messages follow each other into its one injection port. `queued`: after all that was queued before.
   * `interleaved` (default): packet by packet in turn with the die's other messages; what is queued counts as one.
   */
  readonly injection?: 'queued' | 'interleaved'
}

/** Messages of a die that are sent one after the other. */
interface Stream {
  readonly messages: Message[]
  /** Fair queueing between streams, by flits. */
  sentFlits: number
}

interface Source {
  readonly lane: Lane
  readonly streams: Stream[]
  queued: Stream | undefined
  /** Whose turn it is where shares are equal. */
  next: number
  /** The stream whose turn it is; -1 where it has to be looked for. */
  turn: number
  sentFlits: number
}

export class RouterFabric implements Fabric {
  private readonly loop: EventLoop
  private readonly timing: RouterTiming
  private readonly lanes: Lanes
  private readonly switches: RouterSwitches
  private readonly sources: readonly Source[]
  private waitingMessages = 0

  constructor(link: LinkSpec, router: RouterSpec, topology: Topology, loop: EventLoop) {
    this.loop = loop
    this.timing = routerTiming(link, router)
    const sharedEdges = link.duplex === 'half' ? topology.edgeOfLink : undefined
    this.lanes = new Lanes(this.timing, topology.linkCount, topology.dies, sharedEdges)
    this.switches = new RouterSwitches(this.timing, this.lanes.all, loop, {
      onInjectionOpen: (lane) => this.inject(this.sources[lane.id - this.lanes.injection[0]!.id]!),
      onDelivered: (leg) => this.deliver(leg),
    })
    this.sources = this.lanes.injection.map((lane) => ({
      lane,
      streams: [],
      queued: undefined,
      next: 0,
      turn: -1,
      sentFlits: 0,
    }))
  }

  send(transfer: RouterTransfer): void {
    const { from, to } = transfer.route
    if (from === to) {
      this.loop.after(0, Rank.transfer, () => {
        transfer.onSent()
        transfer.onArrived()
      })
      return
    }
    const { flitBytes, packetFlits, mostPackets } = this.timing
    const flits = Math.max(1, Math.ceil(transfer.bytes / flitBytes))
    const source = this.sources[from]!
    const stream = this.streamFor(source, transfer.injection ?? 'interleaved')
    stream.messages.push({
      transfer,
      lanes: this.lanes.path(from, to, transfer.route),
      packetFlits,
      partFlits: packetFlits * Math.max(1, Math.ceil(flits / (packetFlits * mostPackets))),
      unsentFlits: flits,
      undeliveredFlits: flits,
    })
    this.waitingMessages++
    this.switches.consider(source.lane)
  }

  /** Messages that have not yet entered the network whole. */
  waiting(): number {
    return this.waitingMessages
  }

  private streamFor(source: Source, injection: 'queued' | 'interleaved'): Stream {
    if (injection === 'queued' && source.queued !== undefined) return source.queued
    const stream = { messages: [], sentFlits: source.sentFlits }
    source.streams.push(stream)
    source.turn = -1
    if (injection === 'queued') source.queued = stream
    return stream
  }

  private inject(source: Source): void {
    const { streams } = source
    if (streams.length === 0) return
    if (source.turn < 0) source.turn = fairest(streams, source.next)
    const place = source.turn
    const stream = streams[place]!
    const message = stream.messages[0]!
    const flits = Math.min(message.partFlits, message.unsentFlits)
    if (!this.switches.inject(message, flits)) return
    source.turn = -1
    source.sentFlits = stream.sentFlits
    stream.sentFlits += flits
    source.next = place + 1
    message.unsentFlits -= flits
    if (message.unsentFlits > 0) return
    this.waitingMessages--
    this.loop.after(durationPs(flits * source.lane.flitPs, 1), Rank.transfer, message.transfer.onSent)
    stream.messages.shift()
    if (stream.messages.length > 0) return
    streams.splice(place, 1)
    source.next = place
    if (source.queued === stream) source.queued = undefined
  }

  private deliver({ message, flits }: Leg): void {
    message.undeliveredFlits -= flits
    if (message.undeliveredFlits === 0) message.transfer.onArrived()
  }
}

/** The stream that has sent the fewest flits, the first from `next` on of equals. */
function fairest(streams: readonly Stream[], next: number): number {
  const { length } = streams
  let best = next < length ? next : 0
  let leastFlits = streams[best]!.sentFlits
  for (let place = best + 1, i = 1; i < length; place++, i++) {
    if (place === length) place = 0
    const { sentFlits } = streams[place]!
    if (sentFlits >= leastFlits) continue
    best = place
    leastFlits = sentFlits
  }
  return best
}
