// Messages under way over shared links, in columns: what is left of each, its rate, and when its last byte leaves.
import { grown } from '../../engine/event-heap.ts'
import { durationPs } from '../../engine/loop.ts'
import type { Transfer } from '../fabric.ts'

/** Messages of which the first end is kept: with many under way most are not looked through for it. */
const BLOCK = 32

/** Stands for no lane, and for no place in a list. */
export const NONE = -1

/** A message is a number, which another one may have after it has ended. */
export class Flows {
  /** The lanes each crosses. */
  readonly lanes: Int32Array[] = []
  bytesPerPs = new Float64Array(64)
  /** What FairShares knows of each: the lane that limits it and its rate; NONE and Infinity where that has to be found, or there is no lane. */
  limitedBy = new Int32Array(64)
  share = new Float64Array(64)
  private readonly transfers: Transfer[] = []
  /** By order of their start. */
  private orders = new Float64Array(64)
  private started = 0
  private remainingBytes = new Float64Array(64)
  /** When the remaining bytes were last brought up to date. */
  private updatedPs = new Float64Array(64)
  /** When the last byte leaves at the present rate; Infinity where there is no message. */
  private endsPs = new Float64Array(64).fill(Infinity)
  /** By block: the first end among its messages; NaN where it has to be looked for. */
  private firstsPs = new Float64Array(2).fill(Infinity)
  private readonly free: number[] = []
  private readonly ended: number[] = []

  /** `limitedBy`: a lane that it has to itself, at this rate; NONE if it has to share, and gets one later, or crosses no lane. */
  add(
    transfer: Transfer,
    lanes: Int32Array,
    bytesPerPs: number,
    limitedBy: number,
    nowPs: number,
    endsPs: number,
  ): number {
    const flow = this.free.pop() ?? this.transfers.length
    if (flow === this.endsPs.length) this.grow()
    this.transfers[flow] = transfer
    this.lanes[flow] = lanes
    this.orders[flow] = this.started++
    this.remainingBytes[flow] = transfer.bytes
    this.bytesPerPs[flow] = bytesPerPs
    this.limitedBy[flow] = limitedBy
    this.share[flow] = limitedBy === NONE ? Infinity : bytesPerPs
    this.updatedPs[flow] = nowPs
    this.setEnd(flow, endsPs)
    return flow
  }

  /** What `endedBy` has told of: its number may be taken by another one from now on. */
  release(flow: number): Transfer {
    this.free.push(flow)
    return this.transfers[flow]!
  }

  /** When the first of all ends; Infinity where there is none. */
  firstEndPs(): number {
    let firstPs = Infinity
    for (let start = 0; start < this.transfers.length; start += BLOCK) {
      const blockPs = this.firstOfBlockPs(start)
      if (blockPs < firstPs) firstPs = blockPs
    }
    return firstPs
  }

  /** Those that end at this time or have ended before, each told of once, in order of their start. The list is used again. */
  endedBy(nowPs: number): readonly number[] {
    const { endsPs, orders, ended, firstsPs } = this
    let count = 0
    for (let start = 0; start < this.transfers.length; start += BLOCK) {
      if (this.firstOfBlockPs(start) > nowPs) continue
      firstsPs[start / BLOCK] = Number.NaN
      for (let flow = start; flow < start + BLOCK; flow++) {
        if (endsPs[flow]! > nowPs) continue
        endsPs[flow] = Infinity
        let at = count++
        for (; at > 0 && orders[ended[at - 1]!]! > orders[flow]!; at--) ended[at] = ended[at - 1]!
        ended[at] = flow
      }
    }
    while (ended.length > count) ended.pop()
    return ended
  }

  setRate(flow: number, bytesPerPs: number, nowPs: number): void {
    const before = this.bytesPerPs[flow]!
    if (before === bytesPerPs) return
    const updatedPs = this.updatedPs[flow]!
    if (nowPs > updatedPs) {
      this.remainingBytes[flow] = Math.max(0, this.remainingBytes[flow]! - before * (nowPs - updatedPs))
      this.updatedPs[flow] = nowPs
    }
    this.bytesPerPs[flow] = bytesPerPs
    this.setEnd(flow, nowPs + durationPs(this.remainingBytes[flow]!, bytesPerPs))
  }

  private setEnd(flow: number, endPs: number): void {
    const { endsPs, firstsPs } = this
    const block = Math.floor(flow / BLOCK)
    const firstPs = firstsPs[block]!
    if (endPs <= firstPs) firstsPs[block] = endPs
    else if (endsPs[flow] === firstPs) firstsPs[block] = Number.NaN
    endsPs[flow] = endPs
  }

  /** Of the block that starts with this message. */
  private firstOfBlockPs(start: number): number {
    const { endsPs, firstsPs } = this
    const block = start / BLOCK
    const keptPs = firstsPs[block]!
    if (!Number.isNaN(keptPs)) return keptPs
    let firstPs = Infinity
    for (let flow = start; flow < start + BLOCK; flow++) {
      if (endsPs[flow]! < firstPs) firstPs = endsPs[flow]!
    }
    firstsPs[block] = firstPs
    return firstPs
  }

  private grow(): void {
    const capacity = 2 * this.endsPs.length
    const larger = (from: Float64Array) => {
      const to = new Float64Array(capacity).fill(Infinity)
      to.set(from)
      return to
    }
    this.orders = larger(this.orders)
    this.remainingBytes = larger(this.remainingBytes)
    this.bytesPerPs = larger(this.bytesPerPs)
    this.updatedPs = larger(this.updatedPs)
    this.endsPs = larger(this.endsPs)
    const firstsPs = new Float64Array(capacity / BLOCK).fill(Infinity)
    firstsPs.set(this.firstsPs)
    this.firstsPs = firstsPs
    this.share = larger(this.share)
    this.limitedBy = grown(this.limitedBy, new Int32Array(capacity))
  }
}
