// Links shared max-min between the messages that cross them, with cut-through along the route.
//
// A message is a fluid: at any time it flows at one rate over all links of its route, the largest that max-min
// fairness allows. Alone it takes bytes / bandwidth + hops * latency: serialized once, however long the route.
// Rates change only when a message starts or ends, and only for messages that share a link with it, directly or
// through others; so only that neighbourhood is worked out anew.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { type Fabric, laneOfLink, type Transfer } from './fabric.ts'
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
  /** Which neighbourhood search saw this flow last. */
  seenBy: number
}

export class FairFabric implements Fabric {
  private readonly spec: LinkSpec
  private readonly loop: EventLoop
  private readonly laneOf: (link: number) => number
  private readonly laneBytesPerPs: number
  private readonly active: Flow[] = []
  private readonly onLane: Flow[][]
  private readonly laneSeenBy: Int32Array
  private readonly laneLeft: Float64Array
  private readonly laneUnsettled: Int32Array
  private searches = 0
  /** The one wake-up that counts; earlier ones are stale. */
  private wakePs = Infinity

  constructor(spec: LinkSpec, topology: Topology, loop: EventLoop) {
    this.spec = spec
    this.loop = loop
    this.laneOf = laneOfLink(spec, topology)
    this.laneBytesPerPs = spec.bytesPerPs * spec.efficiency
    const lanes = spec.duplex === 'half' ? topology.edgeCount : topology.linkCount
    this.onLane = Array.from({ length: lanes }, () => [])
    this.laneSeenBy = new Int32Array(lanes)
    this.laneLeft = new Float64Array(lanes)
    this.laneUnsettled = new Int32Array(lanes)
  }

  send(transfer: Transfer): void {
    const { nowPs } = this.loop
    const flow: Flow = {
      transfer,
      lanes: transfer.route.links.map(this.laneOf),
      remainingBytes: transfer.bytes,
      // Stays so for a message from a die to itself, which crosses no lane.
      bytesPerPs: Infinity,
      updatedPs: nowPs,
      endsPs: nowPs,
      seenBy: 0,
    }
    this.active.push(flow)
    for (const lane of flow.lanes) this.onLane[lane]!.push(flow)
    this.rebalance([flow])
    this.wake()
  }

  waiting(): number {
    return 0
  }

  /** Makes sure the loop calls back when the next message ends. */
  private wake(): void {
    let nextPs = Infinity
    for (const flow of this.active) if (flow.endsPs < nextPs) nextPs = flow.endsPs
    if (nextPs === this.wakePs) return
    this.wakePs = nextPs
    if (nextPs === Infinity) return
    this.loop.at(nextPs, Rank.transfer, () => {
      if (nextPs === this.wakePs) this.finishDue()
    })
  }

  private finishDue(): void {
    const { nowPs } = this.loop
    const done = this.active.filter((flow) => flow.endsPs <= nowPs)
    this.wakePs = Infinity
    for (const flow of done) {
      this.active.splice(this.active.indexOf(flow), 1)
      for (const lane of flow.lanes) {
        const flows = this.onLane[lane]!
        flows.splice(flows.indexOf(flow), 1)
      }
    }
    this.rebalance(done)
    this.wake()
    for (const { transfer } of done) {
      this.loop.after(transfer.route.hops * this.spec.latencyPs, Rank.transfer, transfer.onArrived)
      transfer.onSent()
    }
  }

  /** Works out the rates of all messages connected to `changed` through shared lanes. */
  private rebalance(changed: readonly Flow[]): void {
    const search = ++this.searches
    const flows: Flow[] = []
    const lanes: number[] = []
    const visitLanes = (flow: Flow) => {
      for (const lane of flow.lanes) {
        if (this.laneSeenBy[lane] === search) continue
        this.laneSeenBy[lane] = search
        lanes.push(lane)
      }
    }
    for (const flow of changed) visitLanes(flow)
    for (const lane of lanes) {
      const here = this.onLane[lane]!
      this.laneLeft[lane] = this.laneBytesPerPs
      this.laneUnsettled[lane] = here.length
      for (const flow of here) {
        if (flow.seenBy === search) continue
        flow.seenBy = search
        flows.push(flow)
        visitLanes(flow)
      }
    }
    this.fill(flows, lanes, search)
  }

  /** Progressive filling: settle the flows of the tightest lane at its equal share, until all are settled. */
  private fill(flows: readonly Flow[], lanes: readonly number[], search: number): void {
    const { laneLeft, laneUnsettled } = this
    let unsettled = flows.length
    while (unsettled > 0) {
      let tightest = -1
      let share = Infinity
      for (const lane of lanes) {
        if (laneUnsettled[lane] === 0) continue
        const laneShare = laneLeft[lane]! / laneUnsettled[lane]!
        if (laneShare < share) {
          share = laneShare
          tightest = lane
        }
      }
      for (const flow of this.onLane[tightest]!) {
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
