// The shape of a Mixture-of-Experts model and what it costs in bytes and FLOPs. Knows no time.

/**
 * `gqa`: query heads in equal groups that share a KV head (kvHeads = heads: multi-head attention). `mla`: latent
 * attention, whose cache holds one latent vector and one rotary key per token for all heads.
 */
export type AttentionShape =
  | { readonly kind: 'gqa'; readonly heads: number; readonly kvHeads: number; readonly headDim: number }
  | {
      readonly kind: 'mla'
      readonly heads: number
      /** Width of the latent query; absent: queries are projected straight from the hidden vector. */
      readonly queryRank?: number | undefined
      /** Width of the latent that keys and values are made from. */
      readonly kvRank: number
      /** Parts of a head's query and key without and with rotary position, and of its value. */
      readonly nopeDim: number
      readonly ropeDim: number
      readonly valueDim: number
    }

/** A model as the simulator sees it: only what decides bytes and FLOPs of its layers. */
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
  /** Width of the vector that routed experts take and give, and that travels to them; absent: hidden (else: latent MoE). */
  readonly expertHidden?: number | undefined
  /** Matrices of an expert and of every other feed-forward part; absent: 3, gate, up and down; 2: there is no gate. */
  readonly expertMatrices?: 2 | 3 | undefined
  /** Routed experts per MoE layer. */
  readonly experts: number
  /** Routed experts per token. */
  readonly topK: number
  /** Always-active experts beside the routed ones. Only an end-to-end run counts their work. */
  readonly sharedExperts: number
  /** Inner width of one of them; absent: as wide as a routed expert. */
  readonly sharedIntermediate?: number | undefined
  /** Inner width of the feed-forward part of layers without routed experts; needed by end-to-end runs. */
  readonly denseIntermediate?: number | undefined
  /** Needed by end-to-end runs. */
  readonly attention?: AttentionShape | undefined
  /** Layers that look back so many tokens only; absent: every token attends to all of its context. */
  readonly slidingWindow?: { readonly tokens: number; readonly layers: readonly number[] } | undefined
  /** Rows of the embedding and of the output head, which end-to-end runs count where this is stated. */
  readonly vocabulary?: number | undefined
  /** What the model has that `attention` does not say, in words: end-to-end runs leave it out and repeat them. */
  readonly unmodelled?: string | undefined
  /** Bytes of one weight; may be fractional (4.25-bit formats). */
  readonly weightBytes: number
  /** The same for weights outside the routed experts, where it differs. */
  readonly denseWeightBytes?: number | undefined
  /** The same for shared experts and for the feed-forward part of layers without routed experts, where it differs again. */
  readonly feedForwardWeightBytes?: number | undefined
  /** Bytes of one activation element. */
  readonly activationBytes: number
  /** Group-limited routing: experts fall into `groups` equal groups, a token uses at most `groupsPerToken`. */
  readonly router?: { readonly groups: number; readonly groupsPerToken: number } | undefined
  /** How skewed and how sticky this model's routing is, for the generator: see trace/synth/generator.ts. */
  readonly routing: { readonly skew: number; readonly reuse: number }
}

/** A SwiGLU expert is three matrices: gate and up (H x I), down (I x H). */
const MATRICES_PER_EXPERT = 3

/** Matrices of a feed-forward part: all but the last have the width of the token as input. */
export const matricesOf = (model: ModelShape): number => model.expertMatrices ?? MATRICES_PER_EXPERT

/** Width of the vector that a routed expert takes and gives. */
export const expertHidden = (model: ModelShape): number => model.expertHidden ?? model.hidden

/** Weights of one routed expert in bytes, rounded up: 3 * H * I * bytes per weight. */
export function expertBytes(model: ModelShape): number {
  return Math.ceil(matricesOf(model) * expertHidden(model) * model.expertIntermediate * model.weightBytes)
}

/**
 * Bytes of slice `slice` when an expert is cut into `slices` pieces: whole bytes that differ by at most one
 * and add up to the expert.
 */
export function sliceBytes(model: ModelShape, slices: number, slice: number): number {
  const total = expertBytes(model)
  return Math.floor((total * (slice + 1)) / slices) - Math.floor((total * slice) / slices)
}

/** What of one token travels to a routed expert, in bytes. */
export function tokenBytes(model: ModelShape): number {
  return Math.ceil(expertHidden(model) * model.activationBytes)
}

/** One token's activation vector between layers, in bytes. */
export function hiddenBytes(model: ModelShape): number {
  return Math.ceil(model.hidden * model.activationBytes)
}

/** FLOPs of one token in a feed-forward part: three matrix-vector products, a multiply and an add each. */
export function feedForwardFlopPerToken(model: ModelShape, intermediate: number): number {
  return 2 * matricesOf(model) * model.hidden * intermediate
}

/** FLOPs of one token in one routed expert. */
export function flopPerToken(model: ModelShape): number {
  return 2 * matricesOf(model) * expertHidden(model) * model.expertIntermediate
}

/** Bytes of so many weights outside the routed experts, rounded up. */
export function denseBytes(model: ModelShape, weights: number): number {
  return Math.ceil(weights * (model.denseWeightBytes ?? model.weightBytes))
}

/** Weights of a feed-forward part outside the routed experts, in bytes, rounded up. */
export function feedForwardBytes(model: ModelShape, intermediate: number): number {
  const weights = matricesOf(model) * model.hidden * intermediate
  return model.feedForwardWeightBytes === undefined
    ? denseBytes(model, weights)
    : Math.ceil(weights * model.feedForwardWeightBytes)
}

/** Inner width of all shared experts together. */
export function sharedWidth(model: ModelShape): number {
  return model.sharedExperts * (model.sharedIntermediate ?? model.expertIntermediate)
}

/** What a token of one layer attends to, of so many tokens of context. */
export function contextOf({ slidingWindow }: ModelShape, layer: number, contextTokens: number): number {
  const isWindowed = slidingWindow?.layers.includes(layer) === true
  return isWindowed ? Math.min(slidingWindow.tokens, contextTokens) : contextTokens
}

/** Ids of the layers without routed experts, ascending. */
export function denseLayers(model: ModelShape): number[] {
  const isMoe = new Set(model.moeLayers)
  return Array.from({ length: model.layers }, (_, layer) => layer).filter((layer) => !isMoe.has(layer))
}

/**
 * Activations that `tokens` tokens stream through one expert's matrices, in and out, in bytes
 * (forecasting paper's artifact: per matrix tokens * (H + I) elements).
 */
export function activationTrafficBytes(model: ModelShape, tokens: number): number {
  return matricesOf(model) * tokens * (expertHidden(model) + model.expertIntermediate) * model.activationBytes
}

/**
 * The same of one of `slices` equal pieces of an expert on a die that computes with `slicesHere` of them: inputs and outputs of
 * full width are streamed once for all of these, the inner width piece by piece.
 */
export function sliceActivationBytes(
  model: ModelShape,
  tokens: number,
  { slices, slicesHere }: { readonly slices: number; readonly slicesHere: number },
): number {
  if (slicesHere === slices) return activationTrafficBytes(model, tokens) / slices
  const width = expertHidden(model) / slicesHere + model.expertIntermediate / slices
  return matricesOf(model) * tokens * width * model.activationBytes
}
