// Links shared max-min between the messages that cross them, with cut-through along the route.
//
// A message is a fluid: at any time it flows at one rate over all links of its route, the largest that max-min
// fairness allows. Alone it takes bytes / bandwidth + hops * latency: serialized once, however long the route.
// Rates change only when messages start or end, and are worked out anew once for all that does so at one time.
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import {
  type Fabric,
  laneRates,
  lanesOf,
  payloadBytesPerPs,
  routeLatencyPs,
  type Transfer,
} from '../fabric.ts'
import type { LinkSpec } from '../spec.ts'
import type { Topology } from '../topology.ts'
import { Flows, NONE } from './flows.ts'
import { FairShares } from './shares.ts'

export class FairFabric implements Fabric {
  private readonly spec: LinkSpec
  private readonly loop: EventLoop
  /** Of a link of width 1. */
  private readonly payloadBytesPerPs: number
  private readonly laneBytesPerPs: Float64Array
  private readonly flows = new Flows()
  private readonly shares: FairShares
  /** Messages on each lane, in order of their start. */
  private readonly onLane: number[][]
  /** Lanes on which a message has started or ended beside others since rates were last worked out. */
  private changedLanes: number[] = []
  private isShareDue = false
  private readonly shareNow = () => {
    this.isShareDue = false
    this.shares.update(this.changedLanes, this.loop.nowPs)
    this.changedLanes = []
    this.wake()
  }
  /** The one wake-up that counts; others are stale. */
  private wakePs = Infinity
  private readonly finishNow = () => {
    if (this.loop.nowPs === this.wakePs) this.finishDue()
  }

  constructor(spec: LinkSpec, topology: Topology, loop: EventLoop) {
    this.spec = spec
    this.loop = loop
    this.payloadBytesPerPs = payloadBytesPerPs(spec)
    this.laneBytesPerPs = laneRates(spec, topology)
    this.onLane = Array.from(this.laneBytesPerPs, () => [])
    this.shares = new FairShares(this.laneBytesPerPs, this.onLane, this.flows)
  }

  send(transfer: Transfer): void {
    const { nowPs } = this.loop
    const lanes = lanesOf(this.spec, transfer.route)
    // Where nobody else is on the way there is nothing to share. From a die to itself no lane is crossed.
    const isAlone = this.areFree(lanes)
    const bytesPerPs = this.payloadBytesPerPs * transfer.route.width
    const endsPs = nowPs + durationPs(transfer.bytes, bytesPerPs)
    // Where it is alone any of its lanes will do: which one limits it is found out when others come.
    const limitedBy = isAlone ? (lanes[0] ?? NONE) : NONE
    const flow = this.flows.add(transfer, lanes, bytesPerPs, limitedBy, nowPs, endsPs)
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
}

/** Takes one out, the others keep their order: rates are sums, and sums in another order round differently. */
function remove(flows: number[], flow: number): void {
  let at = 0
  while (flows[at] !== flow) at++
  for (; at + 1 < flows.length; at++) flows[at] = flows[at + 1]!
  flows.pop()
}
