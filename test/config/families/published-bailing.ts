// Published models of Ant, Tencent, Baidu, StepFun and others: what their config.json says, retyped, and the published parameters.
import { attentionWeights } from './parameters.ts'
import { keys, type Published, routedBailing } from './pieces.ts'

const lingMini = {
  ...keys(20, 2048, 16, 4, 128),
  ...routedBailing(256, 8, 512, 1, 1, 5120),
  n_group: 8,
  topk_group: 4,
}
const ernie = (experts: number, topK: number, width: number, shared: number) => ({
  moe_num_experts: experts,
  moe_k: topK,
  moe_intermediate_size: width,
  moe_num_shared_experts: shared,
})
/** Experts for images, a third as wide, and a vision tower. */
const ernieVision = { vocabulary: 103_424, isTied: true, others: 27 * 64 * 3 * 2560 * 512 + 0.66e9 }
const hunyuan = (experts: number, layers: number, topK: number, width: number) => ({
  num_experts: experts,
  intermediate_size: width,
  moe_intermediate_size: Array(layers).fill(width),
  moe_topk: Array(layers).fill(topK),
  num_shared_expert: Array(layers).fill(1),
})
/** Attention with an output gate as wide as the queries. */
const gated = (hidden: number, heads: number, kvHeads: number) => hidden * 128 * (3 * heads + 2 * kvHeads)
/** 12 of 45 layers have 64 heads, those with a window 96. */
const step = (model_type: string) => ({
  config: {
    model_type,
    ...keys(45, 4096, 64, 8, 128),
    num_attention_groups: 8,
    attention_other_setting: { num_attention_heads: 96, num_attention_groups: 8, head_dim: 128 },
    moe_num_experts: 288,
    moe_top_k: 8,
    moe_intermediate_size: 1280,
    share_expert_dim: 1280,
    intermediate_size: 11264,
    moe_layers_enum: Array.from({ length: 42 }, (_, i) => i + 3).join(','),
  },
  beside: {
    vocabulary: 128_815,
    mixers: 12 * attentionWeights(4096, 64, 8, 128) + 33 * attentionWeights(4096, 96, 8, 128),
  },
})

