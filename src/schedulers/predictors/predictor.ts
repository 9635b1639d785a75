// What a predictor is: it foretells which experts of one MoE layer the next iteration needs.
import type { RoutingKnowledge } from '../knowledge.ts'
import type { LayerWork } from '../work.ts'

/** One layer through a run. Asked about the iteration after the one it has learnt last, unless told otherwise. */
export interface Predictor {
  /** Sees the routing of every iteration of the layer, in order, when the iteration starts. */
  learn(work: LayerWork): void

  /**
   * Whether an expert that is on a die now is among the predicted ones; `computing`: the experts that this die computes in
   * the iteration learnt last.
   */
  foretells(expert: number, computing: () => readonly number[]): boolean

  /**
   * How many tokens are expected to choose each expert in an iteration, up to a factor common to all: [experts]. `reached`:
   * the latest iteration that the layer before has routed. undefined where nothing is known.
   */
  expected(iteration: number, reached: number): Float64Array | undefined
}

export interface PredictorSetting {
  readonly experts: number
  /** Experts predicted at most: of the layer, or after each single expert where a predictor looks at those. */
  readonly most: number
  /** Of the layer; absent where nothing is known beside the iterations learnt. */
  readonly knowledge?: RoutingKnowledge | undefined
  /** Of predictors whose quality is stated: share of the needed experts that are named, 0..1; absent: all. */
  readonly recall?: number
}

/** An entry of the predictor table. */
export interface PredictorDefinition {
  /** One sentence for `moesim list predictors`. */
  readonly summary: string
  /** Where it is described: a paper and what part of it, or that it is moesim's own. */
  readonly source: string
  /** It is told of the whole run: predictions are no longer cut off, and uses that lie ahead decide what is kept. */
  readonly isOracle?: true
  /** It names as many experts as are needed, however many are asked for. */
  readonly namesAllNeeded?: true
  /** It knows nothing before the end of the run's first iteration. */
  readonly knowsNothingAtFirst?: true
  /** It foretells from requests that the run leaves out. */
  readonly needsOtherRequests?: true
  create(setting: PredictorSetting): Predictor
}
