// The parts a router network is built of: lanes with the buffers at their far end, and packets on their way.

import type { Transfer } from './fabric.ts'
import type { RouterTiming } from './router-spec.ts'
import type { Route } from './topology.ts'

export interface Message {
  readonly transfer: Transfer
  /** Injection, links, ejection. */
  readonly lanes: readonly Lane[]
  readonly packetFlits: number
  /** What moves as one: a packet, or several where the message is long. */
  readonly partFlits: number
  unsentFlits: number
  undeliveredFlits: number
}

/** A packet, or a train of them, at one router: in an input queue until its tail has left. */
export interface Leg {
  message: Message
  flits: number
  /** More than a packet of the hardware: what others may go between and past. */
  isTrain: boolean
  /** Place in the message's lanes, and the lane there: what it wants next. */
  hop: number
  lane: Lane
  /** The queue it stands in; none in the source. */
  from: Channel | undefined
  /** When its tail is here. */
  tailPs: number
  /** Once it moves: since when, when its flits are through with all that goes between them, and its tail has left. */
  startPs: number
  flowEndPs: number
  outPs: number
  /** From then until its channel is given away. */
  awayPs: number
  /** What the output it wants knows its input port as. */
  feeder: Feeder | undefined
  /** The queue at the next router that it has been given. */
  to: Channel | undefined
  isMoving: boolean
  /** It goes between the flits of the wire's holder, or of the input port's. */
  isWireGuest: boolean
  isPortGuest: boolean
  /** A time is set at which it goes past the train before it. */
  isPassing: boolean
  /** The same packet at the next router, once its head is there. */
  next: Leg | undefined
  /** The same packet at the router before, until that is done with it. */
  previous: Leg | undefined
  /** It has left its queue, and how many steps are still due of it: see Legs. */
  isOver: boolean
  stepsDue: number
}

/** Legs that are over are taken again: of a network's many packets few are under way at a time, and new ones cost memory. */
export class Legs {
  private readonly over: Leg[] = []

  take(message: Message, flits: number, hop: number, from: Channel | undefined, tailPs: number): Leg {
    const lane = message.lanes[hop]!
    const leg = this.over.pop() ?? newLeg(message, lane)
    leg.message = message
    leg.flits = flits
    leg.isTrain = flits > message.packetFlits
    leg.hop = hop
    leg.lane = lane
    leg.from = from
    leg.tailPs = tailPs
    leg.feeder = undefined
    leg.to = undefined
    leg.isMoving = false
    leg.isPassing = false
    leg.next = undefined
    leg.previous = undefined
    leg.isOver = false
    return leg
  }

  /** To be told after each step. The routers before it may still put off the tail of one that is over: it waits for them. */
  giveIfOver(leg: Leg): void {
    for (let part: Leg | undefined = leg; part?.isOver && part.stepsDue === 0; part = part.next) {
      if (part.previous !== undefined) return
      this.over.push(part)
      if (part.next !== undefined) part.next.previous = undefined
    }
  }
}

function newLeg(message: Message, lane: Lane): Leg {
  return {
    message,
    flits: 0,
    isTrain: false,
    hop: 0,
    lane,
    from: undefined,
    tailPs: 0,
    startPs: 0,
    flowEndPs: 0,
    outPs: 0,
    awayPs: 0,
    feeder: undefined,
    to: undefined,
    isMoving: false,
    isWireGuest: false,
    isPortGuest: false,
    isPassing: false,
    next: undefined,
    previous: undefined,
    isOver: false,
    stepsDue: 0,
  }
}

/** A virtual channel: one queue of the buffer at a lane's far end. */
export interface Channel {
  readonly lane: Lane
  readonly index: number
  /** Over all lanes: what round-robin pointers count. */
  readonly id: number
  readonly queue: Leg[]
  /** The packet that has this channel to itself until its tail has left. */
  holder: Leg | undefined
  /** A packet that goes between those of the train that holds the channel. */
  guest: Leg | undefined
  /** Below 0 while a part that is longer than the room goes on through the buffer. */
  freeFlits: number
  readonly bufferFlits: number
  /** Of what is in the buffer, packets that are no trains. */
  packetFlits: number
  /** Round robin of channel allocation: the first input to grant to, and the first output channel to accept. */
  grantNext: number
  acceptNext: number
}

/** An input port as an output sees it; `servedFlits` is the tag of fair queueing. */
export interface Feeder {
  readonly lane: Lane
  servedFlits: number
}

