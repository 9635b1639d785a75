// Slices that are on dies, or in their memories, because they stayed there: which loads find theirs, what the others cost.
import type { AfarJob, ComputeJob, SliceLoad, SlicePlace } from '../../schedulers/scheduler.ts'
import type { LayerWork } from '../../schedulers/work.ts'
import type { LayerCache } from '../cache/expert-caches.ts'
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
  /** Time that compute units had nothing to do, up to a job with a slice that was not there; over all dies. */
  stallPs = 0
}

export interface CachedSetting {
  readonly cache: LayerCache
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
  /** Of this iteration, so far: work for the ways from tiers, and for the cores beside them. */
  private bringPs = 0
  private corePs = 0
  /** Whether what is missing in this iteration is brought in any case. */
  private isFetched = false

  constructor(setting: CachedSetting) {
    this.setting = setting
    this.idleSincePs = new Float64Array(setting.dies)
    this.fetched = Array.from({ length: setting.dies }, () => new Set())
  }

  /** Before an iteration: of needed experts, what has stayed on dies or in memories until now; each slice counts once. */
  enter(work: LayerWork): Pick<HeldWeights, 'presentBytes' | 'nearerBytes' | 'usesCores'> {
    const { cache, holdings, tiers } = this.setting
    cache.enter(work.iteration)
    this.isFetched = cache.miss === 'fetch' || (cache.promptsFetch && work.phase === 'prefill')
    if (tiers === undefined) {
      const places = this.present(work, 0)
      holdings.notePresent(places)
      return { presentBytes: this.bytesOf(places) }
    }
    const nearerBytes = Array.from({ length: tiers.count }, (_, i) => this.bytesOf(this.present(work, i)))
    return { nearerBytes, usesCores: !this.isFetched }
  }

  begin(nowPs: number): void {
    this.idleSincePs.fill(nowPs)
    for (const ofDie of this.fetched) ofDie.clear()
    this.bringPs = 0
    this.corePs = 0
  }

  /** Where a slice is that is asked for: see LayerCache.place. From now on it is there. `keeper`: the die that keeps it. */
  use({ expert, slice, die }: SliceLoad, keeper: number): number {
    const bytes = this.setting.bytesOfSlice[slice]!
    const { counters } = this
    const place = this.setting.cache.use(expert, slice, keeper)
    if (place === 0) {
      counters.hits++
      counters.hitBytes += bytes
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
    // Nearer tiers have no cores: what lies there is brought.
    const missing = [...bytesOfSlice.keys()].map((slice) => cache.place(expert, slice, keeper))
    if (missing.some((place) => place < tiers.count)) return false
    const bytes = bytesOfSlice.reduce((sum, of) => sum + of, 0)
    const bringPs = this.bringPs + tiers.bringPs(tiers.count, bytes)
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

  /** Slices of needed experts that are so near, before an iteration starts. */
  private present({ activeExperts }: LayerWork, place: number): SlicePlace[] {
    const { cache, dies, bytesOfSlice } = this.setting
    const places: SlicePlace[] = []
    for (const expert of activeExperts) {
      for (const slice of bytesOfSlice.keys()) {
        for (let die = 0; die < dies; die++) {
          if (cache.place(expert, slice, die) <= place) places.push({ expert, slice, die })
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
