// All routers' switches: which packet goes over which lane when, and what follows from its going.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { RouterCalendar, Step } from './router-calendar.ts'
import { type Channel, type Lane, type Leg, Legs, type Message } from './router-lanes.ts'
import { RouterQueues } from './router-queues.ts'
import type { RouterTiming } from './router-spec.ts'
import { delayTail, enter, hasRoom, isOpenFor, sharedChannel } from './router-trains.ts'
import { comesFirst, flitsBetween, grant, serve } from './router-turns.ts'

export interface SwitchEvents {
  /** An injection lane may take the next packet, or a shorter one than it is carrying. */
  readonly onInjectionOpen: (lane: Lane) => void
  /** The last flit of a packet is out of the network. */
  readonly onDelivered: (leg: Leg) => void
}

export class RouterSwitches {
  private readonly timing: RouterTiming
  private readonly lanes: readonly Lane[]
  private readonly loop: EventLoop
  private readonly on: SwitchEvents
  /** Lanes to look at, the first so many; those that come up meanwhile go to the other list. */
  private due: Lane[] = []
  private dueCount = 0
  private dueOther: Lane[] = []
  private readonly ports: Lane[] = []
  private portCount = 0
  private isArbitrationDue = false
  private readonly calendar: RouterCalendar
  private readonly legs = new Legs()
  private readonly queues: RouterQueues
  /** Packets in the network. */
  private packets = 0

  constructor(timing: RouterTiming, lanes: readonly Lane[], loop: EventLoop, on: SwitchEvents) {
    this.timing = timing
    this.lanes = lanes
    this.loop = loop
    this.on = on
    this.calendar = new RouterCalendar(
      loop,
      timing.linkFlitPs,
      (step, leg) => {
        this.end(step, leg)
        this.legs.giveIfOver(leg)
      },
      () => this.arbitrate(),
    )
    this.queues = new RouterQueues(loop, this.calendar, this.legs, {
      mayGo: (leg) => this.considerFor(leg),
      isFree: (lane) => this.consider(lane),
    })
  }

  /** Has this lane look for a packet, once all that happens at this time is known. */
  consider(lane: Lane): void {
    if (lane.isDue || lane.wire.hasGuest) return
    lane.isDue = true
    this.due[this.dueCount++] = lane
    if (!this.calendar.isRunning) this.arbitrateSoon()
  }

