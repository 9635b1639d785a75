// What the layer before has read ahead: on dies when an iteration starts, or soon after, until it is used or given up.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { Bug, invariant } from '../../errors.ts'
import type { SlicePlace } from '../../schedulers/scheduler.ts'
import type { SliceBuffers } from '../machine/buffers.ts'
import type { Channels } from '../machine/channels.ts'
import type { Residency } from '../machine/residency.ts'
import type { Sram } from '../machine/sram.ts'
import type { Tiers } from '../machine/tiers.ts'
import type { Traffic } from '../machine/traffic.ts'
import type { HandedSlice, HandOver } from './read-ahead.ts'
import { type SpareSlice, SpareSlices } from './spare-slices.ts'

export interface ReceivedSetting {
  readonly loop: EventLoop
  readonly sram: Sram
  readonly channels: Channels
  readonly traffic: Traffic
  readonly buffers: SliceBuffers
  readonly residency: Residency
  readonly tiers: Tiers | undefined
  readonly bytesOfSlice: readonly number[]
}

export class Received {
  private readonly setting: ReceivedSetting
  private readonly spares: SpareSlices<HandedSlice>
  /** What is to happen when a slice comes that has been asked for already. */
  private readonly asked = new Map<SpareSlice, () => void>()

  /** Slices for which the dies have no room are given up at once. */
  constructor(setting: ReceivedSetting, { slices, channelLagPs, tierLagPs }: HandOver) {
    this.setting = setting
    const { loop, sram, channels, traffic, bytesOfSlice, tiers } = setting
    const wasInVain = (bytes: number) => {
      traffic.aheadVainBytes += bytes
    }
    this.spares = new SpareSlices(sram, bytesOfSlice, wasInVain)
    for (const [die, lagPs] of channelLagPs) channels.occupy(die, lagPs)
    for (const lag of tierLagPs ?? []) tiers!.occupy(lag)
    for (const handed of slices) {
      if (handed.into !== 'sram') continue
      const spare = this.spares.add(handed, handed.lagPs === 0)
      if (spare === undefined) wasInVain(bytesOfSlice[handed.slice]!)
      else if (!spare.isHere) loop.after(handed.lagPs, Rank.memory, () => this.arrive(spare))
    }
  }

  get places(): readonly SlicePlace[] {
    return this.spares.all().map(({ place: { expert, slice, die } }) => ({ expert, slice, die }))
  }

  has(place: SlicePlace): boolean {
    return this.spares.find(place) !== undefined
  }

  /** A slice is the caller's from now on, who releases it like any other; `onHere` runs as soon as it is there. */
  take(place: SlicePlace, onHere: () => void): void {
    const { loop, traffic, buffers, residency, bytesOfSlice } = this.setting
    const spare = this.spareOf(place)
    const { expert, slice, die } = place
    this.spares.keep(spare)
    traffic.aheadUses++
    traffic.aheadUsedBytes += bytesOfSlice[slice]!
    buffers.adopt(expert, slice, die)
    const use = () => {
      residency.arrive(die, expert, slice)
      onHere()
    }
    if (spare.isHere) loop.after(0, Rank.handOver, use)
    else this.asked.set(spare, use)
  }

  discard(place: SlicePlace): void {
    this.spares.drop(this.spareOf(place))
  }

  giveWay(die: number): void {
    this.spares.giveWay(die)
  }

  assertEmpty(): void {
    const left = this.spares.all().length
    invariant(left === 0, () => `${left} slices that were read ahead have been neither used nor discarded`)
  }

  private spareOf(place: SlicePlace): SpareSlice<HandedSlice> {
    const spare = this.spares.find(place)
    if (spare !== undefined) return spare
    const { expert, slice, die } = place
    throw new Bug(`slice ${slice} of expert ${expert} is not among what was read ahead into die ${die}`)
  }

  private arrive(spare: SpareSlice<HandedSlice>): void {
    const use = this.asked.get(spare)
    if (use === undefined) {
      this.spares.arrive(spare)
      return
    }
    this.asked.delete(spare)
    use()
  }
}
