// Slices that are on dies, or in their memories, because they stayed there: which loads find theirs, what the others cost.
import type { EventLoop } from '../../engine/loop.ts'
import type { AfarJob, ComputeJob, SliceLoad, SlicePlace } from '../../schedulers/scheduler.ts'
import type { LayerWork } from '../../schedulers/work.ts'
import type { Foresight, HandOver } from '../ahead/read-ahead.ts'
import type { LayerCache } from '../cache/layer-cache.ts'
import type { HeldWeights } from '../metrics/bounds.ts'
import type { Holdings } from './holdings.ts'
import type { Tiers } from './tiers.ts'

export class CacheCounters {
  /** Slices that were there when they were asked for, and those that were not; of experts used where they lie all slices. */
  hits = 0
  misses = 0
  hitBytes = 0
  missBytes = 0
  /** Of the misses, what was used where it lay. */
  leftBytes = 0
  /** Of the hits, those that had been read ahead for their first use, and their bytes. */
  aheadHits = 0
  aheadHitBytes = 0
  /** Read into the cache ahead of this layer, and what of it left or stayed to the end without a use. */
  aheadReadBytes = 0
  aheadVainBytes = 0
  /** Time that compute units had nothing to do, up to a job with a slice that was not there; over all dies. */
  stallPs = 0
}

type Stayed = Pick<HeldWeights, 'presentBytes' | 'nearerBytes' | 'usesCores'>

export interface CachedSetting {
  readonly cache: LayerCache
  readonly loop: EventLoop
  readonly holdings: Holdings
  readonly dies: number
  readonly bytesOfSlice: readonly number[]
  /** Absent: what stays is on dies, in front of their memories. */
  readonly tiers: Tiers | undefined
}

export class Cached {
  readonly counters = new CacheCounters()
  private readonly setting: CachedSetting
  /** By die: since when its compute unit has had nothing to do. */
  private readonly idleSincePs: Float64Array
  /** Slices that this iteration had to fetch, by die. */
  private readonly fetched: readonly Set<number>[]
  /** When slices come that are on their way since before the iteration: by keeper, then by slice. */
  private readonly coming: readonly Map<number, number>[]
  /** Of this iteration, so far: work for the ways from tiers, and for the cores beside them. */
  private bringPs = 0
  private corePs = 0
  /** Whether what is missing in this iteration is brought in any case. */
  private isFetched = false

  constructor(setting: CachedSetting) {
    this.setting = setting
    this.idleSincePs = new Float64Array(setting.dies)
    this.fetched = Array.from({ length: setting.dies }, () => new Set())
    this.coming = Array.from({ length: setting.dies }, () => new Map())
  }

  /**
   * Before an iteration: of needed experts, what has stayed on dies or in memories until now, or was read ahead; each slice counts
   * once. `unaided`: the same without what was read ahead; absent where nothing was.
   */
  enter(work: LayerWork): Stayed & { readonly unaided?: Stayed } {
    const { cache, holdings, tiers } = this.setting
    cache.enter(work.iteration)
    this.isFetched = cache.miss === 'fetch' || (cache.promptsFetch && work.phase === 'prefill')
    if (tiers === undefined) holdings.notePresent(this.present(work, 0, true))
    const stayed = this.stayed(work, true)
    return cache.hasAwaited ? { ...stayed, unaided: this.stayed(work, false) } : stayed
  }

  private stayed(work: LayerWork, withAhead: boolean): Stayed {
    const { tiers } = this.setting
    const bytesIn = (place: number) => this.bytesOf(this.present(work, place, withAhead))
    if (tiers === undefined) return { presentBytes: bytesIn(0) }
    const nearerBytes = Array.from({ length: tiers.count }, (_, place) => bytesIn(place))
    return { nearerBytes, usesCores: !this.isFetched }
  }

  /** `handed`: what the layer before has left; what `foresight` has read for the next one drives out nothing that is needed now. */
  begin(
    work: LayerWork,
    nowPs: number,
    handed: HandOver | undefined,
    foresight: Foresight | undefined,
  ): void {
    const { cache, bytesOfSlice } = this.setting
    this.idleSincePs.fill(nowPs)
    for (const ofDie of this.fetched) ofDie.clear()
    for (const ofDie of this.coming) ofDie.clear()
    for (const { expert, slice, die, into, lagPs } of handed?.slices ?? []) {
      if (into !== 'cache') continue
      for (const of of cache.isWhole ? bytesOfSlice.keys() : [slice])
        this.coming[die]!.set(this.key(expert, of), nowPs + lagPs)
    }
    this.bringPs = 0
    this.corePs = 0
    if (foresight?.cache !== undefined && foresight.wishes.length > 0) cache.hold(work.activeExperts)
  }

