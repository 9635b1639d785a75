// Reads experts of the next layer into the cache while this one runs, and while attention and router run before the next one.
//
// It begins when the layer has asked for all its own weights, so that these go first, and reads one item after the other (a whole
// expert, or a slice) whenever the way that it takes is idle. A read that has begun is finished, whoever comes meanwhile; what is
// still under way when the next layer starts comes there late, and keeps its ways busy that much longer.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { AheadRead } from '../../schedulers/scheduler.ts'
import type { LayerCache } from '../cache/layer-cache.ts'
import type { Channels } from '../machine/channels.ts'
import type { Fetcher } from '../machine/fetch.ts'
import type { Tiers } from '../machine/tiers.ts'
import type { Traffic } from '../machine/traffic.ts'
import type { Foresight, HandOver } from './read-ahead.ts'

export interface CacheReadsSetting {
  readonly loop: EventLoop
  readonly channels: Channels
  readonly fetcher: Fetcher
  readonly traffic: Traffic
  readonly bytesOfSlice: readonly number[]
  readonly tiers: Tiers | undefined
}

export class CacheReads {
  private readonly setting: CacheReadsSetting
  private readonly cache: LayerCache
  private readonly gapPs: number
  /** What is not begun, by die that keeps it, the most wanted first. */
  private readonly queues = new Map<number, AheadRead[]>()
  private readonly begun: { readonly read: AheadRead; atPs: number }[] = []
  private readonly channelBusyPs = new Map<number, number>()
  private isAllAsked = false
  /** When the layer's own work was over; undefined = it is not. */
  private overPs: number | undefined

  /** `cache`: of the next layer. */
  constructor(setting: CacheReadsSetting, { wishes, gapPs }: Foresight, cache: LayerCache) {
    this.setting = setting
    this.cache = cache
    this.gapPs = gapPs
    for (const wish of wishes) {
      const queue = this.queues.get(wish.die)
      if (queue === undefined) this.queues.set(wish.die, [wish])
      else queue.push(wish)
    }
    setting.channels.onBusy = (die, freeAtPs) => this.channelBusyPs.set(die, freeAtPs)
  }

  /** The layer has asked for all that it needs itself. */
  allAsked(): void {
    this.isAllAsked = true
    this.start()
  }

  start(): void {
    if (!this.isAllAsked) return
    for (const die of this.queues.keys()) this.tryAt(die, this.setting.loop.nowPs)
  }

  layerIsOver(): void {
    this.overPs = this.setting.loop.nowPs
    // A layer all of whose experts were computed elsewhere has asked for nothing.
    this.allAsked()
  }

  /** After the last event: when the layer was over, and what is still under way. */
  finish(): { readonly overPs: number; readonly handOver: HandOver } {
    const { channels, tiers, loop } = this.setting
    channels.onBusy = undefined
    const overPs = this.overPs ?? loop.nowPs
    const endPs = overPs + this.gapPs
    const late = this.begun.filter(({ atPs }) => atPs > endPs)
    const lags = [...this.channelBusyPs].map(([die, ps]): [number, number] => [die, ps - endPs])
    return {
      overPs,
      handOver: {
        slices: late.map(({ read, atPs }) => ({ ...read, lagPs: atPs - endPs })),
        channelLagPs: new Map(lags.filter(([, ps]) => ps > 0)),
        tierLagPs: tiers?.busyPastPs(endPs) ?? [],
      },
    }
  }

  private tryAt(die: number, atPs: number): void {
    this.setting.loop.at(atPs, Rank.idle, () => this.readNext(die))
  }

  private readNext(die: number): void {
    const { loop } = this.setting
    const isOpen = this.overPs === undefined || loop.nowPs < this.overPs + this.gapPs
    const queue = this.queues.get(die)!
    const [read] = queue
    if (!isOpen || read === undefined) return
    const freePs = this.freePs(read)
    if (freePs > loop.nowPs) {
      this.tryAt(die, freePs)
      return
    }
    queue.shift()
    if (this.cache.place(read.expert, read.slice, die) > 0) this.read(read)
    this.tryAt(die, loop.nowPs)
  }

  /** When the way that a read takes has nothing to do. */
  private freePs({ expert, slice, die, channelDie }: AheadRead): number {
    const { tiers, channels, loop } = this.setting
    if (tiers !== undefined) {
      const tier = this.cache.place(expert, slice, die)
      return tier === 0 ? loop.nowPs : tiers.nextStartPs(tier, die)
    }
    const sources = channelDie === undefined ? channels.dies : [channelDie]
    return Math.max(...sources.map((source) => channels.nextStartPs(source)))
  }

  private read(read: AheadRead): void {
    const { loop, traffic, bytesOfSlice, tiers, fetcher } = this.setting
    const { expert, slice, die, channelDie } = read
    const tier = this.cache.place(expert, slice, die)
    if (!this.cache.bring(expert, slice, die)) return
    const bytes = this.cache.isWhole ? bytesOfSlice.reduce((sum, of) => sum + of, 0) : bytesOfSlice[slice]!
    const entry = { read, atPs: Number.POSITIVE_INFINITY }
    this.begun.push(entry)
    const onThere = () => {
      entry.atPs = loop.nowPs
    }
    if (tiers !== undefined) {
      tiers.bring({ expert, slice, bytes, die, tier }, onThere)
      return
    }
    const none = { tokens: 0, activationBytes: 0, isAway: false, isAhead: true }
    const job = { expert, slice, slices: bytesOfSlice.length, bytes, ...none, source: channelDie, die }
    fetcher.fetch(job, () => {
      traffic.sramBytes += bytes
      onThere()
    })
  }
}
