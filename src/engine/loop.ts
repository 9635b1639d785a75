// The run loop: takes events in order, moves the clock, calls what was scheduled.
import { Bug, fail } from '../errors.ts'
import type { EventQueue } from './event-queue.ts'
import type { Rank } from './ranks.ts'
import { WheelEventQueue } from './wheel-queue.ts'

/** Doubles hold whole picoseconds exactly up to 2^53, about 2.5 simulated hours. */
const LAST_PS = Number.MAX_SAFE_INTEGER
const OUT_OF_TIME = {
  what: 'one layer takes more than 2.5 simulated hours, beyond which picoseconds are not counted exactly',
  hint: 'look for a bandwidth, rate or clock that is far too low, or simulate fewer iterations',
}
/** So many events at one instant mean a loop that feeds itself. */
const MOST_EVENTS_AT_ONE_TIME = 20_000_000

export class EventLoop {
  nowPs = 0
  private readonly mostEventsAtOneTime: number
  private readonly queue: EventQueue = new WheelEventQueue()
  private readonly actions: (() => void)[] = []
  private readonly freeSlots: number[] = []

  constructor(mostEventsAtOneTime = MOST_EVENTS_AT_ONE_TIME) {
    this.mostEventsAtOneTime = mostEventsAtOneTime
  }

  /** Calls `action` `delayPs` from now (a whole number >= 0). */
  after(delayPs: number, rank: Rank, action: () => void): void {
    this.at(this.nowPs + delayPs, rank, action)
  }

  /** Calls `action` at `timePs`, which must not lie in the past. UserError where time runs out. */
  at(timePs: number, rank: Rank, action: () => void): void {
    if (timePs > LAST_PS && Number.isInteger(timePs)) fail('conflict', OUT_OF_TIME)
    if (timePs < this.nowPs || !Number.isInteger(timePs)) {
      throw new Bug(`an event was scheduled at ${timePs} ps while the clock shows ${this.nowPs} ps`)
    }
    const slot = this.freeSlots.pop() ?? this.actions.length
    this.actions[slot] = action
    this.queue.push(timePs, rank, slot)
  }

  /** For an action that knows when it goes on: moves the clock there, if nothing else is due before or then. */
  skipTo(timePs: number): boolean {
    if (timePs > LAST_PS || timePs <= this.nowPs || !this.queue.skipTo(timePs)) return false
    this.nowPs = timePs
    return true
  }

  /** Runs until nothing is pending. */
  run(): void {
    const { queue, actions, freeSlots } = this
    let eventsAtThisTime = 0
    while (queue.pop()) {
      if (queue.timePs > this.nowPs) eventsAtThisTime = 0
      this.nowPs = queue.timePs
      if (++eventsAtThisTime >= this.mostEventsAtOneTime) {
        throw new Bug(`time does not advance past ${this.nowPs} ps`)
      }
      const slot = queue.payload
      const action = actions[slot]!
      freeSlots.push(slot)
      action()
    }
  }
}

/** Whole picoseconds that `amount` takes at `perPs`, rounded up; a quotient that is whole but for a double's rounding is not. */
export function durationPs(amount: number, perPs: number): number {
  const exact = amount / perPs
  const nearest = Math.round(exact)
  return Math.abs(exact - nearest) <= 4 * Number.EPSILON * exact ? nearest : Math.ceil(exact)
}
