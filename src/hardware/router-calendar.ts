// What happens next in a router network: its own event queue, so that the run loop sees one event per time.
import { HeapEventQueue } from '../engine/event-queue.ts'
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

export class RouterCalendar {
  /** Steps are being handled: whatever they make due is arbitrated at the end of the batch. */
  isRunning = false
  private readonly loop: EventLoop
  private readonly onStep: (step: Step, leg: Leg) => void
  private readonly onBatchEnd: () => void
  private readonly queue = new HeapEventQueue()
  private readonly legs: (Leg | undefined)[] = []
  private readonly freeSlots: number[] = []
  /** The first step, taken out of the queue to be looked at; Infinity while there is none. */
  private headPs = Infinity
  private headStep: Step = Step.wire
  private headSlot = 0
  /** The one wake-up that counts; later ones are stale. */
  private wakePs = Infinity

  constructor(loop: EventLoop, onStep: (step: Step, leg: Leg) => void, onBatchEnd: () => void) {
    this.loop = loop
    this.onStep = onStep
    this.onBatchEnd = onBatchEnd
  }

  get isEmpty(): boolean {
    return this.headPs === Infinity
  }

  add(delayPs: number, step: Step, leg: Leg): void {
    const timePs = this.loop.nowPs + delayPs
    const slot = this.freeSlots.pop() ?? this.legs.length
    this.legs[slot] = leg
    if (timePs >= this.headPs) {
      this.queue.push(timePs, step, slot)
      return
    }
    if (this.headPs < Infinity) this.queue.push(this.headPs, this.headStep, this.headSlot)
    this.headPs = timePs
    this.headStep = step
    this.headSlot = slot
  }

  /** Makes sure that the loop calls back for the first step. */
  wake(): void {
    const { headPs } = this
    if (headPs >= this.wakePs) return
    this.wakePs = headPs
    this.loop.at(headPs, Rank.transfer, () => {
      if (headPs === this.wakePs) this.run()
    })
  }

  private run(): void {
    const { nowPs } = this.loop
    this.wakePs = Infinity
    this.isRunning = true
    while (this.headPs === nowPs) {
      const leg = this.legs[this.headSlot]!
      const step = this.headStep
      this.legs[this.headSlot] = undefined
      this.freeSlots.push(this.headSlot)
      this.advance()
      this.onStep(step, leg)
    }
    this.isRunning = false
    this.onBatchEnd()
    this.wake()
  }

  private advance(): void {
    const { queue } = this
    if (queue.pop()) {
      this.headPs = queue.timePs
      this.headStep = queue.rank as Step
      this.headSlot = queue.payload
    } else this.headPs = Infinity
  }
}
