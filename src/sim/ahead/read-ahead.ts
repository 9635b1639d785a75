// Reads weights for the next layer while this one runs, and while attention and router run before the next one.
//
// A channel reads ahead when it has nothing else to do, one slice at a time, in the order of the wishes, and only where a die
// has room that nobody waits for. A read that has begun is finished, whoever comes meanwhile. It ends with the window: the
// layer's last event, and after it the time for which channels and links are idle until the next layer starts. What is still
// under way then comes to the next layer late, and keeps its channel busy that much longer there; the links it uses in that
// time are not kept from the next layer.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { AheadRead } from '../../schedulers/scheduler.ts'
import type { LayerCache } from '../cache/layer-cache.ts'
import type { Channels } from '../machine/channels.ts'
import type { Fetcher } from '../machine/fetch.ts'
import type { Sram } from '../machine/sram.ts'
import type { TierLag } from '../machine/tiers.ts'
import type { Traffic } from '../machine/traffic.ts'
import { type SpareSlice, SpareSlices } from './spare-slices.ts'

/** What the next layer wishes to have, and for how long channels are idle between the two, in ps. */
export interface Foresight {
  readonly wishes: readonly AheadRead[]
  readonly gapPs: number
  /** Of the next layer, where the wishes go into it. */
  readonly cache?: LayerCache | undefined
}

export interface HandedSlice extends AheadRead {
  /** It comes so much later than the next layer starts. */
  readonly lagPs: number
}

/** What a layer leaves to the next one. */
export interface HandOver {
  readonly slices: readonly HandedSlice[]
  /** By die: how long its channel is still busy when the next layer starts. */
  readonly channelLagPs: ReadonlyMap<number, number>
  /** The same of ways from tiers. */
  readonly tierLagPs?: readonly TierLag[]
}

export interface ReadAheadSetting {
  readonly loop: EventLoop
  readonly sram: Sram
  readonly channels: Channels
  readonly fetcher: Fetcher
  readonly traffic: Traffic
  readonly bytesOfSlice: readonly number[]
}

export class ReadAhead {
  private readonly setting: ReadAheadSetting
  private readonly gapPs: number
  private readonly spares: SpareSlices<AheadRead>
  /** Wishes that were not begun, by channel, and those that any channel may read. */
  private readonly queues = new Map<number, AheadRead[]>()
  private readonly open: AheadRead[] = []
  /** Channels of which a slice is on its way to another die. */
  private readonly isSending = new Set<number>()
  private readonly busyUntilPs = new Map<number, number>()
  private readonly done: { readonly read: AheadRead; readonly spare: SpareSlice; readonly atPs: number }[] =
    []
  /** When the layer's own work was over; undefined = it is not. */
  private overPs: number | undefined

  constructor(setting: ReadAheadSetting, { wishes, gapPs }: Foresight) {
    this.setting = setting
    this.gapPs = gapPs
    const { sram, channels, traffic, bytesOfSlice } = setting
    this.spares = new SpareSlices(sram, bytesOfSlice, (bytes) => {
      traffic.aheadVainBytes += bytes
    })
    for (const channel of channels.dies) this.queues.set(channel, [])
    for (const wish of wishes) {
      const queue = wish.channelDie === undefined ? this.open : this.queues.get(wish.channelDie)!
      queue.push(wish)
    }
    channels.onBusy = (die, freeAtPs) => this.channelIsBusy(die, freeAtPs)
  }

  /** Begins where channels are idle now; called again whenever a die may have room again. */
  start(): void {
    for (const channel of this.queues.keys()) {
      if (this.wishesOf(channel).length > 0) this.readSoon(channel, this.setting.loop.nowPs)
    }
  }

  /** The layer's own work is over, for all that is known now. */
  layerIsOver(): void {
    this.overPs = this.setting.loop.nowPs
    this.start()
  }

  giveWay(die: number): void {
    this.spares.giveWay(die)
  }

  /** After the last event: ends reading ahead, empties the buffers, and tells when the layer was over and what it leaves. */
  finish(): { readonly overPs: number; readonly handOver: HandOver } {
    this.setting.channels.onBusy = undefined
    const overPs = this.overPs ?? this.setting.loop.nowPs
    const endPs = overPs + this.gapPs
    const slices = this.done
      .filter(({ spare }) => !spare.isDropped)
      .map(({ read, atPs }) => ({ ...read, lagPs: Math.max(0, atPs - endPs) }))
    for (const spare of this.spares.all()) this.release(spare)
    const lags = [...this.busyUntilPs].map(([die, ps]): [number, number] => [die, Math.max(0, ps - endPs)])
    return { overPs, handOver: { slices, channelLagPs: new Map(lags.filter(([, ps]) => ps > 0)) } }
  }

  private channelIsBusy(die: number, freeAtPs: number): void {
    this.busyUntilPs.set(die, freeAtPs)
    if (this.wishesOf(die).length > 0) this.readSoon(die, freeAtPs)
  }

  /** What a channel may read now, the most wanted first. */
  private wishesOf(channel: number): AheadRead[] {
    return this.open.length > 0 ? this.open : this.queues.get(channel)!
  }

  private readSoon(channel: number, atPs: number): void {
    this.setting.loop.at(atPs, Rank.idle, () => this.readNext(channel))
  }

  private readNext(channel: number): void {
    const { loop, channels, fetcher, traffic, bytesOfSlice } = this.setting
    const isOpen = this.overPs === undefined || loop.nowPs < this.overPs + this.gapPs
    if (!isOpen || this.isSending.has(channel) || !channels.isIdle(channel)) return
    const wishes = this.wishesOf(channel)
    // What any channel may read, the one at the die takes first, so that it needs no link.
    const isOwn = ({ die }: AheadRead) => die === channel
    const inTurn = this.open.length > 0 ? [...wishes.filter(isOwn), ...wishes] : wishes
    for (const read of inTurn) {
      const spare = this.spares.add(read, false)
      if (spare === undefined) continue
      wishes.splice(wishes.indexOf(read), 1)
      const { expert, slice, die } = read
      const bytes = bytesOfSlice[slice]!
      traffic.aheadReadBytes += bytes
      if (die !== channel) this.isSending.add(channel)
      const none = { tokens: 0, activationBytes: 0, isAway: false }
      const job = { expert, slice, slices: bytesOfSlice.length, bytes, ...none, source: channel, die }
      fetcher.fetch({ ...job, isAhead: true }, () => this.arrive(read, channel, spare))
      return
    }
  }

  private arrive(read: AheadRead, channel: number, spare: SpareSlice<AheadRead>): void {
    const { fetcher, traffic, bytesOfSlice, loop } = this.setting
    const bytes = bytesOfSlice[read.slice]!
    traffic.sramBytes += bytes
    if (this.isSending.delete(channel)) this.readSoon(channel, loop.nowPs)
    if (!this.spares.arrive(spare)) return
    const end = () => this.done.push({ read, spare, atPs: loop.nowPs })
    if (read.into === 'sram') {
      end()
      return
    }
    // On its way through to the memory it gives no room away any more.
    this.spares.keep(spare)
    fetcher.writeReplica({ ...read, bytes, isAway: true }, () => {
      end()
      this.setting.sram.release(read.die, 'weights', bytes)
    })
  }

  private release(spare: SpareSlice<AheadRead>): void {
    this.spares.keep(spare)
    this.setting.sram.release(spare.place.die, 'weights', this.setting.bytesOfSlice[spare.place.slice]!)
  }
}
