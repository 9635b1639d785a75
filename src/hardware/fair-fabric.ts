// Links shared max-min between the messages that cross them, with cut-through along the route.
//
// A message is a fluid: at any time it flows at one rate over all links of its route, the largest that max-min
// fairness allows. Alone it takes bytes / bandwidth + hops * latency: serialized once, however long the route.
// Rates change only when messages start or end, and only for messages that share a link with those, directly or
// through others; so only that neighbourhood is worked out anew, once for all that happens at one time.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import {
  type Fabric,
  laneRates,
  lanesOf,
  payloadBytesPerPs,
  routeLatencyPs,
  type Transfer,
} from './fabric.ts'
import { Flows } from './fair-flows.ts'
import type { LinkSpec } from './spec.ts'
import type { Topology } from './topology.ts'

export class FairFabric implements Fabric {
  private readonly spec: LinkSpec
  private readonly loop: EventLoop
  /** Of a link of width 1. */
  private readonly payloadBytesPerPs: number
  private readonly laneBytesPerPs: Float64Array
  private readonly flows = new Flows()
  /** Messages on each lane, in order of their start. */
  private readonly onLane: number[][]
  /** Lanes on which a message has started or ended beside others since rates were last worked out. */
  private changedLanes: number[] = []
  private isShareDue = false
  private readonly shareNow = () => {
    this.isShareDue = false
    this.share()
    this.wake()
  }
  /** The one wake-up that counts; others are stale. */
  private wakePs = Infinity
  private readonly finishNow = () => {
    if (this.loop.nowPs === this.wakePs) this.finishDue()
  }

  // Scratch of the neighbourhood search, kept to spare allocations.
  private searches = 0
  private readonly lanes: Int32Array
  private laneCount = 0
  /** By place in `lanes`: what the lane leaves to each of its messages that are not settled; Infinity where all are. */
  private readonly shares: Float64Array
  private readonly placeOf: Int32Array
  private readonly laneSeenBy: Int32Array
  private readonly laneLeft: Float64Array
  private readonly laneUnsettled: Int32Array

  constructor(spec: LinkSpec, topology: Topology, loop: EventLoop) {
    this.spec = spec
    this.loop = loop
    this.payloadBytesPerPs = payloadBytesPerPs(spec)
    this.laneBytesPerPs = laneRates(spec, topology)
    const lanes = this.laneBytesPerPs.length
    this.onLane = Array.from({ length: lanes }, () => [])
    this.lanes = new Int32Array(lanes)
    this.shares = new Float64Array(lanes)
    this.placeOf = new Int32Array(lanes)
    this.laneSeenBy = new Int32Array(lanes)
    this.laneLeft = new Float64Array(lanes)
    this.laneUnsettled = new Int32Array(lanes)
  }