export const likeBailing: Readonly<Record<string, Published>> = {
  'Ling-lite': {
    config: {
      model_type: 'bailing_moe',
      ...keys(28, 2048, 16, 4, 128),
      ...routedBailing(64, 6, 1408, 2, 0, 5632),
    },
    beside: { vocabulary: 126_464 },
    total: '16.8B',
    active: '2.75B',
    routed: 15.5,
  },
  'Ling-mini-2.0': {
    config: { model_type: 'bailing_moe_v2', ...lingMini },
    beside: { vocabulary: 157_184 },
    total: '16B',
    active: '1.4B',
    routed: 15.3,
  },
  'Ling-flash-2.0': {
    config: {
      model_type: 'bailing_moe_v2',
      ...keys(32, 4096, 32, 4, 128),
      ...routedBailing(256, 8, 1024, 1, 1, 9216),
    },
    beside: { vocabulary: 157_184 },
    total: '103B',
    active: '6.1B',
    routed: 99.9,
  },
  'Ling-1T': {
    config: {
      model_type: 'bailing_moe_v2',
      ...keys(80, 8192, 64, 8, 128),
      ...routedBailing(256, 8, 2048, 1, 4, 18432),
    },
    beside: { vocabulary: 157_184 },
    total: '1T',
    active: '50B',
    routed: 979.3,
  },
  'Ring-mini-linear-2.0': {
    config: { model_type: 'bailing_moe_linear', ...lingMini },
    beside: { vocabulary: 157_184, mixers: 16 * 5 * 2048 * 2048 + 4 * attentionWeights(2048, 16, 4, 128) },
    total: '16.4B',
    active: '1.6B',
    routed: 15.3,
  },
  'LLaDA2.0-mini': {
    config: { model_type: 'llada2_moe', ...lingMini },
    beside: { vocabulary: 157_184 },
    total: '16B',
    active: '1.4B',
    routed: 15.3,
  },
  'Hy3-preview': {
    config: {
      model_type: 'hy_v3',
      ...keys(80, 4096, 64, 8, 128),
      ...routedBailing(192, 8, 1536, 1, 1, 13312),
    },
    beside: { vocabulary: 120_832 },
    total: '295B',
    active: '21B',
    routed: 286.3,
  },
  'K-EXAONE-236B-A23B': {
    config: {
      model_type: 'exaone_moe',
      ...keys(48, 6144, 64, 8, 128),
      ...routedBailing(128, 8, 2048, 1, 1, 18432),
    },
    beside: { vocabulary: 153_600 },
    total: '236B',
    active: '23B',
    routed: 227.1,
  },
  'Trinity-Mini': {
    config: {
      model_type: 'afmoe',
      ...keys(32, 2048, 32, 4, 128),
      num_experts: 128,
      num_experts_per_tok: 8,
      num_shared_experts: 1,
      num_dense_layers: 2,
      moe_intermediate_size: 1024,
      intermediate_size: 6144,
    },
    beside: { vocabulary: 200_192, mixers: 32 * gated(2048, 32, 4) },
    total: '26B',
    active: '3B',
    routed: 24.2,
  },
  'LFM2-8B-A1B': {
    config: {
      model_type: 'lfm2_moe',
      ...keys(24, 2048, 32, 8),
      num_experts: 32,
      num_experts_per_tok: 4,
      num_dense_layers: 2,
      moe_intermediate_size: 1792,
      intermediate_size: 7168,
    },
    beside: {
      vocabulary: 65_536,
      isTied: true,
      mixers: 18 * 4 * 2048 * 2048 + 6 * attentionWeights(2048, 32, 8, 64),
    },
    total: '8.3B',
    routed: 7.75,
  },
  'ERNIE-4.5-21B-A3B': {
    config: {
      model_type: 'ernie4_5_moe',
      ...keys(28, 2560, 20, 4),
      ...ernie(64, 6, 1536, 2),
      intermediate_size: 12288,
      moe_layer_start_index: 1,
      moe_layer_end_index: 27,
      moe_layer_interval: 1,
    },
    beside: { vocabulary: 103_424, isTied: true },
    // Of the check-point; the name says 21B.
    total: '22B',
    active: '3B',
    routed: 20.4,
  },
  'ERNIE-4.5-300B-A47B': {
    config: {
      model_type: 'ernie4_5_moe',
      ...keys(54, 8192, 64, 8),
      ...ernie(64, 8, 3584, 0),
      intermediate_size: 28672,
      moe_layer_start_index: 3,
      moe_layer_end_index: 53,
    },
    beside: { vocabulary: 103_424 },
    total: '300B',
    active: '47B',
    routed: 287.5,
  },
  'ERNIE-4.5-VL-28B-A3B': {
    config: {
      model_type: 'ernie4_5_moe_vl',
      ...keys(28, 2560, 20, 4),
      moe_num_experts: [64, 64],
      moe_k: 6,
      moe_intermediate_size: [1536, 512],
      moe_num_shared_experts: 2,
      intermediate_size: 12288,
      moe_layer_start_index: [1, 1],
      moe_layer_end_index: [29, 28],
    },
    beside: ernieVision,
    // Of the check-point; the name says 28B.
    total: '29B',
    routed: 20.4,
  },
  'ERNIE-4.5-VL-28B-A3B, renamed': {
    config: {
      model_type: 'ernie4_5_vl_moe',
      text_config: {
        model_type: 'ernie4_5_vl_moe_text',
        ...keys(28, 2560, 20, 4),
        ...ernie(64, 6, 1536, 2),
        moe_intermediate_size: [1536, 512],
        intermediate_size: 12288,
        mlp_layer_types: ['dense', ...Array(27).fill('sparse')],
      },
    },
    beside: ernieVision,
    // Of the check-point; the name says 28B.
    total: '29B',
    routed: 20.4,
  },
  'Hunyuan-A13B': {
    config: {
      model_type: 'hunyuan_v1_moe',
      ...keys(32, 4096, 32, 8, 128),
      ...hunyuan(64, 32, 8, 3072),
    },
    beside: { vocabulary: 128_167, isTied: true },
    total: '80B',
    active: '13B',
    routed: 77.3,
  },
  'Hunyuan-Large': {
    config: {
      model_type: 'hunyuan',
      ...keys(64, 6400, 80, 8),
      num_experts: 16,
      moe_topk: 1,
      num_shared_expert: 1,
      intermediate_size: 18304,
      use_cla: true,
    },
    beside: { vocabulary: 129_024, isTied: true },
    total: '389B',
    active: '52B',
    routed: 359.9,
  },
  Step3: {
    config: {
      model_type: 'step3_vl',
      text_config: {
        model_type: 'step3_text',
        ...keys(61, 7168, 64, 1, 256),
        moe_num_experts: 48,
        moe_top_k: 3,
        moe_intermediate_size: 5120,
        share_expert_dim: 5120,
        intermediate_size: 18432,
        moe_layers_enum: Array.from({ length: 56 }, (_, i) => i + 4).join(','),
      },
    },
    beside: {
      vocabulary: 128_815,
      mixers: 61 * (7168 * 2048 + 2048 * 64 * 256 + 2 * 7168 * 256 + 64 * 256 * 7168),
    },
    total: '316B',
    active: '38B',
    routed: 295.9,
  },
  'Step-3.5-Flash': { ...step('step3p5'), total: '196B', active: '11B', routed: 190.3 },
  'Step-3.7-Flash': { ...step('step3p7'), total: '196B', active: '11B', routed: 190.3 },
}
