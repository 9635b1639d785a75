// Counts hits while a trace is replayed, and how much the requests differ in them.

/** Of some of the accesses, in one cache. */
export interface HitRate {
  readonly accesses: number
  readonly hits: number
  readonly hitRate: number
  /** Of the hit rate, over requests taken as drawn from many; absent with fewer than two. */
  readonly standardError?: number
  /** That have any of these accesses. */
  readonly requests: number
}

/** Hits of one group of accesses (all, one phase, one layer) in each of several caches, request by request. */
class Group {
  private requests = 0
  private accesses = 0
  private accessesSquared = 0
  private readonly hits: Float64Array
  private readonly hitsSquared: Float64Array
  private readonly hitsTimesAccesses: Float64Array

  constructor(caches: number) {
    this.hits = new Float64Array(caches)
    this.hitsSquared = new Float64Array(caches)
    this.hitsTimesAccesses = new Float64Array(caches)
  }

  /** One more request. `found`: accesses by the index of the smallest cache that held the expert, misses at the end. */
  add(found: Float64Array): void {
    const accesses = found.reduce((sum, count) => sum + count, 0)
    if (accesses === 0) return
    this.requests++
    this.accesses += accesses
    this.accessesSquared += accesses ** 2
    let hits = 0
    for (let cache = 0; cache < this.hits.length; cache++) {
      hits += found[cache]!
      this.hits[cache]! += hits
      this.hitsSquared[cache]! += hits ** 2
      this.hitsTimesAccesses[cache]! += hits * accesses
    }
  }

  /** Undefined where there is no access. The error is that of a ratio estimator (Cochran, Sampling Techniques, 6.4). */
  rate(cache: number): HitRate | undefined {
    const { requests, accesses } = this
    if (accesses === 0) return undefined
    const hits = this.hits[cache]!
    const hitRate = hits / accesses
    const rate = { accesses, hits, hitRate, requests }
    if (requests < 2) return rate
    const squares =
      this.hitsSquared[cache]! -
      2 * hitRate * this.hitsTimesAccesses[cache]! +
      hitRate ** 2 * this.accessesSquared
    const variance = Math.max(0, squares) / (requests - 1)
    return { ...rate, standardError: Math.sqrt(requests * variance) / accesses }
  }
}

export interface CacheRates extends HitRate {
  readonly prefill?: HitRate | undefined
  readonly decode?: HitRate | undefined
  /** In the order of the layers; absent where not asked for. */
  readonly layers?: readonly HitRate[]
}

export class HitTally {
  /**
   * Accesses of the request at hand, [row][phase][index of the smallest cache that held the expert, misses at the end]; a
   * row is a layer, or all layers where single ones are not wanted; phase 0 is prefill.
   */
  readonly found: Float64Array
  /** Numbers of `found` for one row and phase. */
  readonly stride: number
  private readonly rows: number
  private readonly all: Group
  private readonly phases: readonly [Group, Group]
  private readonly byLayer: readonly Group[]

  constructor(layers: number, caches: number, hasLayers: boolean) {
    this.rows = hasLayers ? layers : 1
    this.stride = caches + 1
    this.found = new Float64Array(this.rows * 2 * this.stride)
    this.all = new Group(caches)
    this.phases = [new Group(caches), new Group(caches)]
    this.byLayer = hasLayers ? Array.from({ length: layers }, () => new Group(caches)) : []
  }

  /** Where in `found` the accesses of a layer and phase begin. */
  start(layer: number, isDecode: boolean): number {
    const row = this.rows === 1 ? 0 : layer
    return (2 * row + (isDecode ? 1 : 0)) * this.stride
  }

  endRequest(): void {
    const { stride, rows, found } = this
    const phases = [new Float64Array(stride), new Float64Array(stride)] as const
    for (let row = 0; row < rows; row++) {
      const start = 2 * row * stride
      const prefill = found.subarray(start, start + stride)
      const decode = found.subarray(start + stride, start + 2 * stride)
      addTo(phases[0], prefill)
      addTo(phases[1], decode)
      this.byLayer[row]?.add(addTo(prefill.slice(), decode))
    }
    this.phases[0].add(phases[0])
    this.phases[1].add(phases[1])
    this.all.add(addTo(phases[0], phases[1]))
    found.fill(0)
  }

  /** Of one cache; the trace has an access at least. */
  rates(cache: number): CacheRates {
    const [prefill, decode] = this.phases.map((group) => group.rate(cache))
    const layers = this.byLayer.map((group) => group.rate(cache)!)
    return { ...this.all.rate(cache)!, prefill, decode, ...(layers.length > 0 && { layers }) }
  }
}

/** Returns `sums`, which has changed. */
function addTo(sums: Float64Array, values: Float64Array): Float64Array {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!
  return sums
}
