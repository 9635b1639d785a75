// One reader per Hugging Face model family: which of its keys say what, and which layers are MoE layers.

/** Access to the fields of a config.json; every failed read is reported by the reader of the file. */
export interface HuggingFaceFields {
  raw(key: string): unknown
  /** The first of `names` that is there, as a whole number; `target` is the moesim key it becomes. */
  whole(target: string, names: readonly string[], fallback?: number): number | undefined
  wholeList(target: string, name: string): number[] | undefined
}

type AttentionKeys = Readonly<Record<string, string | number | undefined>>

/** Part of a model file, in its keys. What only end-to-end runs need may be missing. */
interface FamilyShape {
  readonly experts: number | undefined
  readonly top_k: number | undefined
  readonly expert_intermediate: number | undefined
  readonly shared_experts: number
  readonly shared_intermediate?: number | undefined
  readonly dense_intermediate?: number | undefined
  readonly attention: AttentionKeys | undefined
  readonly moe_layers: readonly number[]
  readonly router?: { readonly groups: number; readonly groups_per_token: number } | undefined
}

type Family = (fields: HuggingFaceFields, layers: number) => FamilyShape

const layersWhere = (layers: number, isMoe: (layer: number) => boolean): number[] =>
  Array.from({ length: layers }, (_, layer) => layer).filter(isMoe)

/** A number that may be missing or null. */
function optional(fields: HuggingFaceFields, target: string, name: string): number | undefined {
  return (fields.raw(name) ?? null) === null ? undefined : fields.whole(target, [name])
}

/** Query heads in groups; the groups are of one head, and heads share the hidden width, where the file says no more. */
function groupedQueries(fields: HuggingFaceFields): AttentionKeys | undefined {
  const heads = optional(fields, 'attention.heads', 'num_attention_heads')
  const hidden = optional(fields, 'hidden', 'hidden_size')
  const shared = heads && hidden && hidden % heads === 0 ? hidden / heads : undefined
  const headDim = optional(fields, 'attention.head_dim', 'head_dim') ?? shared
  if (heads === undefined || headDim === undefined) return undefined
  const kvHeads = optional(fields, 'attention.kv_heads', 'num_key_value_heads') ?? heads
  return { kind: 'gqa', heads, kv_heads: kvHeads, head_dim: headDim }
}

/** DeepSeek-V2 and later project keys and values from a latent; the first DeepSeek-MoE has plain heads. */
function latentOrGrouped(fields: HuggingFaceFields): AttentionKeys | undefined {
  const kvRank = optional(fields, 'attention.kv_rank', 'kv_lora_rank')
  if (kvRank === undefined) return groupedQueries(fields)
  return {
    kind: 'mla',
    heads: fields.whole('attention.heads', ['num_attention_heads']),
    query_rank: optional(fields, 'attention.query_rank', 'q_lora_rank'),
    kv_rank: kvRank,
    nope_dim: fields.whole('attention.nope_dim', ['qk_nope_head_dim']),
    rope_dim: fields.whole('attention.rope_dim', ['qk_rope_head_dim']),
    value_dim: fields.whole('attention.value_dim', ['v_head_dim']),
  }
}

/** Experts in every layer, as wide as `intermediate_size`: Mixtral, Phi-3.5-MoE, OLMoE, gpt-oss. */
const everyLayer: Family = (fields, layers) => ({
  experts: fields.whole('experts', ['num_local_experts', 'num_experts']),
  top_k: fields.whole('top_k', ['num_experts_per_tok', 'experts_per_token']),
  expert_intermediate: fields.whole('expert_intermediate', ['intermediate_size']),
  shared_experts: 0,
  attention: groupedQueries(fields),
  moe_layers: layersWhere(layers, () => true),
})

const qwen: Family = (fields, layers) => {
  const step = Math.max(1, fields.whole('moe_layers', ['decoder_sparse_step'], 1) ?? 1)
  const dense = new Set(fields.wholeList('moe_layers', 'mlp_only_layers') ?? [])
  const width = fields.whole('expert_intermediate', ['moe_intermediate_size'])
  const sharedWidth = fields.whole('shared_experts', ['shared_expert_intermediate_size'], 0) ?? 0
  // One wide shared expert does the work of this many routed ones, if that is a whole number.
  const isMultiple = width !== undefined && sharedWidth % width === 0
  return {
    experts: fields.whole('experts', ['num_experts']),
    top_k: fields.whole('top_k', ['num_experts_per_tok']),
    expert_intermediate: width,
    shared_experts: isMultiple ? sharedWidth / width : Math.min(1, sharedWidth),
    shared_intermediate: isMultiple || sharedWidth === 0 ? undefined : sharedWidth,
    dense_intermediate: optional(fields, 'dense_intermediate', 'intermediate_size'),
    attention: groupedQueries(fields),
    moe_layers: layersWhere(layers, (layer) => !dense.has(layer) && (layer + 1) % step === 0),
  }
}

const deepseek: Family = (fields, layers) => {
  const firstMoe = fields.whole('moe_layers', ['first_k_dense_replace'], 0) ?? 0
  const every = Math.max(1, fields.whole('moe_layers', ['moe_layer_freq'], 1) ?? 1)
  const groups = fields.whole('router', ['n_group'], 1) ?? 1
  const groupsPerToken = fields.whole('router', ['topk_group'], groups) ?? groups
  return {
    experts: fields.whole('experts', ['n_routed_experts']),
    top_k: fields.whole('top_k', ['num_experts_per_tok']),
    expert_intermediate: fields.whole('expert_intermediate', ['moe_intermediate_size']),
    shared_experts: fields.whole('shared_experts', ['n_shared_experts'], 0) ?? 0,
    dense_intermediate: optional(fields, 'dense_intermediate', 'intermediate_size'),
    attention: latentOrGrouped(fields),
    moe_layers: layersWhere(layers, (layer) => layer >= firstMoe && layer % every === 0),
    // Plain `greedy` top-k carries group numbers without using them.
    ...(groups > 1 &&
      fields.raw('topk_method') !== 'greedy' && { router: { groups, groups_per_token: groupsPerToken } }),
  }
}

const llama4: Family = (fields, layers) => {
  const step = Math.max(1, fields.whole('moe_layers', ['interleave_moe_layer_step'], 1) ?? 1)
  return {
    experts: fields.whole('experts', ['num_local_experts']),
    top_k: fields.whole('top_k', ['num_experts_per_tok']),
    expert_intermediate: fields.whole('expert_intermediate', ['intermediate_size']),
    shared_experts: 1,
    dense_intermediate: optional(fields, 'dense_intermediate', 'intermediate_size_mlp'),
    attention: groupedQueries(fields),
    moe_layers:
      fields.wholeList('moe_layers', 'moe_layers') ??
      layersWhere(layers, (layer) => (layer + 1) % step === 0),
  }
}

/** By `model_type`. */
export const families: Readonly<Record<string, Family>> = {
  mixtral: everyLayer,
  phimoe: everyLayer,
  olmoe: everyLayer,
  gpt_oss: everyLayer,
  qwen2_moe: qwen,
  qwen3_moe: qwen,
  deepseek,
  deepseek_v2: deepseek,
  deepseek_v3: deepseek,
  kimi_k2: deepseek,
  llama4,
  llama4_text: llama4,
}
