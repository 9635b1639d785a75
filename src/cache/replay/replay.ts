// Replays the accesses of a trace through caches of one policy, of all sizes together.
import { LruDistances } from '../lru-distances.ts'
import { NestedCaches } from '../nested-caches.ts'
import { CACHE_POLICIES, type CachePolicyId } from '../table.ts'
import { type Accesses, type AccessProgress, tokensPerStep } from './accesses.ts'
import { HitTally } from './tally.ts'

/** Caches of several sizes; `access` returns the index of the smallest one that held the expert, or their number. */
interface Caches {
  access(expert: number, use: number): number
}

export interface ReplaySetting {
  readonly policy: CachePolicyId
  /** Sizes in experts, ascending: of the one pool, or of all pools together. */
  readonly slots: readonly number[]
  /** A pool for each layer, which shares no slot with the others; else all layers share one. */
  readonly isPerLayer: boolean
  /** Tokens after which the counts of `lfru` halve. */
  readonly halfLifeTokens: number
  /** Selections of each expert [layer][expert id below the width], for `static`. */
  readonly profile?: Float64Array | undefined
  /** For `min`. */
  readonly nextUse?: Uint32Array | undefined
  /** Whether the rates of single layers are wanted. */
  readonly hasLayers: boolean
}

interface Request {
  readonly tokens: number
  readonly prefillTokens: number
}

/** `requests`: whose tokens these are, in order. */
export async function replay(
  accesses: Accesses,
  requests: readonly Request[],
  setting: ReplaySetting,
  onProgress?: AccessProgress,
): Promise<HitTally> {
  const { tables, count } = accesses
  const tally = new HitTally(tables.length, setting.slots.length, setting.hasLayers)
  const walk = new Walk(accesses, poolsOf(accesses, setting), tally)
  const step = tokensPerStep(accesses)
  for (const { tokens, prefillTokens } of requests) {
    const start = walk.token
    const split = start + prefillTokens
    const end = start + tokens
    while (walk.token < end) {
      const isDecode = walk.token >= split
      walk.to(Math.min(walk.token + step, isDecode ? end : split), isDecode)
      await onProgress?.(walk.use, count)
    }
    tally.endRequest()
  }
  return tally
}

/** Slots of a layer's own pool: all of them divided, what is left over one by one to the first layers. */
export function slotsOfLayer(slots: number, layers: number, layer: number): number {
  return Math.floor(slots / layers) + (layer < slots % layers ? 1 : 0)
}

/** The caches of each layer: one and the same, or its own. */
function poolsOf({ tables, topK, width }: Accesses, setting: ReplaySetting): Caches[] {
  const { policy, slots, isPerLayer, halfLifeTokens, profile, nextUse } = setting
  const layers = tables.length
  const pool = (sizes: readonly number[], experts: number, uses: Float64Array | undefined): Caches => {
    if (policy === 'lru') return new LruDistances(sizes, experts)
    const halfLifeUses = halfLifeTokens * topK * (isPerLayer ? 1 : layers)
    const made = CACHE_POLICIES[policy].create({ experts, halfLifeUses, profile: uses, nextUse })
    return new NestedCaches(made, sizes, experts)
  }
  if (!isPerLayer) return new Array<Caches>(layers).fill(pool(slots, layers * width, profile))
  return tables.map((_, layer) =>
    pool(
      slots.map((size) => slotsOfLayer(size, layers, layer)),
      width,
      profile?.subarray(layer * width, (layer + 1) * width),
    ),
  )
}

/** The place in the accesses, and what is found from there on. */
class Walk {
  token = 0
  /** Number of the next access. */
  use = 0
  private readonly accesses: Accesses
  private readonly pools: readonly Caches[]
  private readonly tally: HitTally
  /** Of a layer's first expert in its pool. */
  private readonly firstExpert: Int32Array

  constructor(accesses: Accesses, pools: readonly Caches[], tally: HitTally) {
    const isShared = pools[0] === pools.at(-1)
    this.accesses = accesses
    this.pools = pools
    this.tally = tally
    this.firstExpert = Int32Array.from(pools, (_, layer) => (isShared ? layer * accesses.width : 0))
  }

  /** Up to, but not with, token `end`; all of one request and phase. */
  to(end: number, isDecode: boolean): void {
    const { tables, topK } = this.accesses
    const { found } = this.tally
    let { use } = this
    for (let token = this.token; token < end; token++) {
      for (let layer = 0; layer < tables.length; layer++) {
        const table = tables[layer]!
        const pool = this.pools[layer]!
        const first = this.firstExpert[layer]!
        const row = this.tally.start(layer, isDecode)
        for (let i = token * topK; i < (token + 1) * topK; i++) {
          found[row + pool.access(first + table[i]!, use++)]!++
        }
      }
    }
    this.token = end
    this.use = use
  }
}
