// Attention of a model as config.json files say it, in moesim's keys; and in words what those keys cannot say.
import type { ConfigFields } from './config-fields.ts'

/** `attention` is missing where layers differ in it, or where it is of a kind that is not modelled. */
export interface AttentionReading {
  readonly attention?: Readonly<Record<string, string | number | undefined>> | undefined
  readonly unmodelled?: string | undefined
}

export type AttentionRule = (fields: ConfigFields) => AttentionReading

/** Query heads in groups; the groups are of one head, and heads share the hidden width, where the file says no more. */
export const grouped: AttentionRule = (fields) =>
  noted(fields, groupedBy(fields, 'num_attention_heads', 'num_key_value_heads', 'hidden_size'))

/** DBRX: the same under other names. */
export const dbrxGrouped: AttentionRule = (fields) =>
  noted(fields, groupedBy(fields, 'n_heads', 'attn_config.kv_n_heads', 'd_model'))

/** Yuan: heads share a width of their own. */
export const yuanGrouped: AttentionRule = (fields) => ({
  attention: groupedBy(fields, 'num_attention_heads', 'num_key_value_heads', [
    'attention_projection_size',
    'hidden_size',
  ]),
  unmodelled: 'convolutions before attention (localized filtering)',
})

function groupedBy(
  fields: ConfigFields,
  headsName: string,
  kvName: string | readonly string[],
  widthNames: string | readonly string[],
): AttentionReading['attention'] {
  const heads = fields.optional('attention.heads', headsName)
  const width = fields.optional('attention.head_dim', widthNames)
  const share = heads && width && width % heads === 0 ? width / heads : undefined
  const headDim = fields.optional('attention.head_dim', ['head_dim', 'attention_head_dim']) ?? share
  if (heads === undefined || headDim === undefined) return undefined
  const kvHeads = fields.optional('attention.kv_heads', kvName) ?? heads
  return { kind: 'gqa', heads, kv_heads: kvHeads, head_dim: headDim }
}

/** Keys and values from a latent, as in DeepSeek-V2 and later; plain heads in groups where there is none. */
export const latentOrGrouped: AttentionRule = (fields) => {
  const kvRank = fields.optional('attention.kv_rank', 'kv_lora_rank')
  if (kvRank === undefined) return grouped(fields)
  return noted(fields, {
    kind: 'mla',
    heads: fields.whole('attention.heads', 'num_attention_heads'),
    query_rank: fields.optional('attention.query_rank', 'q_lora_rank'),
    kv_rank: kvRank,
    nope_dim: fields.whole('attention.nope_dim', 'qk_nope_head_dim'),
    rope_dim: fields.whole('attention.rope_dim', 'qk_rope_head_dim'),
    value_dim: fields.whole('attention.value_dim', 'v_head_dim'),
  })
}

/** Not the same in all layers, or not of a kind that is modelled. */
export const mixed =
  (unmodelled: string): AttentionRule =>
  () => ({ unmodelled })

/** Plain heads where `layer_types` names attention alone, else as `mixed`. */
export const groupedUnlessMixed =
  (unmodelled: string): AttentionRule =>
  (fields) => {
    const types = fields.raw('layer_types')
    const isPlain = Array.isArray(types) && types.every((type) => PLAIN.includes(type))
    return isPlain ? grouped(fields) : { unmodelled }
  }

/** Step: heads in groups; another number of them in layers with a window. */
export const stepGrouped: AttentionRule = (fields) => {
  if (fields.raw(['attention_other_setting', 'num_sliding_attention_heads']) !== undefined)
    return { unmodelled: 'layers with a sliding window, which have another number of heads' }
  const kvNames = ['num_attention_groups', 'num_key_value_heads']
  return noted(fields, groupedBy(fields, 'num_attention_heads', kvNames, 'hidden_size'))
}

const PLAIN: readonly unknown[] = ['attention', 'full_attention']

/** What is read of the cache is less than all where there are windows, chunks or an index. */
function noted(fields: ConfigFields, attention: AttentionReading['attention']): AttentionReading {
  const types = fields.raw('layer_types')
  const [topK, chunk] = [fields.raw('index_topk'), fields.raw('attention_chunk_size')]
  const notes = [
    ...(Array.isArray(types) && types.includes('sliding_attention') ? ['sliding windows'] : []),
    ...(typeof chunk === 'number' ? [`attention in chunks of ${chunk} tokens`] : []),
    ...(typeof topK === 'number' ? [`sparse attention to ${topK} tokens and its index`] : []),
    ...(fields.raw('use_cla') === true ? ['keys and values that layers share'] : []),
  ]
  return { attention, unmodelled: notes.length > 0 ? notes.join(' and ') : undefined }
}