  send(transfer: Transfer): void {
    const { nowPs } = this.loop
    const lanes = lanesOf(this.spec, transfer.route)
    // Where nobody else is on the way there is nothing to share. From a die to itself no lane is crossed.
    const isAlone = this.areFree(lanes)
    const bytesPerPs = this.payloadBytesPerPs * transfer.route.width
    const endsPs = nowPs + durationPs(transfer.bytes, bytesPerPs)
    const flow = this.flows.add(transfer, lanes, bytesPerPs, nowPs, endsPs)
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i]!
      this.onLane[lane]!.push(flow)
      if (!isAlone) this.changedLanes.push(lane)
    }
    if (!isAlone) this.shareSoon()
    else if (!this.isShareDue) {
      // While others are told of their end it is not known which comes next.
      if (this.wakePs === Infinity) this.wake()
      else if (endsPs < this.wakePs) this.wakeAt(endsPs)
    }
  }

  private areFree(lanes: Int32Array): boolean {
    for (let i = 0; i < lanes.length; i++) if (this.onLane[lanes[i]!]!.length > 0) return false
    return true
  }

  waiting(): number {
    return 0
  }

  private shareSoon(): void {
    if (this.isShareDue) return
    this.isShareDue = true
    this.loop.after(0, Rank.share, this.shareNow)
  }

  /** Makes sure the loop calls back when the next message ends. */
  private wake(): void {
    const nextPs = this.flows.firstEndPs()
    if (nextPs !== this.wakePs) this.wakeAt(nextPs)
  }

  private wakeAt(nextPs: number): void {
    this.wakePs = nextPs
    if (nextPs < Infinity) this.loop.at(nextPs, Rank.transfer, this.finishNow)
  }

  private finishDue(): void {
    const { flows, loop } = this
    const done = flows.endedBy(loop.nowPs)
    this.wakePs = Infinity
    for (const flow of done) this.leaveLanes(flow)
    if (this.changedLanes.length > 0) this.shareSoon()
    for (const flow of done) {
      const transfer = flows.release(flow)
      loop.after(routeLatencyPs(this.spec, transfer.route), Rank.transfer, transfer.onArrived)
      transfer.onSent()
    }
    if (!this.isShareDue) this.wake()
  }

  private leaveLanes(flow: number): void {
    const lanes = this.flows.lanes[flow]!
    for (let i = 0; i < lanes.length; i++) {
      const flows = this.onLane[lanes[i]!]!
      remove(flows, flow)
      // On a lane that is empty now no rate can change.
      if (flows.length > 0) this.changedLanes.push(lanes[i]!)
    }
  }

  /** Works out the rates of all messages connected to the changed lanes through shared lanes. */
  private share(): void {
    const { onLane, changedLanes } = this
    const { seenBy, lanes } = this.flows
    const search = ++this.searches
    this.laneCount = 0
    for (const lane of changedLanes) this.visitLane(lane, search)
    this.changedLanes = []
    let unsettled = 0
    // The list grows while it is walked: every flow found brings the other lanes of its route.
    for (let i = 0; i < this.laneCount; i++) {
      const flows = onLane[this.lanes[i]!]!
      for (let at = 0; at < flows.length; at++) {
        const flow = flows[at]!
        if (seenBy[flow] === search) continue
        seenBy[flow] = search
        unsettled++
        const others = lanes[flow]!
        for (let j = 0; j < others.length; j++) this.visitLane(others[j]!, search)
      }
    }
    this.fill(unsettled, search)
  }

  private visitLane(lane: number, search: number): void {
    if (this.laneSeenBy[lane] === search) return
    this.laneSeenBy[lane] = search
    const place = this.laneCount++
    const messages = this.onLane[lane]!.length
    this.laneLeft[lane] = this.laneBytesPerPs[lane]!
    this.laneUnsettled[lane] = messages
    this.lanes[place] = lane
    this.shares[place] = messages === 0 ? Infinity : this.laneBytesPerPs[lane]! / messages
    this.placeOf[lane] = place
  }

  /** Progressive filling: settle the flows of the tightest lane at its equal share, until all are settled. */
  private fill(flows: number, search: number): void {
    const { seenBy, lanes } = this.flows
    const { nowPs } = this.loop
    for (let unsettled = flows; unsettled > 0; ) {
      const tightest = this.takeTightest()
      const share = this.shares[this.placeOf[tightest]!]!
      const settled = this.onLane[tightest]!
      for (let at = 0; at < settled.length; at++) {
        const flow = settled[at]!
        if (seenBy[flow] !== search) continue
        seenBy[flow] = 0
        unsettled--
        this.flows.setRate(flow, share, nowPs)
        this.give(lanes[flow]!, share)
      }
    }
  }

  /**
   * The lane that leaves least to each of its messages, the last of equals. Lanes with nothing left to settle leave the list, from
   * the last on, as it is looked through: the one then last, which has been looked at, takes the place of each.
   */
  private takeTightest(): number {
    const { lanes, shares, placeOf } = this
    let tightest = -1
    let least = Infinity
    for (let place = this.laneCount - 1; place >= 0; place--) {
      const share = shares[place]!
      if (share < least) {
        least = share
        tightest = lanes[place]!
      } else if (share === Infinity) {
        const last = --this.laneCount
        lanes[place] = lanes[last]!
        shares[place] = shares[last]!
        placeOf[lanes[place]!] = place
      }
    }
    return tightest
  }

  /** A message takes so much of all lanes that it crosses. */
  private give(crossed: Int32Array, bytesPerPs: number): void {
    const { laneLeft, laneUnsettled, shares, placeOf } = this
    for (let i = 0; i < crossed.length; i++) {
      const lane = crossed[i]!
      const left = Math.max(0, laneLeft[lane]! - bytesPerPs)
      const unsettled = laneUnsettled[lane]! - 1
      laneLeft[lane] = left
      laneUnsettled[lane] = unsettled
      shares[placeOf[lane]!] = unsettled === 0 ? Infinity : left / unsettled
    }
  }
}

/** Takes one out, the others keep their order: rates are sums, and sums in another order round differently. */
function remove(flows: number[], flow: number): void {
  let at = 0
  while (flows[at] !== flow) at++
  for (; at + 1 < flows.length; at++) flows[at] = flows[at + 1]!
  flows.pop()
}
