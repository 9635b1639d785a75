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
import type { LinkSpec } from './spec.ts'
import type { Topology } from './topology.ts'

interface Flow {
  readonly transfer: Transfer
  readonly lanes: Int32Array
  remainingBytes: number
  bytesPerPs: number
  /** When `remainingBytes` was last brought up to date. */
  updatedPs: number
  /** When the last byte leaves at the present rate. */
  endsPs: number
  /** Which neighbourhood search saw this flow last; 0 once its rate is settled. */
  seenBy: number
}

export class FairFabric implements Fabric {
  private readonly spec: LinkSpec
  private readonly loop: EventLoop
  /** Of a link of width 1. */
  private readonly payloadBytesPerPs: number
  private readonly laneBytesPerPs: Float64Array
  private readonly active: Flow[] = []
  private readonly onLane: Flow[][]
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
    const flow = {
      transfer,
      lanes,
      remainingBytes: transfer.bytes,
      bytesPerPs,
      updatedPs: nowPs,
      endsPs: nowPs + durationPs(transfer.bytes, bytesPerPs),
      seenBy: 0,
    }
    this.active.push(flow)
    for (const lane of lanes) {
      this.onLane[lane]!.push(flow)
      if (!isAlone) this.changedLanes.push(lane)
    }
    if (!isAlone) this.shareSoon()
    else if (!this.isShareDue) this.wake()
  }

  private areFree(lanes: Int32Array): boolean {
    for (const lane of lanes) if (this.onLane[lane]!.length > 0) return false
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
    let nextPs = Infinity
    for (const { endsPs } of this.active) if (endsPs < nextPs) nextPs = endsPs
    if (nextPs === this.wakePs) return
    this.wakePs = nextPs
    if (nextPs < Infinity) this.loop.at(nextPs, Rank.transfer, this.finishNow)
  }

  private finishDue(): void {
    const { nowPs } = this.loop
    const { active } = this
    const done: Flow[] = []
    let left = 0
    for (const flow of active) {
      if (flow.endsPs <= nowPs) done.push(flow)
      else active[left++] = flow
    }
    while (active.length > left) active.pop()
    this.wakePs = Infinity
    for (const flow of done) {
      for (const lane of flow.lanes) {
        const flows = this.onLane[lane]!
        remove(flows, flow)
        // On a lane that is empty now no rate can change.
        if (flows.length > 0) this.changedLanes.push(lane)
      }
    }
    if (this.changedLanes.length > 0) this.shareSoon()
    for (const { transfer } of done) {
      this.loop.after(routeLatencyPs(this.spec, transfer.route), Rank.transfer, transfer.onArrived)
      transfer.onSent()
    }
    if (!this.isShareDue) this.wake()
  }

  /** Works out the rates of all messages connected to the changed lanes through shared lanes. */
  private share(): void {
    const { laneLeft, laneUnsettled, onLane, changedLanes } = this
    const search = ++this.searches
    this.laneCount = 0
    for (const lane of changedLanes) this.visitLane(lane, search)
    this.changedLanes = []
    let unsettled = 0
    // The list grows while it is walked: every flow found brings the other lanes of its route.
    for (let i = 0; i < this.laneCount; i++) {
      const lane = this.lanes[i]!
      const flows = onLane[lane]!
      laneLeft[lane] = this.laneBytesPerPs[lane]!
      laneUnsettled[lane] = flows.length
      for (const flow of flows) {
        if (flow.seenBy === search) continue
        flow.seenBy = search
        unsettled++
        for (const other of flow.lanes) this.visitLane(other, search)
      }
    }
    this.fill(unsettled, search)
  }

  private visitLane(lane: number, search: number): void {
    if (this.laneSeenBy[lane] === search) return
    this.laneSeenBy[lane] = search
    this.lanes[this.laneCount++] = lane
  }

  /** Progressive filling: settle the flows of the tightest lane at its equal share, until all are settled. */
  private fill(flows: number, search: number): void {
    const { lanes, laneLeft, laneUnsettled, onLane } = this
    for (let unsettled = flows; unsettled > 0; ) {
      let tightest = -1
      let share = Infinity
      for (let i = this.laneCount - 1; i >= 0; i--) {
        const lane = lanes[i]!
        const count = laneUnsettled[lane]!
        if (count === 0) {
          // Nothing left to settle here: the last lane of the list takes its place.
          lanes[i] = lanes[--this.laneCount]!
          continue
        }
        const laneShare = laneLeft[lane]! / count
        if (laneShare < share) {
          share = laneShare
          tightest = lane
        }
      }
      for (const flow of onLane[tightest]!) {
        if (flow.seenBy !== search) continue
        flow.seenBy = 0
        unsettled--
        this.setRate(flow, share)
        for (const lane of flow.lanes) {
          laneLeft[lane] = Math.max(0, laneLeft[lane]! - share)
          laneUnsettled[lane] = laneUnsettled[lane]! - 1
        }
      }
    }
  }

  private setRate(flow: Flow, bytesPerPs: number): void {
    if (flow.bytesPerPs === bytesPerPs) return
    const { nowPs } = this.loop
    if (nowPs > flow.updatedPs) {
      flow.remainingBytes = Math.max(0, flow.remainingBytes - flow.bytesPerPs * (nowPs - flow.updatedPs))
      flow.updatedPs = nowPs
    }
    flow.bytesPerPs = bytesPerPs
    flow.endsPs = nowPs + durationPs(flow.remainingBytes, bytesPerPs)
  }
}

/** Takes one out, the others keep their order: rates are sums, and sums in another order round differently. */
function remove(flows: Flow[], flow: Flow): void {
  flows.copyWithin(flows.indexOf(flow), flows.indexOf(flow) + 1)
  flows.pop()
}
