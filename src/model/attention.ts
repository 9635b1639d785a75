// Attention of one transformer layer: FLOPs per token, weights and cached keys and values, in all and on one die. Knows no time.
//
// Latent attention has two forms with the same weights. Prefill makes keys and values of the latent vectors and takes scores on
// them; decoding, where each context is used by one token, folds those products into its queries and results (absorbed) and
// takes scores on the latent vectors, which is more work per token of context but reads nothing else.
import { type AttentionShape, denseBytes, type ModelShape } from './shape.ts'

export interface AttentionLoad {
  readonly flopPerToken: number
  readonly weightBytes: number
  /** Cached keys and values of one token. */
  readonly kvBytesPerToken: number
}

/** What one head, one KV head, and the work that all heads share cost; a count of FLOPs is per token. */
interface Parts {
  readonly heads: number
  readonly kvHeads: number
  readonly head: AttentionLoad
  readonly kvHead: AttentionLoad
  readonly common: AttentionLoad
}

/** A multiply and an add. */
const FLOP_PER_MAC = 2
const NOTHING: AttentionLoad = { flopPerToken: 0, weightBytes: 0, kvBytesPerToken: 0 }

/** Which form latent attention takes: that of prefill, or the absorbed one. */
export type AttentionForm = 'prefill' | 'absorbed'

/** All heads, for tokens that each attend to `context` tokens. Biases, norms and the softmax are not counted. */
export function attentionLoad(
  model: ModelShape,
  shape: AttentionShape,
  context: number,
  form: AttentionForm = 'absorbed',
): AttentionLoad {
  const { heads, kvHeads, head, kvHead, common } = partsOf(model, shape, context, form)
  return sum([times(head, heads), times(kvHead, kvHeads), common])
}

/**
 * The die with the most heads when they are dealt to `dies`: ceil(heads / dies) of them and the KV heads they need. What
 * all heads share is computed in equal parts, but every die reads all of its cache.
 */
export function attentionLoadOfDie(
  model: ModelShape,
  shape: AttentionShape,
  context: number,
  dies: number,
  form: AttentionForm = 'absorbed',
): AttentionLoad {
  const { heads, kvHeads, head, kvHead, common } = partsOf(model, shape, context, form)
  const headsHere = Math.ceil(heads / dies)
  const kvHeadsHere = Math.ceil((headsHere * kvHeads) / heads)
  const commonHere = { ...times(common, 1 / dies), kvBytesPerToken: common.kvBytesPerToken }
  return sum([times(head, headsHere), times(kvHead, kvHeadsHere), commonHere])
}

/**
 * Bytes of one token's keys and values on all dies together, when the heads are dealt as above: a KV head is on every die
 * with heads that need it, and what all heads share on every die with heads.
 */
export function kvBytesOnAllDies(model: ModelShape, shape: AttentionShape, dies: number): number {
  const { heads, kvHeads, kvHead, common } = partsOf(model, shape, 0, 'absorbed')
  const least = Math.floor(heads / dies)
  const larger = heads % dies
  const kvHeadsOf = (headsHere: number) => Math.ceil((headsHere * kvHeads) / heads)
  const copies = larger * kvHeadsOf(least + 1) + (dies - larger) * kvHeadsOf(least)
  return copies * kvHead.kvBytesPerToken + Math.min(heads, dies) * common.kvBytesPerToken
}

function partsOf(model: ModelShape, shape: AttentionShape, context: number, form: AttentionForm): Parts {
  const { hidden, activationBytes } = model
  /** A product of the token's vector with `weights`, and `pairs` products with cached elements. */
  const load = (weights: number, cachedMacs = 0, kvElements = 0): AttentionLoad => ({
    flopPerToken: FLOP_PER_MAC * (weights + cachedMacs),
    weightBytes: denseBytes(model, weights),
    kvBytesPerToken: kvElements * activationBytes,
  })
  if (shape.kind === 'gqa') {
    const { heads, kvHeads, headDim } = shape
    return {
      heads,
      kvHeads,
      // Query and output projection; scores and weighted sum over the context.
      head: load(2 * hidden * headDim, 2 * context * headDim),
      // Key and value projection.
      kvHead: load(2 * hidden * headDim, 0, 2 * headDim),
      common: NOTHING,
    }
  }
  const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim } = shape
  const queryInput = queryRank ?? hidden
  const headWeights = queryInput * (nopeDim + ropeDim) + kvRank * (nopeDim + valueDim) + valueDim * hidden
  return {
    heads,
    kvHeads: 0,
    // Scores and weighted sum over the context: on the keys and values of the head, or on the latent vectors themselves.
    head: load(
      headWeights,
      context * (form === 'prefill' ? nopeDim + ropeDim + valueDim : 2 * kvRank + ropeDim),
    ),
    kvHead: NOTHING,
    common: load(hidden * ((queryRank ?? 0) + kvRank + ropeDim), 0, kvRank + ropeDim),
  }
}

const times = (load: AttentionLoad, factor: number): AttentionLoad => ({
  flopPerToken: load.flopPerToken * factor,
  weightBytes: load.weightBytes * factor,
  kvBytesPerToken: load.kvBytesPerToken * factor,
})

const sum = (loads: readonly AttentionLoad[]): AttentionLoad => ({
  flopPerToken: loads.reduce((total, load) => total + load.flopPerToken, 0),
  weightBytes: loads.reduce((total, load) => total + load.weightBytes, 0),
  kvBytesPerToken: loads.reduce((total, load) => total + load.kvBytesPerToken, 0),
})
