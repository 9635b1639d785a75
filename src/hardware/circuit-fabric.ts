// Links as circuits: a message holds every link of its route, alone, from its start until it has arrived.
//
// This is the forecasting paper's link model (sheet section 3.3). A message claims its lanes as soon as all of them are
// free, even if its bytes are not there yet; otherwise it queues at each of them: urgent ones first, then those that are
// ready earlier. When a lane becomes free only the head of its queue is considered, so a message at the head can hold
// others up; that head-of-line blocking is part of the model.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { sortFew } from '../engine/sort-few.ts'
import {
  type Fabric,
  laneCount,
  lanesOf,
  payloadBytesPerPs,
  routeLatencyPs,
  type Transfer,
} from './fabric.ts'
import type { LinkSpec } from './spec.ts'
import type { Topology } from './topology.ts'

interface Call {
  readonly transfer: Transfer
  readonly lanes: Int32Array
  readonly readyPs: number
  readonly order: number
  hasStarted: boolean
}

/** The calls that want a lane, in the order of their turns. Those that have started stay until none waits any more. */
interface Queue {
  readonly calls: Call[]
  first: number
}

export class CircuitFabric implements Fabric {
  private readonly spec: LinkSpec
  private readonly loop: EventLoop
  /** Of a link of width 1. */
  private readonly payloadBytesPerPs: number
  private readonly busy: Uint8Array
  private readonly queues: Queue[]
  private calls = 0
  private waitingCalls = 0
  private readonly heads: Call[] = []

  constructor(spec: LinkSpec, topology: Topology, loop: EventLoop) {
    this.spec = spec
    this.loop = loop
    this.payloadBytesPerPs = payloadBytesPerPs(spec)
    const lanes = laneCount(spec, topology)
    this.busy = new Uint8Array(lanes)
    this.queues = Array.from({ length: lanes }, () => ({ calls: [], first: 0 }))
  }

  send(transfer: Transfer): void {
    const lanes = lanesOf(this.spec, transfer.route)
    const { readyPs = this.loop.nowPs } = transfer
    const call = { transfer, lanes, readyPs, order: this.calls++, hasStarted: false }
    if (this.isFree(call)) this.start(call)
    else {
      this.waitingCalls++
      for (const lane of lanes) enqueue(this.queues[lane]!, call)
    }
  }

  waiting(): number {
    return this.waitingCalls
  }

  private isFree({ lanes }: Call): boolean {
    for (let i = 0; i < lanes.length; i++) if (this.busy[lanes[i]!] === 1) return false
    return true
  }

  private start(call: Call): void {
    call.hasStarted = true
    for (const lane of call.lanes) this.busy[lane] = 1
    const { bytes, route } = call.transfer
    const serializationPs = durationPs(bytes, this.payloadBytesPerPs * route.width)
    // From a die to itself nothing is sent.
    const heldPs = route.hops === 0 ? 0 : routeLatencyPs(this.spec, route) + serializationPs
    const startPs = Math.max(this.loop.nowPs, call.readyPs)
    this.loop.at(startPs + heldPs, Rank.transfer, () => this.end(call))
  }

  private end(call: Call): void {
    for (const lane of call.lanes) this.busy[lane] = 0
    this.lookForHeads(call.lanes)
    for (const next of this.heads) {
      if (next.hasStarted || !this.isFree(next)) continue
      this.waitingCalls--
      this.start(next)
    }
    call.transfer.onSent()
    call.transfer.onArrived()
  }

  /** Leaves in `heads` the first waiting call of each lane that has one, the earliest ready first; a call may be there twice. */
  private lookForHeads(lanes: Int32Array): void {
    const { heads } = this
    heads.length = 0
    for (const lane of lanes) {
      const queue = this.queues[lane]!
      const { calls } = queue
      while (queue.first < calls.length && calls[queue.first]!.hasStarted) queue.first++
      if (queue.first === calls.length) {
        calls.length = 0
        queue.first = 0
        continue
      }
      heads.push(calls[queue.first]!)
    }
    sortFew(heads, inTurn)
  }
}

/** The earlier ready first; of equals the one that came first. */
function inTurn(a: Call, b: Call): number {
  return a.readyPs - b.readyPs || a.order - b.order
}

/** Behind all calls that wait and go before it: nearly always at the end. */
function enqueue({ calls, first }: Queue, call: Call): void {
  let at = calls.length
  for (; at > first && goesBefore(call, calls[at - 1]!); at--) calls[at] = calls[at - 1]!
  calls[at] = call
}

function goesBefore(call: Call, other: Call): boolean {
  const isUrgent = call.transfer.isUrgent === true
  return isUrgent === (other.transfer.isUrgent === true) ? inTurn(call, other) < 0 : isUrgent
}
