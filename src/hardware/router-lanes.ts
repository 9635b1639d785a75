// The parts a router network is built of: lanes with the buffers at their far end, and packets on their way.

import type { Transfer } from './fabric.ts'
import type { RouterTiming } from './router-spec.ts'
import type { Route } from './topology.ts'

export interface Message {
  readonly transfer: Transfer
  /** Injection, links, ejection. */
  readonly lanes: readonly Lane[]
  /** What moves as one: a packet, or several where the message is long. */
  readonly partFlits: number
  unsentFlits: number
  undeliveredFlits: number
}

/** A packet at one router: at the head of, or waiting in, an input queue, until its tail has left. */
export interface Leg {
  readonly message: Message
  readonly flits: number
  /** Place in the message's lanes, and the lane there: what it wants next. */
  readonly hop: number
  readonly lane: Lane
  /** The queue it stands in; none in the source. */
  readonly from: Channel | undefined
  /** When its tail is here; once it moves: when its tail is at the next router. */
  tailPs: number
  /** What the output it wants knows its input port as. */
  feeder: Feeder | undefined
  /** The queue at the next router that it has been given. */
  to: Channel | undefined
  isMoving: boolean
}

export function newLeg(
  message: Message,
  flits: number,
  hop: number,
  from: Channel | undefined,
  tailPs: number,
): Leg {
  return {
    message,
    flits,
    hop,
    lane: message.lanes[hop]!,
    from,
    tailPs,
    feeder: undefined,
    to: undefined,
    isMoving: false,
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
  /** Below 0 while a part that is longer than the room goes on through the buffer. */
  freeFlits: number
  /** Round robin of channel allocation: the first input to grant to, and the first output channel to accept. */
  grantNext: number
  acceptNext: number
}

/** An input port as an output sees it; `servedFlits` is the tag of fair queueing. */
export interface Feeder {
  readonly lane: Lane
  servedFlits: number
}

/** What two directions share where a link is half duplex; otherwise each lane has one of its own. */
export interface Wire {
  isBusy: boolean
  readonly lanes: Lane[]
}

/** An output port, the wire behind it and the input port and buffers at the far end. */
export interface Lane {
  readonly kind: 'link' | 'injection' | 'ejection'
  readonly id: number
  readonly wire: Wire
  readonly flitPs: number
  readonly headPs: number
  readonly creditPs: number
  readonly channels: readonly Channel[]
  /** Inputs that have asked for this output so far. */
  readonly feeders: Feeder[]
  /** Packets that wait for a channel of this output. */
  readonly waiting: Leg[]
  /** Fair queueing: the tag of what was served last, and where its turn goes on (injection: which channel). */
  servedFlits: number
  feederNext: number
  /** The input port at the far end: busy, next output to accept, next channel to look at. */
  isPortBusy: boolean
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
      const wire = edges.get(edgeOfLink?.[link] ?? -1) ?? { isBusy: false, lanes: [] }
      if (edgeOfLink) edges.set(edgeOfLink[link]!, wire)
      return this.lane('link', link, wire)
    })
    const ports = (kind: 'ejection' | 'injection', firstId: number) =>
      Array.from({ length: dies }, (_, die) => this.lane(kind, firstId + die, { isBusy: false, lanes: [] }))
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
    const times = {
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
      ...times,
      channels,
      feeders: [],
      waiting: [],
      servedFlits: 0,
      feederNext: 0,
      isPortBusy: false,
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
        freeFlits,
        grantNext: 0,
        acceptNext: 0,
      })
    }
    return lane
  }
}
