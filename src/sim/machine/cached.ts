// Slices that are on dies because they stayed there: which loads find theirs, what the others cost.
import type { ComputeJob, SliceLoad, SlicePlace } from '../../schedulers/scheduler.ts'
import type { LayerWork } from '../../schedulers/work.ts'
import type { LayerCache } from '../cache/expert-caches.ts'
import type { Holdings } from './holdings.ts'

export class CacheCounters {
  /** Slices that were on their die when they were asked for, and those that were not. */
  hits = 0
  misses = 0
  hitBytes = 0
  missBytes = 0
  /** Time that compute units had nothing to do, up to a job with a slice that was not there; over all dies. */
  stallPs = 0
}

export class Cached {
  readonly counters = new CacheCounters()
  private readonly cache: LayerCache
  private readonly holdings: Holdings
  private readonly dies: number
  private readonly bytesOfSlice: readonly number[]
  /** By die: since when its compute unit has had nothing to do. */
  private readonly idleSincePs: Float64Array
  /** Slices that this iteration had to fetch, by die. */
  private readonly fetched: readonly Set<number>[]

  constructor(cache: LayerCache, holdings: Holdings, dies: number, bytesOfSlice: readonly number[]) {
    this.cache = cache
    this.holdings = holdings
    this.dies = dies
    this.bytesOfSlice = bytesOfSlice
    this.idleSincePs = new Float64Array(dies)
    this.fetched = Array.from({ length: dies }, () => new Set())
  }

  /** Before an iteration: bytes of needed experts that have stayed on dies until now; each slice counts once. */
  enter(work: LayerWork): number {
    this.cache.enter(work.iteration)
    const places = this.present(work)
    this.holdings.notePresent(places)
    const slices = new Set(places.map(({ expert, slice }) => this.key(expert, slice)))
    return [...slices].reduce((sum, key) => sum + this.bytesOfSlice[key % this.bytesOfSlice.length]!, 0)
  }

  begin(nowPs: number): void {
    this.idleSincePs.fill(nowPs)
    for (const ofDie of this.fetched) ofDie.clear()
  }

  /** Whether a slice that is asked for is on its die already; from now on it is. */
  use({ expert, slice, die }: SliceLoad): boolean {
    const bytes = this.bytesOfSlice[slice]!
    const { counters } = this
    if (this.cache.use(expert, slice, die)) {
      counters.hits++
      counters.hitBytes += bytes
      return true
    }
    counters.misses++
    counters.missBytes += bytes
    this.fetched[die]!.add(this.key(expert, slice))
    return false
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

  private present({ activeExperts }: LayerWork): SlicePlace[] {
    const places: SlicePlace[] = []
    for (const expert of activeExperts) {
      for (let slice = 0; slice < this.bytesOfSlice.length; slice++) {
        for (let die = 0; die < this.dies; die++) {
          if (this.cache.has(expert, slice, die)) places.push({ expert, slice, die })
        }
      }
    }
    return places
  }

  private key(expert: number, slice: number): number {
    return expert * this.bytesOfSlice.length + slice
  }
}
