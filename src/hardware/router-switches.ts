// All routers' switches: which packet goes over which lane when, and what follows from its going.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { RouterCalendar, Step } from './router-calendar.ts'
import { type Channel, type Feeder, type Lane, type Leg, type Message, newLeg } from './router-lanes.ts'
import type { RouterTiming } from './router-spec.ts'

export interface SwitchEvents {
  /** An injection lane may take the next packet. */
  readonly onInjectionFree: (lane: Lane) => void
  /** The last flit of a packet is out of the network. */
  readonly onDelivered: (leg: Leg) => void
}

export class RouterSwitches {
  private readonly timing: RouterTiming
  private readonly lanes: readonly Lane[]
  private readonly loop: EventLoop
  private readonly on: SwitchEvents
  private due: Lane[] = []
  private isArbitrationDue = false
  private readonly calendar: RouterCalendar
  /** Packets in the network. */
  private packets = 0

  constructor(timing: RouterTiming, lanes: readonly Lane[], loop: EventLoop, on: SwitchEvents) {
    this.timing = timing
    this.lanes = lanes
    this.loop = loop
    this.on = on
    this.calendar = new RouterCalendar(
      loop,
      (step, leg) => this.end(step, leg),
      () => this.arbitrate(),
    )
  }

  /** Has this lane look for a packet, once all that happens at this time is known. */
  consider(lane: Lane): void {
    if (lane.isDue || lane.wire.isBusy) return
    lane.isDue = true
    this.due.push(lane)
    if (!this.calendar.isRunning) this.arbitrateSoon()
  }

  /** Sends a packet from the source into the first channel, in turn, that is free and has room; false if none. */
  inject(message: Message, flits: number): boolean {
    const lane = message.lanes[0]!
    const { channels } = lane
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[(lane.feederNext + i) % channels.length]!
      if (channel.holder !== undefined || channel.freeFlits <= 0) continue
      lane.feederNext = channel.index + 1
      const leg = newLeg(message, flits, 0, undefined, 0)
      leg.to = channel
      leg.isMoving = true
      channel.holder = leg
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
    const { due } = this
    this.due = []
    const ports: Lane[] = []
    for (const lane of due) {
      lane.isDue = false
      if (lane.wire.isBusy) continue
      if (lane.kind === 'injection') this.on.onInjectionFree(lane)
      else this.propose(lane, ports)
    }
    for (const port of ports) {
      const leg = port.proposal!
      const lane = leg.lane
      port.proposal = undefined
      if (lane.wire.isBusy) continue
      port.outputNext = lane.id + 1
      port.channelNext = leg.from!.index + 1
      leg.isMoving = true
      this.move(leg, lane, leg.to!)
    }
    // Nothing under way while packets are in the network: they wait for each other.
    if (this.packets > 0 && this.calendar.isEmpty) this.breakDeadlock()
  }

  /**
   * An output grants to the input whose turn it is. Where that input's port is busy, the output waits for it, although
   * another input may be ready: what one pass of iSLIP does. An input with several grants accepts one, in turn.
   */
  private propose(lane: Lane, ports: Lane[]): void {
    const leg = grant(lane)
    if (leg === undefined) return
    const port = leg.from!.lane
    if (port.isPortBusy) return
    if (port.proposal === undefined) ports.push(port)
    else if (!comesFirst(lane.id, port.proposal.lane.id, port.outputNext)) return
    port.proposal = leg
  }

  /** A packet goes over a lane: the times at which it sets free what it used. */
  private move(leg: Leg, lane: Lane, to: Channel): void {
    const { timing } = this
    const { flits, from } = leg
    const nowPs = this.loop.nowPs
    const packets = Math.ceil(flits / timing.packetFlits)
    const flowPs = durationPs(flits * lane.flitPs, 1)
    const sharedPs = durationPs((flits + flitsBetween(leg)) * lane.flitPs, 1)
    const tailPs = Math.max(sharedPs, leg.tailPs - nowPs)
    const wirePs =
      lane.kind === 'link' ? Math.max(flowPs, durationPs(flits * timing.linkFlitEveryPs, 1)) : flowPs
    lane.wire.isBusy = true
    to.freeFlits -= flits
    leg.tailPs = nowPs + tailPs + lane.headPs
    if (from === undefined) this.calendar.add(wirePs, Step.wire, leg)
    else {
      serve(lane, leg.feeder!, flits)
      const port = from.lane
      port.isPortBusy = true
      const portPs = durationPs(flits * port.flitPs, 1)
      this.calendar.add(wirePs, portPs === wirePs ? Step.wireAndPort : Step.wire, leg)
      if (portPs !== wirePs) this.calendar.add(portPs, Step.port, leg)
      this.calendar.add(port.creditPs, Step.credit, leg)
    }
    // A channel is given away the cycle after a tail has left: once per packet.
    this.calendar.add(tailPs + durationPs(packets * lane.flitPs, 1), Step.release, leg)
    if (lane.kind === 'ejection') this.calendar.add(tailPs, Step.deliver, leg)
    else this.calendar.add(lane.headPs, Step.arrive, leg)
  }

  private end(step: Step, leg: Leg): void {
    const { lane } = leg
    if (step === Step.wire || step === Step.wireAndPort) this.freeWire(lane)
    if (step === Step.port || step === Step.wireAndPort) this.freePort(leg.from!.lane)
    if (step === Step.credit) this.returnCredit(leg.from!, leg.flits)
    if (step === Step.release) this.release(leg, leg.to!)
    if (step === Step.arrive) this.arrive(leg, leg.to!)
    if (step === Step.deliver) {
      this.packets--
      this.on.onDelivered(leg)
    }
  }

