// Input queues and the channels their packets are given: who leads a queue, asks for a channel, is given it.
import type { EventLoop } from '../engine/loop.ts'
import { type RouterCalendar, Step } from './router-calendar.ts'
import type { Channel, Lane, Leg, Legs } from './router-lanes.ts'
import { passPs, sharedChannel } from './router-trains.ts'
import { feederOf, firstInTurn, freeChannel, takeOut } from './router-turns.ts'

export interface QueueEvents {
  /** A packet has been given a channel. */
  readonly mayGo: (leg: Leg) => void
  /** A channel of an injection lane is free. */
  readonly isFree: (lane: Lane) => void
}

export class RouterQueues {
  private readonly loop: EventLoop
  private readonly calendar: RouterCalendar
  private readonly legs: Legs
  private readonly on: QueueEvents

  constructor(loop: EventLoop, calendar: RouterCalendar, legs: Legs, on: QueueEvents) {
    this.loop = loop
    this.calendar = calendar
    this.legs = legs
    this.on = on
  }

  /** Its head is at the next router. */
  arrive(leg: Leg, at: Channel): void {
    const next = this.legs.take(leg.message, leg.flits, leg.hop + 1, at, leg.outPs + leg.lane.headPs)
    leg.next = next
    next.previous = leg
    at.queue.push(next)
    if (at.queue.length === 1) this.lead(at)
    else this.passLater(at)
  }

  /** The first packet of a queue asks for a channel at the next router, unless it has done so. */
  private lead(channel: Channel): void {
    const leg = channel.queue[0]
    if (leg !== undefined && leg.feeder === undefined) this.ask(leg, channel)
  }

  /** So does the next one, if it may go past the train before it. */
  passLater({ queue }: Channel): void {
    for (let i = 1; i < queue.length; i++) {
      const leg = queue[i]!
      const train = queue[i - 1]!
      if (leg.isPassing || leg.feeder !== undefined || leg.flits >= train.flits) continue
      if (!train.isTrain || leg.message === train.message) return
      leg.isPassing = true
      this.calendar.add(passPs(train, this.loop.nowPs), Step.pass, leg)
      return
    }
  }

  /** The time has come at which it may go past the train before it, if that has not gone itself. */
  pass(leg: Leg): void {
    if (leg.feeder === undefined) this.ask(leg, leg.from!)
  }

  private ask(leg: Leg, channel: Channel): void {
    const { lane } = leg
    leg.feeder = feederOf(lane, channel.lane)
    const free = lane.waiting.length === 0 ? freeChannel(lane.channels, channel.acceptNext) : undefined
    const to = free ?? sharedChannel(lane, leg.flits)
    if (to === undefined) lane.waiting.push(leg)
    else this.give(leg, to)
  }

  private give(leg: Leg, to: Channel): void {
    const from = leg.from!
    if (to.holder === undefined) {
      to.holder = leg
      to.grantNext = from.id + 1
    } else to.guest = leg
    from.acceptNext = to.index + 1
    leg.to = to
    leg.lane.readyInto++
    from.lane.readyOut++
    this.on.mayGo(leg)
  }

  /** Of the packets that wait for a channel, one may use that of a train that has set out. */
  shareChannel({ waiting }: Lane, channel: Channel, flits: number): void {
    if (channel.guest !== undefined) return
    const place = firstInTurn(waiting, channel, flits)
    if (place >= 0 && sharedChannel(channel.lane, waiting[place]!.flits) === channel) {
      this.give(takeOut(waiting, place), channel)
    }
  }

  /** Its tail has left: its channel is given to the next one, its queue goes on. */
  release(leg: Leg, channel: Channel): void {
    const { lane } = channel
    if (channel.guest === leg) {
      channel.guest = undefined
      if (channel.holder !== undefined) this.shareChannel(lane, channel, channel.holder.flits)
    } else {
      channel.holder = undefined
      const place = firstInTurn(lane.waiting, channel, Infinity)
      if (place >= 0) this.give(takeOut(lane.waiting, place), channel)
    }
    leg.isOver = true
    const { from } = leg
    if (from === undefined) this.on.isFree(lane)
    else {
      if (from.queue[0] === leg) from.queue.shift()
      else from.queue.splice(from.queue.indexOf(leg), 1)
      this.lead(from)
      this.passLater(from)
    }
  }
}