  /** Sends a packet from the source into the first channel, in turn, that it can have; false if there is none. */
  inject(message: Message, flits: number): boolean {
    const lane = message.lanes[0]!
    const { channels, wire } = lane
    // A source sends packet by packet: nothing goes between the flits of a single one, nor past those of its own message.
    if (wire.holder !== undefined && (!wire.holder.isTrain || wire.holder.message === message)) return false
    if (!isOpenFor(wire, flits * lane.wireFlitPs, this.loop.nowPs)) return false
    const shared = sharedChannel(lane, flits)
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[(lane.feederNext + i) % channels.length]!
      if (channel.holder !== undefined && channel !== shared) continue
      if (!hasRoom(channel, flits > message.packetFlits)) continue
      lane.feederNext = channel.index + 1
      const leg = this.legs.take(message, flits, 0, undefined, 0)
      if (channel.holder === undefined) channel.holder = leg
      else channel.guest = leg
      leg.to = channel
      this.packets++
      this.move(leg, lane, channel)
      return true
    }
    return false
  }

  private arbitrateSoon(): void {
    if (this.isArbitrationDue) return
    this.isArbitrationDue = true
    this.loop.after(0, Rank.share, () => {
      this.isArbitrationDue = false
      this.arbitrate()
      this.calendar.wake()
    })
  }

  private arbitrate(): void {
    const { due, dueCount, ports } = this
    this.due = this.dueOther
    this.dueOther = due
    this.dueCount = 0
    this.portCount = 0
    for (let i = 0; i < dueCount; i++) {
      const lane = due[i]!
      lane.isDue = false
      if (lane.wire.hasGuest) continue
      if (lane.kind === 'injection') this.on.onInjectionOpen(lane)
      else if (lane.readyInto > 0) this.propose(lane)
    }
    for (let i = 0; i < this.portCount; i++) {
      const port = ports[i]!
      const leg = port.proposal!
      const lane = leg.lane
      port.proposal = undefined
      if (!isOpenFor(lane.wire, leg.flits * lane.wireFlitPs, this.loop.nowPs)) continue
      port.outputNext = lane.id + 1
      port.channelNext = leg.from!.index + 1
      this.move(leg, lane, leg.to!)
    }
    // Nothing under way while packets are in the network: they wait for each other.
    if (this.packets > 0 && this.calendar.isEmpty) this.breakDeadlock()
  }

  /**
   * An output grants to the input whose turn it is. Where that input's port is busy, the output waits for it, although
   * another input may be ready: what one pass of iSLIP does. An input with several grants accepts one, in turn.
   */
  private propose(lane: Lane): void {
    const { nowPs } = this.loop
    const leg = grant(lane, nowPs)
    if (leg === undefined) return
    const port = leg.from!.lane
    if (!isOpenFor(port.port, leg.flits * port.flitPs, nowPs)) return
    if (port.proposal === undefined) this.ports[this.portCount++] = port
    else if (!comesFirst(lane.id, port.proposal.lane.id, port.outputNext)) return
    port.proposal = leg
  }

  /** A packet goes over a lane: the times at which it sets free what it used. */
  private move(leg: Leg, lane: Lane, to: Channel): void {
    const { calendar } = this
    const { flits, from } = leg
    const { wire } = lane
    const nowPs = this.loop.nowPs
    leg.isMoving = true
    const sharedPs = durationPs((flits + flitsBetween(leg)) * lane.flitPs, 1)
    leg.flowEndPs = nowPs + sharedPs
    leg.outPs = Math.max(leg.flowEndPs, leg.tailPs)
    const tailPs = leg.outPs - nowPs
    const wirePs = durationPs(flits * lane.wireFlitPs, 1)
    leg.startPs = nowPs
    const train = wire.holder
    leg.isWireGuest = enter(wire, leg, wirePs, nowPs)
    if (leg.isWireGuest) delayTail(train!, wirePs)
    to.freeFlits -= flits
    if (!leg.isTrain) to.packetFlits += flits
    if (from === undefined) calendar.add(wirePs, Step.wire, leg)
    else {
      serve(lane, leg.feeder!, flits)
      const port = from.lane
      lane.readyInto--
      port.readyOut--
      const portPs = durationPs(flits * port.flitPs, 1)
      leg.isPortGuest = enter(port.port, leg, portPs, nowPs)
      calendar.add(wirePs, portPs === wirePs ? Step.wireAndPort : Step.wire, leg)
      if (portPs !== wirePs) calendar.add(portPs, Step.port, leg)
      calendar.add(port.creditPs, Step.credit, leg)
      this.queues.passLater(from)
    }
    if (leg.isTrain) this.queues.shareChannel(lane, to, flits)
    leg.awayPs = this.givenAwayPs(leg)
    calendar.add(tailPs + leg.awayPs, Step.release, leg)
    if (lane.kind === 'ejection') calendar.add(tailPs, Step.deliver, leg)
    else calendar.add(lane.headPs, Step.arrive, leg)
  }

  /** A channel is given away the cycle after a tail has left: once per packet. */
  private givenAwayPs({ flits, lane }: Leg): number {
    return durationPs(Math.ceil(flits / this.timing.packetFlits) * lane.flitPs, 1)
  }

  private end(step: Step, leg: Leg): void {
    const { lane } = leg
    switch (step) {
      case Step.wireAndPort:
        this.endWire(leg, lane)
        this.endPort(leg, leg.from!.lane)
        break
      case Step.wire:
        this.endWire(leg, lane)
        break
      case Step.port:
        this.endPort(leg, leg.from!.lane)
        break
      case Step.credit:
        this.returnCredit(leg.from!, leg)
        break
      case Step.release:
        if (!this.isEarly(leg.outPs + leg.awayPs, step, leg)) this.queues.release(leg, leg.to!)
        break
      case Step.deliver:
        if (!this.isEarly(leg.outPs, step, leg)) this.deliver(leg)
        break
      case Step.arrive:
        this.queues.arrive(leg, leg.to!)
        break
      case Step.pass:
        this.queues.pass(leg)
    }
  }

  private deliver(leg: Leg): void {
    this.packets--
    this.on.onDelivered(leg)
  }

  /** What has been put off in the meantime ends later. */
  private isEarly(endPs: number, step: Step, leg: Leg): boolean {
    const { nowPs } = this.loop
    if (nowPs < endPs) this.calendar.add(endPs - nowPs, step, leg)
    return nowPs < endPs
  }

  private endWire(leg: Leg, lane: Lane): void {
    const { wire } = lane
    if (leg.isWireGuest) wire.hasGuest = false
    else if (this.isEarly(wire.endPs, Step.wire, leg)) return
    else wire.holder = undefined
    // Where two directions share a wire, the other one has its turn.
    const { lanes } = wire
    for (let i = 0; lanes.length > 1 && i < lanes.length; i++) if (lanes[i] !== lane) this.consider(lanes[i]!)
    this.consider(lane)
  }

  private endPort(leg: Leg, input: Lane): void {
    const { port, channels } = input
    if (leg.isPortGuest) port.hasGuest = false
    else if (this.isEarly(port.endPs, Step.port, leg)) return
    else port.holder = undefined
    let ready = input.readyOut
    for (let i = 0; ready > 0; i++) {
      const { queue } = channels[i]!
      for (let place = 0; place < queue.length; place++) {
        const leg = queue[place]!
        if (leg.to === undefined || leg.isMoving) continue
        this.considerFor(leg)
        ready--
      }
    }
  }

  /** A packet that has a channel may go now, if its wire is free or carries something longer. */
  private considerFor(leg: Leg | undefined): void {
    if (leg?.to === undefined || leg.isMoving) return
    const { holder } = leg.lane.wire
    if (holder === undefined || leg.flits < holder.flits) this.consider(leg.lane)
  }

  private returnCredit(channel: Channel, { flits, isTrain }: Leg): void {
    const wasFull = channel.freeFlits <= 0
    channel.freeFlits += flits
    if (!isTrain) channel.packetFlits -= flits
    if (!wasFull) return
    if (channel.lane.kind === 'injection') this.consider(channel.lane)
    this.considerFor(channel.holder)
    this.considerFor(channel.guest)
  }

  /** Where routes form a ring, full buffers can wait for each other: one packet goes on regardless of room. */
  private breakDeadlock(): void {
    for (const { channels } of this.lanes) {
      for (const to of channels) {
        const leg = [to.holder, to.guest].find((one) => one !== undefined && !one.isMoving)
        if (leg === undefined) continue
        this.move(leg, to.lane, to)
        return
      }
    }
  }
}
