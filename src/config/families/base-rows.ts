// Rows that families share, or differ from in a key or two: which keys of a config.json say what.
import {
  type AttentionRule,
  grouped,
  groupedUnlessMixed,
  latentOrGrouped,
  mixed,
  stepGrouped,
} from './attention-keys.ts'
import type { Names } from './config-fields.ts'
import {
  afterDense,
  ernieRange,
  everyLayer,
  everyStep,
  type LayerRule,
  listedOrInterleaved,
  stepEnumerated,
} from './moe-layers.ts'

/** Key names of one family. Names left out are those that most families share: see family-shape.ts. */
export interface FamilyRow {
  readonly layers?: Names
  readonly hidden?: Names
  readonly experts: Names
  readonly topK?: Names
  /** Experts per token where no key says it. */
  readonly topKElse?: number
  /** Inner width of a routed expert. */
  readonly width: Names
  /** Width of the latent that experts work on. */
  readonly expertHidden?: Names
  /** Experts without a gate. */
  readonly matrices?: 2
  /** Shared experts: how many, or that there is one. */
  readonly shared?: Names | 1
  /** Width of all shared experts together; with `isWidthOfEach` of one of them. Before `shared`, where the key is there. */
  readonly sharedWidth?: Names
  readonly isWidthOfEach?: true
  /** What they are called in check-points, if not shared_experts or shared_expert. */
  readonly sharedName?: string
  /** Inner width of layers without routed experts. */
  readonly dense?: Names
  readonly moeLayers: LayerRule
  readonly attention: AttentionRule
  readonly isTextFirst?: true
}

const afterFirst = afterDense('first_k_dense_replace')

export const mixtral: FamilyRow = {
  experts: ['num_local_experts', 'num_experts'],
  topK: ['num_experts_per_tok', 'experts_per_token'],
  width: 'intermediate_size',
  moeLayers: everyLayer,
  attention: grouped,
}
export const qwen: FamilyRow = {
  experts: 'num_experts',
  width: 'moe_intermediate_size',
  sharedWidth: 'shared_expert_intermediate_size',
  dense: 'intermediate_size',
  moeLayers: everyStep('decoder_sparse_step'),
  attention: grouped,
}
export const qwenNext: FamilyRow = {
  ...qwen,
  attention: mixed('linear attention (Gated DeltaNet) in most layers'),
}
export const deepseek: FamilyRow = {
  experts: 'n_routed_experts',
  width: 'moe_intermediate_size',
  shared: 'n_shared_experts',
  dense: 'intermediate_size',
  moeLayers: afterFirst,
  attention: latentOrGrouped,
}
export const minimax: FamilyRow = {
  ...mixtral,
  sharedWidth: 'shared_intermediate_size',
  attention: groupedUnlessMixed('linear attention (lightning) in most layers'),
}
export const bailing: FamilyRow = {
  experts: 'num_experts',
  width: 'moe_intermediate_size',
  shared: 'num_shared_experts',
  sharedWidth: 'moe_shared_expert_intermediate_size',
  isWidthOfEach: true,
  dense: 'intermediate_size',
  moeLayers: afterFirst,
  attention: grouped,
}
export const ernie: FamilyRow = {
  experts: 'moe_num_experts',
  topK: ['moe_k', 'moe_topk'],
  width: 'moe_intermediate_size',
  shared: 'moe_num_shared_experts',
  dense: 'intermediate_size',
  moeLayers: ernieRange,
  attention: grouped,
}
export const ernieVision: FamilyRow = { ...ernie, isTextFirst: true }
export const hunyuan: FamilyRow = {
  experts: 'num_experts',
  topK: 'moe_topk',
  width: ['moe_intermediate_size', 'intermediate_size'],
  shared: 'num_shared_expert',
  sharedName: 'shared_mlp',
  dense: 'intermediate_size',
  moeLayers: afterDense('moe_layer_num_skipped'),
  attention: grouped,
}
export const granite: FamilyRow = {
  ...mixtral,
  sharedWidth: 'shared_intermediate_size',
  sharedName: 'shared_mlp',
  attention: groupedUnlessMixed('Mamba-2 layers, which are most'),
}
export const step: FamilyRow = {
  experts: ['moe_num_experts', 'n_routed_experts'],
  topK: ['moe_top_k', 'num_experts_per_tok'],
  width: 'moe_intermediate_size',
  sharedWidth: ['share_expert_dim', 'share_expert_dims'],
  sharedName: 'share_expert',
  dense: 'intermediate_size',
  moeLayers: stepEnumerated,
  attention: stepGrouped,
}
export const llama4: FamilyRow = {
  experts: 'num_local_experts',
  width: 'intermediate_size',
  shared: 1,
  dense: 'intermediate_size_mlp',
  moeLayers: listedOrInterleaved,
  attention: grouped,
}
export const aria: FamilyRow = {
  ...mixtral,
  experts: 'moe_num_experts',
  topK: 'moe_topk',
  width: ['intermediate_size', 'moe_intermediate_size'],
  shared: 'moe_num_shared_experts',
}
export const gemma4: FamilyRow = {
  experts: 'num_experts',
  topK: 'top_k_experts',
  width: 'moe_intermediate_size',
  sharedWidth: 'intermediate_size',
  moeLayers: everyLayer,
  attention: mixed('layers with sliding windows, whose heads are not those of the other layers'),
}
export const mimo: FamilyRow = {
  ...deepseek,
  attention: mixed('layers with sliding windows, whose heads are not those of the other layers'),
}
export const kimiLinear: FamilyRow = {
  experts: 'num_experts',
  topK: 'num_experts_per_token',
  width: 'moe_intermediate_size',
  expertHidden: 'routed_expert_hidden_size',
  shared: 'num_shared_experts',
  dense: 'intermediate_size',
  moeLayers: afterFirst,
  attention: mixed('linear attention (Kimi Delta) in most layers'),
}
export const minimaxM3: FamilyRow = {
  ...mixtral,
  shared: 'n_shared_experts',
  sharedWidth: 'shared_intermediate_size',
  isWidthOfEach: true,
  dense: 'dense_intermediate_size',
  attention: mixed('sparse attention in most layers'),
}
export const skywork: FamilyRow = {
  ...mixtral,
  experts: 'num_experts',
  topKElse: 2,
  dense: 'intermediate_size',
  moeLayers: everyStep('moe_expert_interval'),
}