/** What one packet has at a time: a wire or an input port. */
export interface Way {
  holder: Leg | undefined
  /** When the holder is through, as far as is known. */
  endPs: number
  /** A shorter packet goes between the holder's flits. */
  hasGuest: boolean
}

/** What two directions share where a link is half duplex; otherwise each lane has one of its own. */
export interface Wire extends Way {
  readonly lanes: Lane[]
}

const freeWay = (): Way => ({ holder: undefined, endPs: 0, hasGuest: false })
const freeWire = (): Wire => ({ holder: undefined, endPs: 0, hasGuest: false, lanes: [] })

/** An output port, the wire behind it and the input port and buffers at the far end. */
export interface Lane {
  readonly kind: 'link' | 'injection' | 'ejection'
  readonly id: number
  readonly wire: Wire
  /** A flit takes the wire for `flitPs`, or for longer where buffers allow no more: `wireFlitPs`. */
  readonly flitPs: number
  readonly wireFlitPs: number
  readonly headPs: number
  readonly creditPs: number
  readonly channels: readonly Channel[]
  /** Inputs that have asked for this output so far. */
  readonly feeders: Feeder[]
  /** Packets that wait for a channel of this output. */
  readonly waiting: Leg[]
  /** Packets that have a channel and have not set out: into this lane, out of its buffers. */
  readyInto: number
  readyOut: number
  /** Fair queueing: the tag of what was served last, and where its turn goes on (injection: which channel). */
  servedFlits: number
  feederNext: number
  /** The input port at the far end, the next output to accept, the next channel to look at. */
  readonly port: Way
  outputNext: number
  channelNext: number
  /** Due for arbitration at this time. */
  isDue: boolean
  proposal: Leg | undefined
}

/** Lane ids: links first, then ejection and injection of each die. */
export class Lanes {
  private readonly timing: RouterTiming
  private readonly links: Lane[]
  private readonly ejection: Lane[]
  readonly injection: readonly Lane[]
  readonly all: readonly Lane[]

  constructor(timing: RouterTiming, linkCount: number, dies: number, edgeOfLink: Int32Array | undefined) {
    this.timing = timing
    const edges = new Map<number, Wire>()
    this.links = Array.from({ length: linkCount }, (_, link) => {
      const wire = edges.get(edgeOfLink?.[link] ?? -1) ?? freeWire()
      if (edgeOfLink) edges.set(edgeOfLink[link]!, wire)
      return this.lane('link', link, wire)
    })
    const ports = (kind: 'ejection' | 'injection', firstId: number) =>
      Array.from({ length: dies }, (_, die) => this.lane(kind, firstId + die, freeWire()))
    this.ejection = ports('ejection', linkCount)
    this.injection = ports('injection', linkCount + dies)
    this.all = [...this.links, ...this.ejection, ...this.injection]
  }

  path(from: number, to: number, route: Route): Lane[] {
    return [
      this.injection[from]!,
      ...Array.from(route.links, (link) => this.links[link]!),
      this.ejection[to]!,
    ]
  }

  private lane(kind: Lane['kind'], id: number, wire: Wire): Lane {
    const { timing } = this
    const channels: Channel[] = []
    const { flitPs, headPs, creditPs } = {
      link: { flitPs: timing.linkFlitPs, headPs: timing.hopPs, creditPs: timing.linkCreditPs },
      injection: {
        flitPs: timing.injectionFlitPs,
        headPs: timing.startupPs,
        creditPs: timing.injectionCreditPs,
      },
      ejection: { flitPs: timing.ejectionFlitPs, headPs: 0, creditPs: 0 },
    }[kind]
    const lane: Lane = {
      kind,
      id,
      wire,
      flitPs,
      wireFlitPs: kind === 'link' ? Math.max(flitPs, timing.linkFlitEveryPs) : flitPs,
      headPs,
      creditPs,
      channels,
      feeders: [],
      waiting: [],
      readyInto: 0,
      readyOut: 0,
      servedFlits: 0,
      feederNext: 0,
      port: freeWay(),
      outputNext: 0,
      channelNext: 0,
      isDue: false,
      proposal: undefined,
    }
    wire.lanes.push(lane)
    // What is ejected is consumed at once: room never runs out.
    const freeFlits = kind === 'ejection' ? Infinity : timing.bufferFlits
    for (let index = 0; index < timing.channels; index++) {
      channels.push({
        lane,
        index,
        id: id * timing.channels + index,
        queue: [],
        holder: undefined,
        guest: undefined,
        freeFlits,
        bufferFlits: freeFlits,
        packetFlits: 0,
        grantNext: 0,
        acceptNext: 0,
      })
    }
    return lane
  }
}
