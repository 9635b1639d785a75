// What max-min fairness gives to messages that share lanes, worked out anew only where it changes.
//
// All messages grow at one rate, from nothing, until a lane is full; those on it stay as they are then, the others grow on.
// A start or an end makes that go another way from some rate on, and only on some lanes. Those are followed in order of
// rates: a lane that is not full any more where it was before lets its messages grow on, one that is full gives them
// their rate, and messages that grow on or get another rate than before draw the other lanes that they cross into it.
// Of hundreds of messages that are connected through shared lanes some ten change their rates at a time.
import { type Flows, NONE } from './flows.ts'

/** Rates that differ by no more than this part of them are the same but for rounding. */
const ROUNDING = 1e-9

export class FairShares {
  private readonly laneBytesPerPs: Float64Array
  /** Messages on each lane, in order of their start. */
  private readonly onLane: readonly (readonly number[])[]
  private readonly flows: Flows
  /** Messages that have got another rate. */
  private readonly changed: number[] = []
  private updates = 0

  /** Lanes drawn in that are not full yet; and at which rate something happens next on each, NaN where that has to be found. */
  private readonly lanes: Int32Array
  private readonly nextRates: Float64Array
  private laneCount = 0
  /** By lane: the last update that drew it in, its place above, NONE once it is full. */
  private readonly drawnInBy: Int32Array
  private readonly placeOf: Int32Array
  /** By lane: the rate at which it is full, as far as is known; and that at which it was, Infinity where it limited none. */
  private readonly fullAt: Float64Array
  private readonly wasFullAt: Float64Array

  constructor(laneBytesPerPs: Float64Array, onLane: readonly (readonly number[])[], flows: Flows) {
    this.laneBytesPerPs = laneBytesPerPs
    this.onLane = onLane
    this.flows = flows
    const { length } = laneBytesPerPs
    this.lanes = new Int32Array(length)
    this.nextRates = new Float64Array(length)
    this.drawnInBy = new Int32Array(length)
    this.placeOf = new Int32Array(length)
    this.fullAt = new Float64Array(length)
    this.wasFullAt = new Float64Array(length)
  }

  /** Brings rates up to date after messages have started or ended on these lanes. */
  update(changedLanes: readonly number[], nowPs: number): void {
    const { changed, flows, fullAt, wasFullAt } = this
    this.updates++
    this.laneCount = 0
    changed.length = 0
    for (let i = 0; i < changedLanes.length; i++) this.drawIn(changedLanes[i]!)
    for (let lane = this.nextLane(); lane !== NONE; lane = this.nextLane()) {
      if (wasFullAt[lane]! < fullAt[lane]! * (1 - ROUNDING)) this.letGrow(lane)
      else this.fill(lane)
    }
    for (let i = 0; i < changed.length; i++) flows.setRate(changed[i]!, flows.share[changed[i]!]!, nowPs)
  }

  /** What is known of it has changed. */
  private drawIn(lane: number): void {
    const { drawnInBy, placeOf } = this
    if (drawnInBy[lane] !== this.updates) {
      drawnInBy[lane] = this.updates
      placeOf[lane] = this.laneCount
      this.lanes[this.laneCount++] = lane
    }
    if (placeOf[lane] !== NONE) this.nextRates[placeOf[lane]!] = Number.NaN
  }

  /** The lane on which something happens at the least rate; NONE if nothing does on any. */
  private nextLane(): number {
    const { lanes, nextRates } = this
    let next = NONE
    let least = Infinity
    for (let place = 0; place < this.laneCount; place++) {
      let rate = nextRates[place]!
      if (Number.isNaN(rate)) {
        rate = this.rateOfNext(lanes[place]!)
        nextRates[place] = rate
      }
      if (rate >= least) continue
      least = rate
      next = lanes[place]!
    }
    return next
  }

  /** Finds the rates at which a lane was and is full; the smaller one. */
  private rateOfNext(lane: number): number {
    const wasFullAt = this.leastLimited(lane)
    const fullAt = this.equalPart(lane)
    this.wasFullAt[lane] = wasFullAt
    this.fullAt[lane] = fullAt
    return Math.min(wasFullAt, fullAt)
  }

  private leastLimited(lane: number): number {
    const { limitedBy, share } = this.flows
    const messages = this.onLane[lane]!
    let least = Infinity
    for (let at = 0; at < messages.length; at++) {
      const flow = messages[at]!
      if (limitedBy[flow] === lane && share[flow]! < least) least = share[flow]!
    }
    return least
  }

  /** What each of its messages gets that does not get less elsewhere, as such ones leave the rest to the others. */
  private equalPart(lane: number): number {
    const { limitedBy, share } = this.flows
    const messages = this.onLane[lane]!
    let part = this.laneBytesPerPs[lane]! / messages.length
    for (let before = messages.length; ; ) {
      let left = this.laneBytesPerPs[lane]!
      let growing = 0
      for (let at = 0; at < messages.length; at++) {
        const flow = messages[at]!
        if (limitedBy[flow] === lane || share[flow]! > part) growing++
        else left -= share[flow]!
      }
      // Not "as many": of shares that equal the part but for rounding there may be more than before.
      if (growing >= before) return part
      before = growing
      part = growing === 0 ? Infinity : left / growing
    }
  }

  /** It is not full where it was: its messages grow on until a lane limits them. */
  private letGrow(lane: number): void {
    const { limitedBy, share } = this.flows
    const messages = this.onLane[lane]!
    for (let at = 0; at < messages.length; at++) {
      const flow = messages[at]!
      if (limitedBy[flow] !== lane) continue
      limitedBy[flow] = NONE
      share[flow] = Infinity
      this.drawInLanes(flow)
    }
    this.drawIn(lane)
  }

  /** It is full: messages that are growing, or are limited to that very rate elsewhere, get the rate at which it is. */
  private fill(lane: number): void {
    const { limitedBy, share, bytesPerPs } = this.flows
    const messages = this.onLane[lane]!
    const rate = this.fullAt[lane]!
    this.leave(lane)
    for (let at = 0; at < messages.length; at++) {
      const flow = messages[at]!
      const known = share[flow]!
      if (known < rate * (1 - ROUNDING)) continue
      limitedBy[flow] = lane
      share[flow] = rate
      const isNew = Math.abs(rate - bytesPerPs[flow]!) > ROUNDING * rate
      if (isNew) this.changed.push(flow)
      if (isNew || known === Infinity) this.drawInLanes(flow)
    }
  }

  private drawInLanes(flow: number): void {
    const lanes = this.flows.lanes[flow]!
    for (let i = 0; i < lanes.length; i++) this.drawIn(lanes[i]!)
  }

  /** Nothing more happens on it; the last one takes its place. */
  private leave(lane: number): void {
    const { lanes, nextRates, placeOf } = this
    const place = placeOf[lane]!
    const last = --this.laneCount
    lanes[place] = lanes[last]!
    nextRates[place] = nextRates[last]!
    placeOf[lanes[place]!] = place
    placeOf[lane] = NONE
  }
}
