// What token buffering is planned from, and the plan: which tokens go through each layer in each iteration.
import type { Package } from '../../hardware/package.ts'
import type { LayerRouting } from '../../trace/source.ts'
import type { Spread } from '../batch.ts'
import type { Iteration } from '../iteration.ts'
import type { Arrivals } from './flow.ts'

export interface DeferralSetting {
  readonly pkg: Package
  readonly spread: Spread
  /** All MoE layers of the model, ascending. */
  readonly layers: readonly number[]
  readonly routing: Pick<LayerRouting, 'layerExperts'>
  /** The workload as it is without pauses. */
  readonly iterations: readonly Iteration[]
}

/** What one MoE layer sees, iteration by iteration; plain data. */
export interface LayerPlan {
  /** The tokens that go through its experts; none where all that came have paused. */
  readonly iterations: readonly Iteration[]
  /** The die of each of them. */
  readonly restingDie: readonly Int32Array[]
  /**
   * Where pairs wait one by one: 1 for each choice that is computed, row-major [token][slot]. Tokens that have arrived before,
   * of which pairs have waited, follow those that arrive. Absent: all of every token.
   */
  readonly slots?: readonly Uint8Array[]
  readonly arrivals: readonly Arrivals[]
  /** Paused tokens by die meanwhile, wherever they paused. */
  readonly pausedTokens: readonly Int32Array[]
}

export interface DeferralPlan {
  /** In the order of the setting's layers. */
  readonly layers: readonly LayerPlan[]
  /** What leaves the last layer in each iteration. */
  readonly finished: readonly Arrivals[]
  /** How often a request paused, or how many pairs waited. */
  readonly deferrals: number
  /** Iterations beyond those of the workload. */
  readonly flushIterations: number
}