  /** After an iteration. */
  end(): void {
    const { cache } = this.setting
    cache.leave()
    this.counters.aheadReadBytes = cache.aheadBytes
    this.counters.aheadVainBytes = cache.vainBytes
  }

  weigh(shares: Float64Array): void {
    this.setting.cache.weigh(shares)
  }

  /** Whether what is kept on a die, or about to come there, is a slice. */
  keeps({ expert, slice, die }: SlicePlace): boolean {
    return this.setting.cache.place(expert, slice, die) === 0
  }

  /** As the machine of the layer before sees it. */
  get cache(): LayerCache {
    return this.setting.cache
  }

  /** For how long a slice that its keeper is said to have is still on its way there. */
  comingPs(expert: number, slice: number, keeper: number): number {
    const atPs = this.coming[keeper]!.get(this.key(expert, slice)) ?? 0
    return Math.max(0, atPs - this.setting.loop.nowPs)
  }

  /** Where a slice is that is asked for: see LayerCache.place. From now on it is there. `keeper`: the die that keeps it. */
  use({ expert, slice, die }: SliceLoad, keeper: number): number {
    const bytes = this.setting.bytesOfSlice[slice]!
    const { counters } = this
    const { place, isAhead } = this.setting.cache.use(expert, slice, keeper)
    if (place === 0) {
      counters.hits++
      counters.hitBytes += bytes
      if (isAhead) {
        counters.aheadHits++
        counters.aheadHitBytes += bytes
      }
      if (this.comingPs(expert, slice, keeper) > 0) this.fetched[die]!.add(this.key(expert, slice))
      return place
    }
    counters.misses++
    counters.missBytes += bytes
    this.fetched[die]!.add(this.key(expert, slice))
    return place
  }

  /**
   * Decides whether an expert that a die is to compute is used where it lies instead, once for each iteration. What is decided
   * before in an iteration is what ways and cores are busy with until then.
   */
  staysAfar(job: AfarJob, keeper: number): boolean {
    const { cache, tiers, bytesOfSlice } = this.setting
    if (tiers === undefined || this.isFetched) return false
    const { expert } = job
    const places = [...bytesOfSlice.keys()].map((slice) => cache.place(expert, slice, keeper))
    // Nearer tiers have no cores: what lies there is brought.
    if (places.some((place) => place > 0 && place < tiers.count)) return false
    const missingBytes = bytesOfSlice.reduce((sum, of, slice) => sum + (places[slice]! > 0 ? of : 0), 0)
    const waitPs = Math.max(...places.map((_, slice) => this.comingPs(expert, slice, keeper)))
    if (missingBytes === 0 && waitPs === 0) return false
    const bytes = bytesOfSlice.reduce((sum, of) => sum + of, 0)
    const missingPs = missingBytes > 0 ? tiers.bringPs(tiers.count, missingBytes) : 0
    const bringPs = Math.max(this.bringPs + missingPs, waitPs)
    const corePs = (this.corePs || tiers.handoverPs) + tiers.computePs(job.toPair - job.fromPair)
    if (cache.miss === 'best' && bringPs < corePs) {
      this.bringPs = bringPs
      return false
    }
    this.corePs = corePs
    const { counters } = this
    counters.misses += bytesOfSlice.length
    counters.missBytes += bytes
    counters.leftBytes += bytes
    return true
  }

  /** A job of a die's compute unit. */
  noteCompute(
    { expert, slice, die }: Pick<ComputeJob, 'expert' | 'slice' | 'die'>,
    startPs: number,
    endPs: number,
  ): void {
    const idlePs = startPs - this.idleSincePs[die]!
    if (idlePs > 0 && this.fetched[die]!.has(this.key(expert, slice))) this.counters.stallPs += idlePs
    this.idleSincePs[die] = endPs
  }

  /** Slices of needed experts that are so near, before an iteration starts; `withAhead`: also those that were read ahead for it. */
  private present({ activeExperts }: LayerWork, place: number, withAhead: boolean): SlicePlace[] {
    const { cache, dies, bytesOfSlice } = this.setting
    const places: SlicePlace[] = []
    for (const expert of activeExperts) {
      for (const slice of bytesOfSlice.keys()) {
        for (let die = 0; die < dies; die++) {
          const isThere = cache.place(expert, slice, die) <= place
          if (isThere && (withAhead || !cache.isAwaited(expert, slice, die)))
            places.push({ expert, slice, die })
        }
      }
    }
    return places
  }

  private bytesOf(places: readonly SlicePlace[]): number {
    const { bytesOfSlice } = this.setting
    const slices = new Set(places.map(({ expert, slice }) => this.key(expert, slice)))
    return [...slices].reduce((sum, key) => sum + bytesOfSlice[key % bytesOfSlice.length]!, 0)
  }

  private key(expert: number, slice: number): number {
    return expert * this.setting.bytesOfSlice.length + slice
  }
}
