// What happens next in a router network: its own event queue, so that the run loop sees one event per time.
//
// A wheel of slots, each the time of a flit wide: most of what is due is so within a few packets, and in whole flits.
// What is due later than one turn of the wheel waits in a heap until its slot comes into reach.
import { EventHeap, grown } from '../engine/event-heap.ts'
import type { EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import type { Leg } from './router-lanes.ts'

/** What ends, in the order in which it is handled at one time. */
export const Step = {
  wireAndPort: 0,
  wire: 1,
  port: 2,
  credit: 3,
  release: 4,
  deliver: 5,
  arrive: 6,
  pass: 7,
} as const
export type Step = (typeof Step)[keyof typeof Step]

const STEPS = 8
const SLOTS = 2048
const NONE = -1

export class RouterCalendar {
  /** Steps are being handled: whatever they make due is arbitrated at the end of the batch. */
  isRunning = false
  private readonly loop: EventLoop
  private readonly slotsPerPs: number
  private readonly onStep: (step: Step, leg: Leg) => void
  private readonly onBatchEnd: () => void

  // An event is a place in these columns; `nexts` chains the events of a slot by step, and the free places.
  private times = new Float64Array(256)
  private steps = new Uint8Array(256)
  private nexts = new Int32Array(256)
  private readonly legs: Leg[] = []
  private freePlace = NONE
  private places = 0
  private pending = 0

  // The wheel: per slot the first and last event of each step, a bit for each step that has any, the earliest and the
  // latest time among them; a bit for each slot in use.
  private readonly firsts = new Int32Array(STEPS * SLOTS)
  private readonly lasts = new Int32Array(STEPS * SLOTS)
  private readonly stepsIn = new Uint8Array(SLOTS)
  private readonly earliestPs = new Float64Array(SLOTS)
  private readonly latestPs = new Float64Array(SLOTS)
  private readonly used = new Int32Array(SLOTS / 32)
  /** The present time in slots, and its slot: the wheel reaches from here to just before its next turn. */
  private nowSlots = 0
  private nowSlot = 0
  private readonly far = new EventHeap()
  private farCount = 0
  /** The first of the far events, taken out of the heap; Infinity where there is none. */
  private farPs = Infinity
  private farPlace = NONE

  /** What is due now, chained per step. */
  private readonly dueFirsts = new Int32Array(STEPS)
  /** The one wake-up that counts; later ones are stale. */
  private wakePs = Infinity
  private readonly runNow = () => {
    if (this.loop.nowPs !== this.wakePs) return
    this.wakePs = Infinity
    do this.run()
    while (this.wakePs === Infinity && this.loop.skipTo(this.headPs()))
    this.wake()
  }

  constructor(
    loop: EventLoop,
    flitPs: number,
    onStep: (step: Step, leg: Leg) => void,
    onBatchEnd: () => void,
  ) {
    this.loop = loop
    this.slotsPerPs = 1 / Math.max(1, flitPs)
    this.onStep = onStep
    this.onBatchEnd = onBatchEnd
  }

  get isEmpty(): boolean {
    return this.pending === 0
  }

  add(delayPs: number, step: Step, leg: Leg): void {
    const place = this.newPlace()
    this.pending++
    leg.stepsDue++
    this.times[place] = this.loop.nowPs + delayPs
    this.steps[place] = step
    this.legs[place] = leg
    this.put(place)
  }

  /** Makes sure that the loop calls back for the first step. */
  wake(): void {
    const headPs = this.headPs()
    if (headPs >= this.wakePs) return
    this.wakePs = headPs
    this.loop.at(headPs, Rank.transfer, this.runNow)
  }

  private run(): void {
    const { nowPs } = this.loop
    this.isRunning = true
    this.nowSlots = Math.floor(nowPs * this.slotsPerPs)
    this.nowSlot = this.nowSlots % SLOTS
    while (this.farPs < Infinity && this.slotsAhead(this.farPs) < SLOTS) this.fromFar()
    for (let steps = this.takeDue(nowPs); steps !== 0; steps &= steps - 1) {
      const step = 31 - Math.clz32(steps & -steps)
      let place = this.dueFirsts[step]!
      while (place !== NONE) {
        const leg = this.legs[place]!
        const next = this.nexts[place]!
        this.nexts[place] = this.freePlace
        this.freePlace = place
        this.pending--
        leg.stepsDue--
        this.onStep(step as Step, leg)
        place = next
      }
    }
    this.isRunning = false
    this.onBatchEnd()
  }

  /** Takes the events of this time out of their slot, chained per step; a bit for each step that has any. */
  private takeDue(nowPs: number): number {
    const slot = this.nowSlot
    const steps = this.stepsIn[slot]!
    const hasLater = this.latestPs[slot]! > nowPs
    this.stepsIn[slot] = 0
    this.used[slot >> 5]! &= ~(1 << (slot & 31))
    let due = steps
    for (let left = steps; left !== 0; left &= left - 1) {
      const step = 31 - Math.clz32(left & -left)
      this.dueFirsts[step] = this.firsts[STEPS * slot + step]!
      if (hasLater && !this.putLaterBack(step, nowPs)) due &= ~(1 << step)
    }
    return due
  }

  /** Leaves in the chain of a step what is due now; false if nothing is. */
  private putLaterBack(step: number, nowPs: number): boolean {
    let place = this.dueFirsts[step]!
    let last = NONE
    while (place !== NONE) {
      const next = this.nexts[place]!
      if (this.times[place]! > nowPs) this.put(place)
      else {
        if (last === NONE) this.dueFirsts[step] = place
        else this.nexts[last] = place
        this.nexts[place] = NONE
        last = place
      }
      place = next
    }
    return last !== NONE
  }

  private slotsAhead(timePs: number): number {
    return Math.floor(timePs * this.slotsPerPs) - this.nowSlots
  }

  private put(place: number): void {
    const timePs = this.times[place]!
    const ahead = this.slotsAhead(timePs)
    if (ahead >= SLOTS) {
      this.putFar(place)
      return
    }
    const slot = (this.nowSlot + ahead) & (SLOTS - 1)
    const step = this.steps[place]!
    const chain = STEPS * slot + step
    const steps = this.stepsIn[slot]!
    this.nexts[place] = NONE
    if (((steps >> step) & 1) === 1) this.nexts[this.lasts[chain]!] = place
    else this.firsts[chain] = place
    this.lasts[chain] = place
    this.stepsIn[slot] = steps | (1 << step)
    if (steps === 0) {
      this.earliestPs[slot] = timePs
      this.latestPs[slot] = timePs
      this.used[slot >> 5]! |= 1 << (slot & 31)
    } else if (timePs < this.earliestPs[slot]!) this.earliestPs[slot] = timePs
    else if (timePs > this.latestPs[slot]!) this.latestPs[slot] = timePs
  }

  private putFar(place: number): void {
    const timePs = this.times[place]!
    if (timePs >= this.farPs) {
      this.far.push(timePs, this.farCount++, place)
      return
    }
    if (this.farPs < Infinity) this.far.push(this.farPs, this.farCount++, this.farPlace)
    this.farPs = timePs
    this.farPlace = place
  }

  private fromFar(): void {
    this.put(this.farPlace)
    const { far } = this
    const isThere = far.size > 0
    this.farPs = isThere ? far.timePs : Infinity
    this.farPlace = isThere ? far.payload : NONE
    if (isThere) far.shift()
  }

  /** The first time at which anything is due. */
  private headPs(): number {
    const { used } = this
    const start = this.nowSlot
    let word = start >> 5
    // The slots before `start` come last: they are a turn of the wheel ahead.
    let bits = used[word]! & (-1 << (start & 31))
    for (let i = 0; i <= used.length; i++) {
      if (bits !== 0) return this.earliestPs[32 * word + 31 - Math.clz32(bits & -bits)]!
      word = (word + 1) & (used.length - 1)
      bits = used[word]!
    }
    return this.farPs
  }

  private newPlace(): number {
    const place = this.freePlace
    if (place !== NONE) {
      this.freePlace = this.nexts[place]!
      return place
    }
    if (this.places === this.times.length) {
      this.times = grown(this.times, new Float64Array(2 * this.places))
      this.steps = grown(this.steps, new Uint8Array(2 * this.places))
      this.nexts = grown(this.nexts, new Int32Array(2 * this.places))
    }
    return this.places++
  }
}
