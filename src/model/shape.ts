// The shape of a Mixture-of-Experts model and what it costs in bytes and FLOPs. Knows no time.

/** A model as the simulator sees it: only what decides bytes and FLOPs of its MoE layers. */
export interface ModelShape {
  readonly name: string
  /** Transformer layers, dense ones included. */
  readonly layers: number
  /** Ids of the layers that have routed experts, ascending. */
  readonly moeLayers: readonly number[]
  /** Width of a token's activation vector (D_model, H). */
  readonly hidden: number
  /** Inner width of one routed expert (D_ffn, I). */
  readonly expertIntermediate: number
  /** Routed experts per MoE layer. */
  readonly experts: number
  /** Routed experts per token. */
  readonly topK: number
  /** Always-active experts beside the routed ones. Stated for completeness: their work is not simulated. */
  readonly sharedExperts: number
  /** Bytes of one weight; may be fractional (4.25-bit formats). */
  readonly weightBytes: number
  /** Bytes of one activation element. */
  readonly activationBytes: number
  /** Group-limited routing: experts fall into `groups` equal groups, a token uses at most `groupsPerToken`. */
  readonly router?: { readonly groups: number; readonly groupsPerToken: number } | undefined
  /** How skewed and how sticky this model's routing is, for the generator: see trace/generator.ts. */
  readonly routing: { readonly skew: number; readonly reuse: number }
}

/** A SwiGLU expert is three matrices: gate and up (H x I), down (I x H). */
const MATRICES_PER_EXPERT = 3

/** Weights of one routed expert in bytes, rounded up: 3 * H * I * bytes per weight. */
export function expertBytes(model: ModelShape): number {
  return Math.ceil(MATRICES_PER_EXPERT * model.hidden * model.expertIntermediate * model.weightBytes)
}

/**
 * Bytes of slice `slice` when an expert is cut into `slices` pieces: whole bytes that differ by at most one
 * and add up to the expert.
 */
export function sliceBytes(model: ModelShape, slices: number, slice: number): number {
  const total = expertBytes(model)
  return Math.floor((total * (slice + 1)) / slices) - Math.floor((total * slice) / slices)
}

/** One token's activation vector in bytes. */
export function tokenBytes(model: ModelShape): number {
  return Math.ceil(model.hidden * model.activationBytes)
}

/** FLOPs of one token in one routed expert: three matrix-vector products, a multiply and an add each. */
export function flopPerToken(model: ModelShape): number {
  return 2 * MATRICES_PER_EXPERT * model.hidden * model.expertIntermediate
}

/**
 * Activations that `tokens` tokens stream through one expert's three matrices, in and out, in bytes
 * (forecasting paper's artifact: per matrix tokens * (H + I) elements).
 */
export function activationTrafficBytes(model: ModelShape, tokens: number): number {
  return MATRICES_PER_EXPERT * tokens * (model.hidden + model.expertIntermediate) * model.activationBytes
}
