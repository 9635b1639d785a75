// What max-min fairness gives to messages that share lanes, worked out anew only where it changes.
//
// All messages grow at one rate, from nothing, until a lane is full; those on it stay as they are then, the others grow on.
// A start or an end makes that go another way from some rate on, and only on some lanes. Those are followed in order of
// rates: a lane that is not full any more where it was before lets its messages grow on, one that is full gives them
// their rate, and messages that grow on or get another rate than before draw the other lanes that they cross into it.
// Of hundreds of messages that are connected through shared lanes some ten change their rates at a time.
import { type Flows, NONE } from './flows.ts'

/** Rates that differ by no more than this part of them are taken for the same: they differ by rounding. */
const ROUNDING = 1e-9

export class FairShares {
  private readonly laneBytesPerPs: Float64Array
  /** Messages on each lane, in order of their start. */
  private readonly onLane: readonly (readonly number[])[]
  private readonly flows: Flows
  /** Messages that have got another rate; one may be in it twice. */
  private readonly changed: number[] = []
  private updates = 0

  /** Lanes drawn in that are not full yet, and the rate before which nothing happens on each; 0: nothing is known of it. */
  private readonly lanes: Int32Array
  private readonly nextRates: Float64Array
  private laneCount = 0
  /** By lane: the last update that drew it in. */
  private readonly drawnInBy: Int32Array
  /** By lane: where it stands in `lanes`; NONE once it is full. */
  private readonly placeOf: Int32Array
  /** By lane: whether something has changed on it since its rates were found. */
  private readonly isStale: Uint8Array
  /** By lane: the rate at which it is full, as far as is known. */
  private readonly fullAt: Float64Array
  /** By lane: the rate of the messages that it limits; Infinity where there are none. */
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
    this.isStale = new Uint8Array(length)
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

  /** Something on it has changed. Of a lane that is drawn in already nothing happens earlier for that. */
  private drawIn(lane: number): void {
    const { drawnInBy, placeOf, isStale } = this
    isStale[lane] = 1
    if (drawnInBy[lane] === this.updates) return
    drawnInBy[lane] = this.updates
    placeOf[lane] = this.laneCount
    this.lanes[this.laneCount] = lane
    this.nextRates[this.laneCount++] = 0
  }

  /** The lane on which something happens at the least rate; NONE if nothing does on any. */
  private nextLane(): number {
    for (;;) {
      const place = this.leastPlace()
      if (place === NONE) return NONE
      const lane = this.lanes[place]!
      if (this.isStale[lane] === 0) return lane
      // Not before: most lanes change several times until something happens on them.
      this.findRates(place)
    }
  }

  private leastPlace(): number {
    const { nextRates, laneCount } = this
    let least = NONE
    let leastRate = Infinity
    for (let place = 0; place < laneCount; place++) {
      if (nextRates[place] === 0) this.findRates(place)
      const rate = nextRates[place]!
      if (rate >= leastRate) continue
      leastRate = rate
      least = place
    }
    return least
  }

  /** Finds the rates at which the lane in this place was and is full. */
  private findRates(place: number): void {
    const lane = this.lanes[place]!
    const wasFullAt = this.limitOf(lane)
    const fullAt = this.equalPart(lane)
    this.wasFullAt[lane] = wasFullAt
    this.fullAt[lane] = fullAt
    this.nextRates[place] = Math.min(wasFullAt, fullAt)
    this.isStale[lane] = 0
  }

  /** All messages that a lane limits have one rate. */
  private limitOf(lane: number): number {
    const { limitedBy, share } = this.flows
    const messages = this.onLane[lane]!
    for (let at = 0; at < messages.length; at++) {
      const flow = messages[at]!
      if (limitedBy[flow] === lane) return share[flow]!
    }
    return Infinity
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

  /** It is not full where it was: its messages grow on until a lane limits them, which may be full earlier for that. */
  private letGrow(lane: number): void {
    const { limitedBy, share, lanes } = this.flows
    const messages = this.onLane[lane]!
    for (let at = 0; at < messages.length; at++) {
      const flow = messages[at]!
      if (limitedBy[flow] !== lane) continue
      limitedBy[flow] = NONE
      share[flow] = Infinity
      const crossed = lanes[flow]!
      for (let i = 0; i < crossed.length; i++) {
        this.drawIn(crossed[i]!)
        this.nextRates[this.placeOf[crossed[i]!]!] = 0
      }
    }
  }

  /** It is full: messages that are growing, or are limited to that very rate elsewhere, get the rate at which it is. */
  private fill(lane: number): void {
    const { limitedBy, share, bytesPerPs, lanes } = this.flows
    const messages = this.onLane[lane]!
    const rate = this.fullAt[lane]!
    this.leave(lane)
    for (let at = 0; at < messages.length; at++) {
      const flow = messages[at]!
      const known = share[flow]!
      if (known < rate * (1 - ROUNDING)) continue
      // Where another lane limited it that one is not full for it any more.
      if (known < Infinity) this.isStale[limitedBy[flow]!] = 1
      limitedBy[flow] = lane
      share[flow] = rate
      const isNew = Math.abs(rate - bytesPerPs[flow]!) > ROUNDING * rate
      if (isNew) this.changed.push(flow)
      if (!isNew && known < Infinity) continue
      const crossed = lanes[flow]!
      for (let i = 0; i < crossed.length; i++) this.drawIn(crossed[i]!)
    }
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
