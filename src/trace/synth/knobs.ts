// The knobs of synthetic routing beyond skew, reuse and topics; each moves one statistic of `moesim trace analyze`.
import type { DepthValue } from './depth.ts'

/** All are off by default, and routing without them is as if they did not exist. */
export interface StructureKnobs {
  /** Hidden kinds of token, the same kind in every layer; 0: none. Few kinds make few pairs of experts, and hot ones. */
  readonly classes?: number
  /**
   * Standard deviation of the logarithm by which a token's kind changes an expert's popularity in a layer. Moves the
   * predictability of the next layer (cross-layer-mass, cross-layer-coverage; S1); the popularity over all tokens stays.
   */
  readonly affinity?: DepthValue
  /** Chance that a token is of its request's own kind, else of any. Moves the overlap of a request's tokens (reuse, same request). */
  readonly focus?: number
  /** Chance that a token is of the kind of the token before it in its request. Moves reuse in all layers together, the deeper ones by their affinity. */
  readonly persistence?: number
  /** Chance that an expert that is drawn brings its partner along. Moves pair-share (S8). */
  readonly coactivation?: DepthValue
  /** Share of decode's popularity that is not prefill's: log w_decode has correlation sqrt(1 - drift^2) with log w_prefill. Moves phase-spearman (S4) and hot-overlap (S5). */
  readonly drift?: DepthValue
  /** Standard deviation of the logarithm of prompt and answer lengths, whose means stay; 0: all alike. */
  readonly lengthSpread?: number
  /** Lengths [prompt, answer] of the requests in order, again from the first where there are more; instead of the means. */
  readonly lengths?: readonly (readonly [prefillTokens: number, decodeTokens: number])[]
  /** Measured popularity instead of skew and topics: moves cv and everything else that loads decide. */
  readonly popularity?: readonly LayerPopularity[]
}

/** The part of the tokens of a phase that chose each expert, top-k in sum: [expert]. */
export interface LayerPopularity {
  /** Model layer id. */
  readonly layer: number
  readonly prefill: readonly number[]
  readonly decode: readonly number[]
}
