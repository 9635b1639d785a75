// Pieces of config.json files that published models share: keys by which families say the same things.
import type { Beside } from './parameters.ts'

export interface Published {
  readonly config: Readonly<Record<string, unknown>> & { readonly model_type?: string }
  readonly beside: Beside
  /** As published, such as 235B; a figure holds within half a unit of its last digit, or 2 %. */
  readonly total: string
  /** Absent: not published, or of something else. */
  readonly active?: string
  /** Billions in routed experts: experts x MoE layers x matrices x widths. */
  readonly routed: number
}

export const keys = (layers: number, hidden: number, heads: number, kvHeads: number, headDim?: number) => ({
  num_hidden_layers: layers,
  hidden_size: hidden,
  num_attention_heads: heads,
  num_key_value_heads: kvHeads,
  ...(headDim !== undefined && { head_dim: headDim }),
})
export const latent = (query: number | null, rank: number, nope: number, rope: number, value: number) => ({
  q_lora_rank: query,
  kv_lora_rank: rank,
  qk_nope_head_dim: nope,
  qk_rope_head_dim: rope,
  v_head_dim: value,
})
export const routedDeepseek = (
  experts: number,
  topK: number,
  width: number,
  shared: number,
  first: number,
  dense: number,
) => ({
  n_routed_experts: experts,
  num_experts_per_tok: topK,
  moe_intermediate_size: width,
  n_shared_experts: shared,
  first_k_dense_replace: first,
  intermediate_size: dense,
})
export const routedQwen = (experts: number, topK: number, width: number, shared = 0) => ({
  num_experts: experts,
  num_experts_per_tok: topK,
  moe_intermediate_size: width,
  shared_expert_intermediate_size: shared,
})
export const routedBailing = (
  experts: number,
  topK: number,
  width: number,
  shared: number,
  first: number,
  dense: number,
) => ({
  num_experts: experts,
  num_experts_per_tok: topK,
  moe_intermediate_size: width,
  num_shared_experts: shared,
  first_k_dense_replace: first,
  intermediate_size: dense,
})
export const routedMixtral = (experts: number, topK: number, width: number) => ({
  num_local_experts: experts,
  num_experts_per_tok: topK,
  intermediate_size: width,
})
export const deepseekLatent = latent(1536, 512, 128, 64, 128)
