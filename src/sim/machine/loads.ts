// Weight slices that dies ask for: from where they have stayed, from their memory, or from a tier beyond it.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { Bug } from '../../errors.ts'
import type { Scheduler, SliceLoad } from '../../schedulers/scheduler.ts'
import { expertTokens, type LayerWork } from '../../schedulers/work.ts'
import type { Ahead } from '../ahead/layer-ahead.ts'
import type { SliceBuffers } from './buffers.ts'
import type { Cached } from './cached.ts'
import type { Channels } from './channels.ts'
import type { Fetcher } from './fetch.ts'
import type { Holdings } from './holdings.ts'
import type { Inputs } from './inputs.ts'
import type { Residency } from './residency.ts'
import type { Tiers } from './tiers.ts'
import type { Traffic } from './traffic.ts'

export interface LoadSetting {
  readonly loop: EventLoop
  readonly scheduler: Scheduler
  readonly channels: Channels
  readonly fetcher: Fetcher
  readonly holdings: Holdings
  readonly traffic: Traffic
  readonly bytesOfSlice: readonly number[]
  readonly ahead: Pick<Ahead, 'has' | 'take' | 'readsIntoCache' | 'allAsked'>
  readonly cached: Cached | undefined
  readonly tiers: Tiers | undefined
}

/** What is new in each iteration. */
interface Loading {
  readonly work: LayerWork
  readonly buffers: SliceBuffers
  readonly residency: Residency
  readonly inputs: Inputs
}

/** Of one iteration. */
export class Loads {
  private readonly setting: LoadSetting
  private readonly current: Loading
  /** Slices that were asked for, where somebody waits until all of them were: by expert, then slice. */
  private readonly asked = new Set<number>()
  /** Of slices that come from tiers to stay, for all dies that read them from the same memory: see `key`. */
  private readonly arrivals = new Map<number, Arrival>()

  constructor(setting: LoadSetting, current: Loading) {
    this.setting = setting
    this.current = current
  }

  load(job: SliceLoad, onArrived: () => void, onLeft?: () => void): void {
    const { work, inputs } = this.current
    const { ahead, loop, fetcher } = this.setting
    const { expert, die } = job
    if (expertTokens(work, expert) === 0) throw new Bug(`expert ${expert} was loaded for no tokens`)
    const activationBytes = inputs.streamBytes(job)
    if (!ahead.has(job)) {
      this.bring(job, activationBytes, onArrived, onLeft)
      if (ahead.readsIntoCache) this.noteAsked(expert, job.slice)
      return
    }
    if (onLeft !== undefined) loop.after(0, Rank.decide, onLeft)
    ahead.take(job, fetcher.besideActivations(die, activationBytes, onArrived))
  }

  /** All slices of an expert that is computed where it lies. */
  noteAfar(expert: number): void {
    if (!this.setting.ahead.readsIntoCache) return
    for (const slice of this.setting.bytesOfSlice.keys()) this.noteAsked(expert, slice)
  }

  private noteAsked(expert: number, slice: number): void {
    const { ahead, bytesOfSlice } = this.setting
    this.asked.add(expert * bytesOfSlice.length + slice)
    if (this.asked.size === this.current.work.activeExperts.length * bytesOfSlice.length) ahead.allAsked()
  }

  /** `activationBytes`: what the die streams from its own memory beside the slice. */
  private bring(job: SliceLoad, activationBytes: number, onArrived: () => void, onLeft?: () => void): void {
    const { fetcher, holdings, traffic, bytesOfSlice, scheduler, channels, tiers } = this.setting
    const { expert, slice, channelDie, die, tokens } = job
    const arrive = () => this.arrived(job, onArrived)
    const keeper = channelDie ?? channels.dies[0]!
    const before = this.arrivalOf(job, keeper)
    const tier = before === undefined ? this.tierOf(job, keeper) : 0
    if (tier === undefined) {
      this.use(job, fetcher.besideActivations(die, activationBytes, arrive), onLeft)
      return
    }
    holdings.noteLoad(job, traffic)
    const slices = bytesOfSlice.length
    const bytes = bytesOfSlice[slice]!
    const isAway = scheduler.home(expert, slice) !== die
    const source = channelDie
    const fetch = { expert, slice, slices, bytes, tokens, activationBytes, source, die, isAway }
    const read = () => fetcher.fetch(fetch, arrive, onLeft)
    const granted = tiers === undefined ? read : this.onceThere(job, keeper, tier, before, read)
    this.current.buffers.claim(expert, slice, die, 'weights', granted)
  }

  private arrived({ expert, slice, die }: SliceLoad, onArrived: () => void): void {
    const { traffic, bytesOfSlice } = this.setting
    traffic.sramBytes += bytesOfSlice[slice]!
    this.current.residency.arrive(die, expert, slice)
    onArrived()
  }

  /** A slice that has stayed on its die, or is on its way there: nothing is read. */
  private use({ expert, slice, die }: SliceLoad, onThere: () => void, onLeft?: () => void): void {
    const { loop, cached } = this.setting
    if (onLeft !== undefined) loop.after(0, Rank.decide, onLeft)
    const waitPs = cached!.comingPs(expert, slice, die)
    const granted = () => loop.after(waitPs, Rank.handOver, onThere)
    this.current.buffers.claim(expert, slice, die, 'weights', granted)
  }

  /** Reads a slice when it has come to the memory that it is read from. */
  private onceThere(
    { expert, slice }: SliceLoad,
    keeper: number,
    tier: number,
    before: Arrival | undefined,
    read: () => void,
  ): () => void {
    const { loop, tiers, cached, bytesOfSlice } = this.setting
    const arrival = before ?? this.expectArrival(expert, slice, keeper, tier)
    const waitPs = cached?.comingPs(expert, slice, keeper) ?? 0
    return () => {
      if (tier > 0) {
        tiers!.bring({ expert, slice, bytes: bytesOfSlice[slice]!, die: keeper, tier }, () => {
          read()
          arrival?.there()
        })
      } else if (before?.isThere === false) before.waiting.push(read)
      else if (waitPs > 0) loop.after(waitPs, Rank.memory, read)
      else read()
    }
  }

  /** Of a slice that another die has asked for in this iteration, and that stays where both read it. */
  private arrivalOf({ expert, slice }: SliceLoad, keeper: number): Arrival | undefined {
    return this.arrivals.get(this.key(expert, slice, keeper))
  }

  private expectArrival(expert: number, slice: number, keeper: number, tier: number): Arrival | undefined {
    if (this.setting.cached === undefined) return undefined
    const arrival = new Arrival(tier === 0)
    this.arrivals.set(this.key(expert, slice, keeper), arrival)
    return arrival
  }

  private key(expert: number, slice: number, keeper: number): number {
    return (keeper * this.current.work.experts + expert) * this.setting.bytesOfSlice.length + slice
  }

  /** Where a slice lies: 0: in the memory that it is read from, else beyond it; undefined: it has stayed on the die. */
  private tierOf(job: SliceLoad, keeper: number): number | undefined {
    const { cached, tiers, holdings } = this.setting
    if (tiers === undefined) return cached?.use(job, job.die) === 0 ? undefined : 0
    if (holdings.hasReplica(job.expert, job.slice, keeper)) return 0
    return cached === undefined ? tiers.count : cached.use(job, keeper)
  }
}

class Arrival {
  readonly waiting: (() => void)[] = []

  isThere: boolean

  constructor(isThere: boolean) {
    this.isThere = isThere
  }

  there(): void {
    this.isThere = true
    for (const action of this.waiting) action()
  }
}
