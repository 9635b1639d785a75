// Links as circuits: a message holds every link of its route, alone, from its start until it has arrived.
//
// This is the forecasting paper's link model (sheet section 3.3). A message starts when all its lanes are free;
// otherwise it queues at each of them. When a lane becomes free only the head of its queue is considered, so a
// message at the head can hold others up; that head-of-line blocking is part of the model.
import { durationPs, type EventLoop } from '../engine/loop.ts'
import { Rank } from '../engine/ranks.ts'
import { type Fabric, laneCount, lanesOf, type Transfer } from './fabric.ts'
import type { LinkSpec } from './spec.ts'
import type { Topology } from './topology.ts'

interface Call {
  readonly transfer: Transfer
  readonly lanes: Int32Array
  readonly order: number
}

export class CircuitFabric implements Fabric {
  private readonly spec: LinkSpec
  private readonly loop: EventLoop
  private readonly busy: Uint8Array
  private readonly queues: Call[][]
  private calls = 0
  private waitingCalls = 0

  constructor(spec: LinkSpec, topology: Topology, loop: EventLoop) {
    this.spec = spec
    this.loop = loop
    const lanes = laneCount(spec, topology)
    this.busy = new Uint8Array(lanes)
    this.queues = Array.from({ length: lanes }, () => [])
  }

  send(transfer: Transfer): void {
    const call = { transfer, lanes: lanesOf(this.spec, transfer.route), order: this.calls++ }
    if (this.isFree(call)) this.start(call)
    else {
      this.waitingCalls++
      for (const lane of call.lanes) this.queues[lane]!.push(call)
    }
  }

  waiting(): number {
    return this.waitingCalls
  }

  private isFree(call: Call): boolean {
    return call.lanes.every((lane) => this.busy[lane] === 0)
  }

  private start(call: Call): void {
    for (const lane of call.lanes) this.busy[lane] = 1
    const { bytes, route } = call.transfer
    const serializationPs = durationPs(bytes, this.spec.bytesPerPs * this.spec.efficiency)
    // From a die to itself nothing is sent.
    const heldPs = route.hops === 0 ? 0 : route.hops * this.spec.latencyPs + serializationPs
    this.loop.after(heldPs, Rank.transfer, () => this.end(call))
  }

  private end(call: Call): void {
    for (const lane of call.lanes) this.busy[lane] = 0
    const heads = [...call.lanes]
      .flatMap((lane) => this.queues[lane]!.slice(0, 1))
      .sort((a, b) => a.order - b.order)
    for (const next of new Set(heads)) {
      if (!this.isFree(next)) continue
      this.waitingCalls--
      for (const lane of next.lanes) {
        const queue = this.queues[lane]!
        queue.splice(queue.indexOf(next), 1)
      }
      this.start(next)
    }
    call.transfer.onSent()
    call.transfer.onArrived()
  }
}
