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

interface LoadSetting {
  readonly work: LayerWork
  readonly loop: EventLoop
  readonly scheduler: Scheduler
  readonly buffers: SliceBuffers
  readonly residency: Residency
  readonly channels: Channels
  readonly fetcher: Fetcher
  readonly holdings: Holdings
  readonly traffic: Traffic
  readonly bytesOfSlice: readonly number[]
  readonly inputs: Inputs
  readonly ahead: Pick<Ahead, 'has' | 'take'>
  readonly cached: Cached | undefined
  readonly tiers: Tiers | undefined
}

/** Of one iteration. */
export class Loads {
  private readonly setting: LoadSetting

  constructor(setting: LoadSetting) {
    this.setting = setting
  }

  load(job: SliceLoad, onArrived: () => void, onLeft?: () => void): void {
    const { work, inputs, ahead, loop, fetcher } = this.setting
    const { expert, die } = job
    if (expertTokens(work, expert) === 0) throw new Bug(`expert ${expert} was loaded for no tokens`)
    const activationBytes = inputs.streamBytes(job)
    if (!ahead.has(job)) {
      this.bring(job, activationBytes, onArrived, onLeft)
      return
    }
    if (onLeft !== undefined) loop.after(0, Rank.decide, onLeft)
    ahead.take(job, fetcher.besideActivations(die, activationBytes, onArrived))
  }

  /** `activationBytes`: what the die streams from its own memory beside the slice. */
  private bring(job: SliceLoad, activationBytes: number, onArrived: () => void, onLeft?: () => void): void {
    const { loop, buffers, residency, fetcher, holdings, traffic, bytesOfSlice, scheduler } = this.setting
    const { channels, tiers } = this.setting
    const { expert, slice, channelDie, die, tokens } = job
    const bytes = bytesOfSlice[slice]!
    const arrive = () => {
      traffic.sramBytes += bytes
      residency.arrive(die, expert, slice)
      onArrived()
    }
    const keeper = channelDie ?? channels.dies[0]!
    const tier = this.tierOf(job, keeper)
    if (tier === undefined) {
      if (onLeft !== undefined) loop.after(0, Rank.decide, onLeft)
      const use = fetcher.besideActivations(die, activationBytes, arrive)
      buffers.claim(expert, slice, die, 'weights', () => loop.after(0, Rank.handOver, use))
      return
    }
    holdings.noteLoad(job, traffic)
    const isAway = scheduler.home(expert, slice) !== die
    const slices = bytesOfSlice.length
    const source = channelDie
    buffers.claim(expert, slice, die, 'weights', () => {
      const fetch = { expert, slice, slices, bytes, tokens, activationBytes, source, die, isAway }
      if (tier === 0) fetcher.fetch(fetch, arrive, onLeft)
      else
        tiers!.bring({ expert, slice, bytes, die: keeper, tier }, () => fetcher.fetch(fetch, arrive, onLeft))
    })
  }

  /** Where a slice lies: 0: in the memory that it is read from, else beyond it; undefined: it has stayed on the die. */
  private tierOf(job: SliceLoad, keeper: number): number | undefined {
    const { cached, tiers } = this.setting
    if (tiers === undefined) return cached?.use(job, job.die) === 0 ? undefined : 0
    return cached === undefined ? tiers.count : cached.use(job, keeper)
  }
}
