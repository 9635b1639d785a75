// What schedulers may know of a layer's routing beside the work of the iteration at hand.
import type { CrossTokenMap } from './predictors/cross-token-map.ts'
import type { LayerWork } from './work.ts'

/** An iteration of the run, without its routing. */
export interface IterationOutline {
  readonly phase: LayerWork['phase']
  readonly tokens: number
}

/** How often tokens chose expert j in a layer after expert i in the layer before it. */
export interface TransitionProfile {
  readonly experts: number
  /** Row-major [i][j]; a token that chose k experts in both layers counts k times in k rows. */
  readonly counts: Uint32Array
  /** Sum of each row. P(j | i) = counts[i * experts + j] / rowSums[i], where that is not 0. */
  readonly rowSums: Float64Array
}

/** What one request chose in a layer and in the one before it. */
export interface ActivationMap {
  /** Its tokens that chose each expert: [experts]. */
  readonly here: Float64Array
  /** The same in the layer before (see RoutingKnowledge.previousChoices); absent in the first. */
  readonly before?: Float64Array
  /** Sum of `here`. */
  readonly hereTokens: number
  /** Euclidean, of both rows together; not 0. */
  readonly length: number
}

/**
 * The routing of one layer over a whole run, for placements and predictors. Nothing is worked out or kept before it is
 * asked for. All of it can be asked at any time: a scheduler that looks at iterations which have not been is an oracle and
 * has to say so.
 */
export interface RoutingKnowledge {
  /** Of the run, in order. */
  readonly iterations: readonly IterationOutline[]

  /** One for all schedulers of the layer, which learn its iterations in step. */
  readonly crossTokens: CrossTokenMap

  /** Tokens that chose each expert in these iterations together: [experts]. Looks at every token: ask once and keep it. */
  tokensIn(iterations: readonly number[]): Uint32Array

  /** What the tokens of an iteration choose in this layer: [token][slot], as LayerWork.choices will be. */
  choices(iteration: number): Uint16Array

  /**
   * Tokens that chose each expert over those requests of the routing source that the run takes no token of: what was served before it.
   * undefined where the run takes a token of every request.
   */
  heldOutTokens(): Uint32Array | undefined

  /** The request that each token of an iteration belongs to, in the order of LayerWork.choices. */
  requests(iteration: number): Int32Array

  /** Of the first requests, `most` of them, that the run takes no token of; none where it takes a token of every request. */
  heldOutMaps(most: number): readonly ActivationMap[]

  /** Uniform numbers in [0, 1) of this layer and the run's seed: for the same purpose the same ones. */
  chance(purpose: string): () => number

  /**
   * What the tokens of an iteration chose in the layer before this one: [token][slot], tokens in the order of
   * LayerWork.choices. "Before" is among the layers that the source covers; undefined in the first of them.
   */
  previousChoices(iteration: number): Uint16Array | undefined

  /**
   * From the layer before (see previousChoices) to this one, over all tokens of the source but those of the iteration: a
   * profile made offline, on tokens held out from it. undefined in the first layer, and where there are no other tokens.
   */
  transitions(iteration: number): TransitionProfile | undefined
}

/** Iterations of one phase, those before iteration `before` only. */
export function iterationsOf(
  { iterations }: Pick<RoutingKnowledge, 'iterations'>,
  phase: LayerWork['phase'],
  before = iterations.length,
): number[] {
  return [...iterations.keys()].filter((i) => i < before && iterations[i]!.phase === phase)
}
