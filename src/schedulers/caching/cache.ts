// What a scheduler asks the machine to keep from one iteration to the next.
import type { CachePolicyId } from '../../cache/table.ts'

/** A cache of experts on each die that lives through all iterations of a run. */
export interface CacheRequest {
  readonly policy: CachePolicyId
  /** Room on each die, which is no longer there for anything else. */
  readonly bytes: number
  readonly unit: 'expert' | 'slice'
  readonly scope: 'pool' | 'layer'
  readonly isWarm: boolean
  /** Of the counts of `lfru`. */
  readonly halfLifeTokens: number
}
