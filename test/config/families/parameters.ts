// Counts the parameters of a model whose config.json was read, and those that one token uses.
import { attentionLoad } from '../../../src/model/attention.ts'
import {
  denseLayers,
  expertBytes,
  expertHidden,
  feedForwardBytes,
  type ModelShape,
  sharedWidth,
} from '../../../src/model/shape.ts'

/** What a config.json says that a ModelShape does not keep. */
export interface Beside {
  readonly vocabulary: number
  /** One matrix for both embedding and output head. */
  readonly isTied?: boolean
  /** Weights of all layers' attention, Mamba and the like, where layers differ in it. */
  readonly mixers?: number
  /** Weights of anything else, which no text token uses, such as a vision tower. */
  readonly others?: number
}

export interface Parameters {
  readonly routed: number
  readonly total: number
  /** Without embeddings, with the output head, and with both: publishers count either way. */
  readonly active: readonly number[]
}

/** Norms, biases and routers are left out, as are layers for multi-token prediction. */
export function parametersOf(shape: ModelShape, beside: Beside): Parameters {
  const { isTied = false, mixers, others = 0, vocabulary } = beside
  const model: ModelShape = { ...shape, weightBytes: 1, denseWeightBytes: 1, feedForwardWeightBytes: 1 }
  const { layers, moeLayers, experts, topK, hidden, attention, denseIntermediate = 0 } = model
  const expert = expertBytes(model)
  const routed = expert * experts * moeLayers.length
  const shared = feedForwardBytes(model, sharedWidth(model)) * moeLayers.length
  const dense = isHybrid(model) ? 0 : feedForwardBytes(model, denseIntermediate) * denseLayers(model).length
  const attentions = mixers ?? layers * attentionLoad(model, attention!, 0).weightBytes
  const latent = model.expertHidden === undefined ? 0 : 2 * hidden * expertHidden(model) * moeLayers.length
  const always = shared + dense + attentions + latent
  const used = expert * topK * moeLayers.length + always
  const embedding = vocabulary * hidden
  const embeddings = isTied ? embedding : 2 * embedding
  return {
    routed,
    total: routed + always + embeddings + others,
    active: [used, used + embedding, used + embeddings],
  }
}

/** Layers without experts are no feed-forward layers. */
const isHybrid = (model: ModelShape): boolean => model.expertMatrices === 2

/** Gated DeltaNet of Qwen3-Next: queries, keys, values and gates, two numbers a head, and the way back. */
export const deltaNet = (hidden: number, keyHeads: number, valueHeads: number, headDim = 128): number =>
  hidden * (2 * keyHeads * headDim + 3 * valueHeads * headDim + 2 * valueHeads)

/** Attention with an output gate as wide as the queries. */
export const gatedAttention = (hidden: number, heads: number, kvHeads: number, headDim: number): number =>
  hidden * headDim * (3 * heads + 2 * kvHeads)

export const attentionWeights = (hidden: number, heads: number, kvHeads: number, headDim: number): number =>
  hidden * headDim * (2 * heads + 2 * kvHeads)

/** Mamba-2: input to gate, state, B, C and steps, and output. */
export const mamba2 = (
  hidden: number,
  heads: number,
  headDim: number,
  groups: number,
  state: number,
): number => hidden * (3 * heads * headDim + 2 * groups * state + heads)