  private arrive({ message, flits, hop, tailPs }: Leg, at: Channel): void {
    at.queue.push(newLeg(message, flits, hop + 1, at, tailPs))
    if (at.queue.length === 1) this.lead(at)
  }

  /** The first packet of a queue asks for a channel at the next router. */
  private lead(channel: Channel): void {
    const leg = channel.queue[0]
    if (leg === undefined) return
    const lane = leg.lane
    const { channels } = lane
    leg.feeder = feederOf(lane, channel.lane)
    const to = lane.waiting.length === 0 ? freeChannel(channels, channel.acceptNext) : undefined
    if (to === undefined) lane.waiting.push(leg)
    else this.give(leg, to)
  }

  private give(leg: Leg, to: Channel): void {
    const from = leg.from!
    to.holder = leg
    to.grantNext = from.id + 1
    from.acceptNext = to.index + 1
    leg.to = to
    this.consider(to.lane)
  }

  private release(leg: Leg, channel: Channel): void {
    const { lane } = channel
    const { waiting } = lane
    channel.holder = undefined
    if (waiting.length > 0) {
      let first = 0
      for (let i = 1; i < waiting.length; i++) {
        if (comesFirst(waiting[i]!.from!.id, waiting[first]!.from!.id, channel.grantNext)) first = i
      }
      this.give(waiting.splice(first, 1)[0]!, channel)
    }
    if (leg.from !== undefined) {
      leg.from.queue.shift()
      this.lead(leg.from)
    } else this.consider(lane)
  }

  private freeWire(lane: Lane): void {
    lane.wire.isBusy = false
    // Where two directions share a wire, the other one has its turn.
    for (const other of lane.wire.lanes) if (other !== lane) this.consider(other)
    this.consider(lane)
  }

  private freePort(port: Lane): void {
    port.isPortBusy = false
    for (const { queue } of port.channels) {
      const leg = queue[0]
      if (leg?.to !== undefined && !leg.isMoving) this.consider(leg.lane)
    }
  }

  private returnCredit(channel: Channel, flits: number): void {
    const wasFull = channel.freeFlits <= 0
    channel.freeFlits += flits
    if (wasFull) this.consider(channel.lane)
  }

  /** Where routes form a ring, full buffers can wait for each other: one packet goes on regardless of room. */
  private breakDeadlock(): void {
    for (const { channels } of this.lanes) {
      for (const to of channels) {
        const leg = to.holder
        if (leg === undefined || leg.isMoving) continue
        leg.isMoving = true
        this.move(leg, to.lane, to)
        return
      }
    }
  }
}

/** Round robin: of two ids, is `a` met before `b` when counting up from `next` and around? */
function comesFirst(a: number, b: number, next: number): boolean {
  return a >= next === b >= next ? a < b : a >= next
}

/** The first channel, from `next` on and around, that no packet has to itself. */
function freeChannel(channels: readonly Channel[], next: number): Channel | undefined {
  for (let i = 0; i < channels.length; i++) {
    const channel = channels[(next + i) % channels.length]!
    if (channel.holder === undefined) return channel
  }
  return undefined
}

/** An input as an output's arbiter knows it. */
function feederOf(lane: Lane, input: Lane): Feeder {
  const { feeders } = lane
  for (const feeder of feeders) if (feeder.lane === input) return feeder
  const feeder = { lane: input, servedFlits: 0 }
  feeders.push(feeder)
  return feeder
}

/**
 * The packet whose turn it is at an output: inputs in turn, but none that is ahead of another, in flits, by more than
 * a packet of that one. With packets of one size this is round robin, and larger parts do not get a larger share.
 * Flits of several inputs alternate on the wire, so of packets that start together the shortest is through first.
 */
function grant(lane: Lane): Leg | undefined {
  let leastFlits = Infinity
  for (const { holder: leg, freeFlits } of lane.channels) {
    if (leg === undefined || leg.isMoving || freeFlits <= 0) continue
    leastFlits = Math.min(leastFlits, startFlits(leg) + leg.flits)
  }
  let best: Leg | undefined
  for (const { holder: leg, freeFlits } of lane.channels) {
    if (leg === undefined || leg.isMoving || freeFlits <= 0) continue
    if (startFlits(leg) > leastFlits) continue
    if (best === undefined || goesFirst(leg, best, lane)) best = leg
  }
  return best
}

/**
 * Flits that other inputs send between those of this packet, as the output serves their packets in turn flit by flit:
 * its tail is that much later. The wire carries no more for it, so its own share of the wire stays as it is.
 */
function flitsBetween({ lane, from, flits }: Leg): number {
  let between = 0
  for (const { holder: other, freeFlits } of lane.channels) {
    if (other === undefined || other.isMoving || freeFlits <= 0 || other.from!.lane === from?.lane) continue
    between += Math.min(flits, other.flits)
  }
  return between
}

/** Fair queueing: what its input has been served, or where the output is if the input was idle. */
function startFlits(leg: Leg): number {
  return Math.max(leg.feeder!.servedFlits, leg.lane.servedFlits)
}

/** The shorter one; of equals that of the next input; of two packets of one input the one in the next channel. */
function goesFirst(a: Leg, b: Leg, lane: Lane): boolean {
  if (a.flits !== b.flits) return a.flits < b.flits
  const [from, other] = [a.from!, b.from!]
  if (from.lane === other.lane) return comesFirst(from.index, other.index, from.lane.channelNext)
  return comesFirst(from.lane.id, other.lane.id, lane.feederNext)
}

/** Notes that an output has served an input. */
function serve(lane: Lane, feeder: Feeder, flits: number): void {
  lane.servedFlits = Math.max(lane.servedFlits, feeder.servedFlits)
  feeder.servedFlits = lane.servedFlits + flits
  lane.feederNext = feeder.lane.id + 1
}
