// The event queue of the run loop: what is due now, a short heap of what is due next, and a wheel of slots for later.
import { EventHeap, grown } from './event-heap.ts'
import type { EventQueue } from './event-queue.ts'
import { RankQueues } from './rank-queues.ts'

// Rank and insertion order share one double: rank * 2^45 + order. 2^45 events are years of simulation.
const RANK_STEP = 2 ** 45

/** With more events than this beside those of the present time the wheel begins to turn; with less than half of it it ends. */
const MOST_IN_HEAP = 256
const EVENTS_PER_SLOT = 4
const NONE = -1

/**
 * Events of the present time, which many are in a simulation, stand in line by rank. The others are put, unsorted, into slots of
 * equal width, and come into the heap slot by slot as their time comes. What lies behind the last slot waits until all slots are
 * empty, and is dealt to new ones then. Where times are so uneven that most fall into one slot, it is a heap.
 */
export class WheelEventQueue implements EventQueue {
  size = 0
  timePs = 0
  rank = 0
  payload = 0
  private inserted = 0
  private readonly now = new RankQueues()
  private readonly heap = new EventHeap()

  // Events in slots and behind them: places in these columns, which `nexts` chains; the free ones too.
  private times = new Float64Array(0)
  private keys = new Float64Array(0)
  private payloads = new Int32Array(0)
  private nexts = new Int32Array(0)
  private places = 0
  private freePlace = NONE
  private behind = NONE
  private behindCount = 0

  /** By slot. */
  private firsts = new Int32Array(0)
  private slots = 0
  private slotsPerPs = 0
  private startPs = 0
  /** The events of slots up to this one are in the heap. Infinity: all are, there are no slots. */
  private slot = Infinity

  push(timePs: number, rank: number, payload: number): void {
    const { now } = this
    this.size++
    if (timePs === (now.size > 0 ? now.timePs : this.timePs)) {
      now.push(timePs, rank, payload)
      return
    }
    const key = rank * RANK_STEP + this.inserted++
    const slot = Math.floor((timePs - this.startPs) * this.slotsPerPs)
    if (slot > this.slot) this.put(this.newPlace(timePs, key, payload), slot)
    else {
      this.heap.push(timePs, key, payload)
      if (this.slot === Infinity && this.heap.size > MOST_IN_HEAP) this.spill()
    }
  }

  pop(): boolean {
    const { heap, now } = this
    if (this.size === 0) return false
    if (heap.size === 0 && this.size > now.size) this.turn()
    this.size--
    if (now.size > 0 && !this.isHeapFirst()) {
      this.timePs = now.timePs
      this.rank = now.rank
      this.payload = now.shift(this.rank)
    } else {
      this.timePs = heap.timePs
      this.rank = Math.floor(heap.key / RANK_STEP)
      this.payload = heap.payload
      heap.shift()
    }
    return true
  }

  skipTo(timePs: number): boolean {
    const { heap, now, size } = this
    // With events in slots and none in the heap it is not known what comes first.
    if (now.size > 0 || (heap.size === 0 ? size > 0 : heap.timePs <= timePs)) return false
    this.timePs = timePs
    return true
  }

  /** Of one time and rank, those in the heap came before those in line. */
  private isHeapFirst(): boolean {
    const { heap, now } = this
    if (heap.size === 0 || heap.timePs > now.timePs) return false
    return heap.timePs < now.timePs || heap.key < (now.rank + 1) * RANK_STEP
  }

  /** The events of the next slot that has any come into the heap. */
  private turn(): void {
    while (++this.slot < this.slots) {
      const first = this.firsts[this.slot]!
      if (first === NONE) continue
      this.firsts[this.slot] = NONE
      this.toHeap(first)
      return
    }
    this.deal()
  }

  /** What is behind the last slot is dealt to new ones, or goes into the heap where it is not much. */
  private deal(): void {
    const { times, nexts } = this
    let place = this.behind
    const count = this.behindCount
    this.behind = NONE
    this.behindCount = 0
    this.slot = Infinity
    if (count <= MOST_IN_HEAP / 2) {
      this.toHeap(place)
      return
    }
    let firstPs = Infinity
    let sumPs = 0
    for (let at = place; at !== NONE; at = nexts[at]!) {
      firstPs = Math.min(firstPs, times[at]!)
      sumPs += times[at]!
    }
    // Evenly spread times end at twice their mean; a few that lie far behind do not make the slots wide.
    const spanPs = Math.max(1, 2 * (sumPs / count - firstPs))
    this.slots = Math.ceil(count / EVENTS_PER_SLOT)
    this.slotsPerPs = this.slots / spanPs
    this.startPs = firstPs
    if (this.firsts.length < this.slots) this.firsts = new Int32Array(2 * this.slots).fill(NONE)
    this.slot = -1
    while (place !== NONE) {
      const next = nexts[place]!
      this.put(place, Math.floor((times[place]! - firstPs) * this.slotsPerPs))
      place = next
    }
    this.turn()
  }

  /** The heap has become too large: from now on the wheel turns. */
  private spill(): void {
    const { heap } = this
    for (; heap.size > 0; heap.shift()) this.put(this.newPlace(heap.timePs, heap.key, heap.payload), Infinity)
    this.deal()
  }

  private put(place: number, slot: number): void {
    if (slot < this.slots) {
      this.nexts[place] = this.firsts[slot]!
      this.firsts[slot] = place
      return
    }
    this.nexts[place] = this.behind
    this.behind = place
    this.behindCount++
  }

  /** Moves a chain of events into the heap; their places are free then. */
  private toHeap(first: number): void {
    const { times, keys, payloads, nexts, heap } = this
    for (let place = first; place !== NONE; ) {
      heap.push(times[place]!, keys[place]!, payloads[place]!)
      const next = nexts[place]!
      nexts[place] = this.freePlace
      this.freePlace = place
      place = next
    }
  }

  private newPlace(timePs: number, key: number, payload: number): number {
    let place = this.freePlace
    if (place !== NONE) this.freePlace = this.nexts[place]!
    else {
      place = this.places++
      if (place === this.times.length) this.grow()
    }
    this.times[place] = timePs
    this.keys[place] = key
    this.payloads[place] = payload
    return place
  }

  private grow(): void {
    const capacity = Math.max(4 * MOST_IN_HEAP, 2 * this.times.length)
    this.times = grown(this.times, new Float64Array(capacity))
    this.keys = grown(this.keys, new Float64Array(capacity))
    this.payloads = grown(this.payloads, new Int32Array(capacity))
    this.nexts = grown(this.nexts, new Int32Array(capacity))
  }
}
