// What max-min fairness gives to messages that share lanes, worked out anew only where it changes.
//
// Messages on lanes where one has started or ended are freed: what the others leave is filled anew with them. That may
// show that the rate of another one no longer holds: a lane that limits freed ones gives them less than that, or the lane
// that limits it has something left, or gives another one more. Then it is freed, too, and all freed ones are filled
// again. Of hundreds of messages that are connected through shared lanes some ten change their rates at a time.
import type { Flows } from './flows.ts'

/** Rates that differ by no more than this part of them are the same but for rounding. */
const ROUNDING = 1e-9

export class FairShares {
  private readonly laneBytesPerPs: Float64Array
  /** Messages on each lane, in order of their start. */
  private readonly onLane: readonly (readonly number[])[]
  private readonly flows: Flows
  private readonly freed: number[] = []
  private updates = 0

  /** Lanes that freed messages cross; the first so many have some that are not settled. */
  private readonly lanes: Int32Array
  private laneCount = 0
  private openCount = 0
  /** By place in `lanes`: what the lane leaves to each of its messages that are not settled; Infinity where all are. */
  private readonly shares: Float64Array
  private readonly placeOf: Int32Array
  private fills = 0
  private readonly laneSeenBy: Int32Array
  private readonly laneLeft: Float64Array
  private readonly laneUnsettled: Int32Array
  /** Messages on it that are not freed. */
  private readonly laneOthers: Int32Array
  /** The most that it gives to a freed message, and the most that it would let one have. */
  private readonly laneMost: Float64Array
  private readonly laneLimit: Float64Array

  constructor(laneBytesPerPs: Float64Array, onLane: readonly (readonly number[])[], flows: Flows) {
    this.laneBytesPerPs = laneBytesPerPs
    this.onLane = onLane
    this.flows = flows
    const { length } = laneBytesPerPs
    this.lanes = new Int32Array(length)
    this.shares = new Float64Array(length)
    this.placeOf = new Int32Array(length)
    this.laneSeenBy = new Int32Array(length)
    this.laneLeft = new Float64Array(length)
    this.laneUnsettled = new Int32Array(length)
    this.laneOthers = new Int32Array(length)
    this.laneMost = new Float64Array(length)
    this.laneLimit = new Float64Array(length)
  }

  /** Brings rates up to date after messages have started or ended on these lanes. */
  update(changedLanes: readonly number[], nowPs: number): void {
    const { freed, flows, onLane } = this
    this.updates++
    freed.length = 0
    for (let i = 0; i < changedLanes.length; i++) {
      const near = onLane[changedLanes[i]!]!
      for (let at = 0; at < near.length; at++) this.free(near[at]!)
    }
    do this.fill()
    while (this.freeMore())
    for (let i = 0; i < freed.length; i++) {
      const flow = freed[i]!
      const share = flows.share[flow]!
      const isNew = Math.abs(share - flows.bytesPerPs[flow]!) > ROUNDING * share
      if (isNew) flows.setRate(flow, share, nowPs)
    }
  }

  private free(flow: number): void {
    const { freedBy } = this.flows
    if (freedBy[flow] === this.updates) return
    freedBy[flow] = this.updates
    this.freed.push(flow)
  }

  /** Progressive filling: settle the messages of the tightest lane at its equal share, until all freed ones are. */
  private fill(): void {
    const { freed, onLane, laneLimit, updates } = this
    const { freedBy, settledBy, limitedBy, share: shareOf, lanes } = this.flows
    const fill = ++this.fills
    this.laneCount = 0
    for (let i = 0; i < freed.length; i++) {
      const crossed = lanes[freed[i]!]!
      for (let j = 0; j < crossed.length; j++) this.visitLane(crossed[j]!)
    }
    for (let place = 0; place < this.laneCount; place++) this.openLane(this.lanes[place]!)
    this.openCount = this.laneCount
    for (let unsettled = freed.length; unsettled > 0; ) {
      const tightest = this.takeTightest()
      const share = this.shares[this.placeOf[tightest]!]!
      const settled = onLane[tightest]!
      laneLimit[tightest] = share
      for (let at = 0; at < settled.length; at++) {
        const flow = settled[at]!
        if (freedBy[flow] !== updates || settledBy[flow] === fill) continue
        settledBy[flow] = fill
        unsettled--
        limitedBy[flow] = tightest
        shareOf[flow] = share
        this.give(lanes[flow]!, share)
      }
    }
  }

