// Room for weight slices on dies: reserves it, knows what is in it, reports how long it was held.
import type { EventLoop } from '../../engine/loop.ts'
import type { SliceForward } from '../../schedulers/scheduler.ts'
import type { Probe } from '../probe.ts'
import type { Residency } from './residency.ts'
import type { Sram, SramClass } from './sram.ts'

export class SliceBuffers {
  private readonly loop: EventLoop
  private readonly sram: Sram
  private readonly residency: Residency
  private readonly bytesOfSlice: readonly number[]
  private readonly probe: Probe | undefined
  /** Start of each reservation by `die/expert/slice`; kept only for a probe. */
  private readonly sincePs = new Map<string, number>()
  constructor(
    loop: EventLoop,
    sram: Sram,
    residency: Residency,
    bytesOfSlice: readonly number[],
    probe: Probe | undefined,
  ) {
    this.loop = loop
    this.sram = sram
    this.residency = residency
    this.bytesOfSlice = bytesOfSlice
    this.probe = probe
  }

  /** Reserves room for a slice that is to come; calls `onGranted` when there is some. */
  claim(expert: number, slice: number, die: number, kind: SramClass, onGranted: () => void): void {
    this.residency.expect(die, expert, slice, kind)
    const granted = this.probe === undefined ? onGranted : this.watched(expert, slice, die, onGranted)
    this.sram.reserve(die, kind, this.bytesOfSlice[slice]!, granted)
  }

  /** Takes over a slice, with the room reserved for it as weights, that came before it was claimed. */
  adopt(expert: number, slice: number, die: number): void {
    this.residency.expect(die, expert, slice, 'weights')
    this.started(expert, slice, die)
  }

  release(expert: number, slice: number, die: number): void {
    const kind = this.residency.remove(die, expert, slice)
    this.ended(expert, slice, die)
    this.sram.release(die, kind, this.bytesOfSlice[slice]!)
  }

  /** Each slice takes the very room that the next one leaves; see Machine.rotate. */
  rotate(moves: readonly SliceForward[]): void {
    // All leave before any is expected, since the dies of the ring are each other's receivers.
    const leaving = moves.map(({ expert, slice, from }) => this.residency.remove(from, expert, slice))
    moves.forEach(({ expert, slice, from, to }, i) => {
      const next = (i + 1) % moves.length
      this.ended(expert, slice, from)
      const outBytes = this.bytesOfSlice[moves[next]!.slice]!
      this.sram.swap(to, leaving[next]!, outBytes, 'receive', this.bytesOfSlice[slice]!)
      this.residency.expect(to, expert, slice, 'receive')
      this.started(expert, slice, to)
    })
  }

  private watched(expert: number, slice: number, die: number, onGranted: () => void): () => void {
    return () => {
      this.started(expert, slice, die)
      onGranted()
    }
  }

  private started(expert: number, slice: number, die: number): void {
    if (this.probe !== undefined) this.sincePs.set(`${die}/${expert}/${slice}`, this.loop.nowPs)
  }

  private ended(expert: number, slice: number, die: number): void {
    if (this.probe === undefined) return
    const key = `${die}/${expert}/${slice}`
    const startPs = this.sincePs.get(key)!
    const bytes = this.bytesOfSlice[slice]!
    this.sincePs.delete(key)
    const endPs = this.loop.nowPs
    this.probe.span({ kind: 'reserve', die, peer: die, startPs, endPs, expert, slice, tokens: 0, bytes })
  }
}
