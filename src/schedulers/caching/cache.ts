// What a scheduler asks the machine to keep from one iteration to the next.
import type { CachePolicyId } from '../../cache/table.ts'

/** Of `moesim trace cache`, and those that take a run. */
export type RunCachePolicy = CachePolicyId | 'benefit' | 'none'

/** A cache of experts on each die, or in the memory of each, that lives through all iterations of a run. */
export interface CacheRequest {
  /**
   * `benefit`: what is worth least by Machine.weighKept goes first. `none`: nothing stays but what was read ahead, until the
   * iteration that it was read for is over.
   */
  readonly policy: RunCachePolicy
  /** In front of what weights are kept: of the memory, or of the tiers beyond it. */
  readonly place: 'sram' | 'memory'
  /** Room on each die, which in SRAM is no longer there for anything else. */
  readonly bytes: number
  /** Room in each tier but the last, for each die; each holds what the ones in front of it hold, too. */
  readonly tierBytes: readonly number[]
  /** What becomes of an expert that is not there: it is brought, used where it lies, or whichever should be done first. */
  readonly miss: 'fetch' | 'compute' | 'best'
  readonly unit: 'expert' | 'slice'
  readonly scope: 'pool' | 'layer'
  readonly isWarm: boolean
  /** What `static` and a warm start go by: held-out requests, chance, or the latest prompt of the run. */
  readonly profile: 'past' | 'random' | 'prompt'
  /** Of the counts of `lfru`. */
  readonly halfLifeTokens: number
}