  /** One more freed message crosses it. */
  private visitLane(lane: number): void {
    if (this.laneSeenBy[lane] !== this.fills) {
      this.laneSeenBy[lane] = this.fills
      this.laneUnsettled[lane] = 0
      this.placeOf[lane] = this.laneCount
      this.lanes[this.laneCount++] = lane
    }
    this.laneUnsettled[lane]!++
  }

  /** What the messages that are not freed leave of it. */
  private openLane(lane: number): void {
    const { freedBy, bytesPerPs } = this.flows
    const messages = this.onLane[lane]!
    const freed = this.laneUnsettled[lane]!
    const others = messages.length - freed
    let left = this.laneBytesPerPs[lane]!
    for (let at = 0; others > 0 && at < messages.length; at++) {
      const flow = messages[at]!
      if (freedBy[flow] !== this.updates) left = Math.max(0, left - bytesPerPs[flow]!)
    }
    this.laneOthers[lane] = others
    this.laneLeft[lane] = left
    this.laneMost[lane] = 0
    this.laneLimit[lane] = Infinity
    this.shares[this.placeOf[lane]!] = left / freed
  }

  /**
   * The lane that leaves least to each of its messages, the last of equals. Lanes with nothing left to settle are put behind the
   * others, from the last on, as those are looked through: the one then last, which has been looked at, takes the place of each.
   */
  private takeTightest(): number {
    const { lanes, shares, placeOf } = this
    let tightest = -1
    let least = Infinity
    for (let place = this.openCount - 1; place >= 0; place--) {
      const share = shares[place]!
      const lane = lanes[place]!
      if (share < least) {
        least = share
        tightest = lane
      } else if (share === Infinity) {
        const last = --this.openCount
        lanes[place] = lanes[last]!
        shares[place] = shares[last]!
        placeOf[lanes[place]!] = place
        lanes[last] = lane
      }
    }
    return tightest
  }

  /** A message takes so much of all lanes that it crosses. */
  private give(crossed: Int32Array, bytesPerPs: number): void {
    const { laneLeft, laneUnsettled, laneMost, shares, placeOf } = this
    for (let i = 0; i < crossed.length; i++) {
      const lane = crossed[i]!
      const left = Math.max(0, laneLeft[lane]! - bytesPerPs)
      const unsettled = laneUnsettled[lane]! - 1
      laneLeft[lane] = left
      laneUnsettled[lane] = unsettled
      laneMost[lane] = bytesPerPs
      shares[placeOf[lane]!] = unsettled === 0 ? Infinity : left / unsettled
    }
  }

  /** Frees messages whose rates do not hold beside those just settled; false if there are none. */
  private freeMore(): boolean {
    const before = this.freed.length
    const { freedBy, limitedBy, bytesPerPs } = this.flows
    for (let place = 0; place < this.laneCount; place++) {
      const lane = this.lanes[place]!
      if (this.laneOthers[lane] === 0) continue
      const messages = this.onLane[lane]!
      const most = this.laneMost[lane]! * (1 - ROUNDING)
      const limit = this.laneLimit[lane]! * (1 + ROUNDING)
      const hasMore = this.laneLeft[lane]! > ROUNDING * this.laneBytesPerPs[lane]!
      for (let at = 0; at < messages.length; at++) {
        const flow = messages[at]!
        if (freedBy[flow] === this.updates) continue
        const rate = bytesPerPs[flow]!
        if (rate > limit || (limitedBy[flow] === lane && (hasMore || rate < most))) this.free(flow)
      }
    }
    return this.freed.length > before
  }
}
