// Published models of Qwen, and others with like keys: what their config.json says, retyped, and the published parameters.
import { attentionWeights, deltaNet, gatedAttention } from './parameters.ts'
import { keys, type Published, routedMixtral, routedQwen } from './pieces.ts'

const qwen35 = (
  layers: number,
  hidden: number,
  heads: number,
  valueHeads: number,
  experts: number,
  topK: number,
  width: number,
) => ({
  config: {
    model_type: 'qwen3_5_moe',
    text_config: {
      model_type: 'qwen3_5_moe_text',
      ...keys(layers, hidden, heads, 2, 256),
      ...routedQwen(experts, topK, width, width),
      full_attention_interval: 4,
    },
  },
  beside: {
    vocabulary: 248_320,
    mixers: (layers / 4) * (3 * deltaNet(hidden, 16, valueHeads) + gatedAttention(hidden, heads, 2, 256)),
  },
})

export const likeQwen: Readonly<Record<string, Published>> = {
  'Qwen1.5-MoE-A2.7B': {
    config: {
      model_type: 'qwen2_moe',
      ...keys(24, 2048, 16, 16),
      ...routedQwen(60, 4, 1408, 5632),
      decoder_sparse_step: 1,
    },
    beside: { vocabulary: 151_936 },
    total: '14.3B',
    active: '2.7B',
    routed: 12.46,
  },
  'Qwen2-57B-A14B': {
    config: {
      model_type: 'qwen2_moe',
      ...keys(28, 3584, 28, 4),
      ...routedQwen(64, 8, 2560, 20480),
      decoder_sparse_step: 1,
    },
    beside: { vocabulary: 151_936 },
    total: '57.4B',
    active: '14B',
    routed: 49.33,
  },
  'Qwen3-30B-A3B': {
    config: { model_type: 'qwen3_moe', ...keys(48, 2048, 32, 4, 128), ...routedQwen(128, 8, 768) },
    beside: { vocabulary: 151_936 },
    total: '30.5B',
    active: '3.3B',
    routed: 28.99,
  },
  'Qwen3-235B-A22B': {
    config: { model_type: 'qwen3_moe', ...keys(94, 4096, 64, 4, 128), ...routedQwen(128, 8, 1536) },
    beside: { vocabulary: 151_936 },
    total: '235B',
    active: '22B',
    routed: 227.1,
  },
  'Qwen3-Coder-480B-A35B': {
    config: { model_type: 'qwen3_moe', ...keys(62, 6144, 96, 8, 128), ...routedQwen(160, 8, 2560) },
    beside: { vocabulary: 151_936 },
    total: '480B',
    active: '35B',
    routed: 468.1,
  },
  'Qwen3-VL-235B-A22B': {
    config: {
      model_type: 'qwen3_vl_moe',
      text_config: {
        model_type: 'qwen3_vl_moe_text',
        ...keys(94, 4096, 64, 4, 128),
        ...routedQwen(128, 8, 1536),
      },
    },
    beside: { vocabulary: 151_936 },
    total: '235B',
    active: '22B',
    routed: 227.1,
  },
  'Qwen3-VL-30B-A3B': {
    config: {
      model_type: 'qwen3_vl_moe',
      text_config: {
        model_type: 'qwen3_vl_moe_text',
        ...keys(48, 2048, 32, 4, 128),
        ...routedQwen(128, 8, 768),
      },
    },
    beside: { vocabulary: 151_936 },
    total: '30.5B',
    active: '3.3B',
    routed: 28.99,
  },
  'Qwen3-Omni-30B-A3B': {
    config: {
      model_type: 'qwen3_omni_moe',
      thinker_config: {
        text_config: {
          model_type: 'qwen3_omni_moe_text',
          ...keys(48, 2048, 32, 4, 128),
          ...routedQwen(128, 8, 768),
        },
      },
    },
    beside: { vocabulary: 152_064 },
    total: '30.5B',
    active: '3.3B',
    routed: 28.99,
  },
  'Qwen3-Next-80B-A3B': {
    config: {
      model_type: 'qwen3_next',
      ...keys(48, 2048, 16, 2, 256),
      ...routedQwen(512, 10, 512, 512),
      full_attention_interval: 4,
    },
    beside: {
      vocabulary: 151_936,
      mixers: 36 * deltaNet(2048, 16, 32) + 12 * gatedAttention(2048, 16, 2, 256),
    },
    total: '80B',
    active: '3B',
    routed: 77.3,
  },
  'Qwen3.5-35B-A3B': { ...qwen35(40, 2048, 16, 32, 256, 8, 512), total: '35B', active: '3B', routed: 32.2 },
  'Qwen3.5-122B-A10B': {
    ...qwen35(48, 3072, 32, 64, 256, 8, 1024),
    total: '122B',
    active: '10B',
    routed: 116,
  },
  'Qwen3.5-397B-A17B': {
    ...qwen35(60, 4096, 32, 64, 512, 10, 1024),
    total: '397B',
    active: '17B',
    routed: 386.5,
  },
  'Laguna XS.2': {
    config: {
      model_type: 'laguna',
      ...keys(40, 2048, 48, 8, 128),
      ...routedQwen(256, 8, 512, 512),
      intermediate_size: 8192,
      mlp_layer_types: ['dense', ...Array(39).fill('sparse')],
    },
    beside: { vocabulary: 100_352 },
    total: '33B',
    active: '3B',
    routed: 31.4,
  },
  'Mellum2-12B-A2.5B': {
    config: { model_type: 'mellum', ...keys(28, 2304, 32, 4, 128), ...routedQwen(64, 8, 896) },
    beside: { vocabulary: 98_304 },
    total: '12B',
    routed: 11.1,
  },
  'LLaDA-MoE-7B-A1B': {
    config: {
      model_type: 'llada',
      ...keys(16, 2048, 16, 16),
      num_experts: 64,
      num_experts_per_tok: 8,
      expert_intermediate_size: 1024,
      shared_expert_intermediate_size: null,
    },
    beside: { vocabulary: 157_184 },
    total: '7B',
    active: '1.4B',
    routed: 6.44,
  },
  'SmallThinker-21B-A3B': {
    config: {
      model_type: 'smallthinker',
      ...keys(52, 2560, 28, 4, 128),
      moe_num_primary_experts: 64,
      moe_num_active_primary_experts: 6,
      moe_ffn_hidden_size: 768,
    },
    beside: { vocabulary: 151_936, isTied: true },
    total: '21B',
    active: '3B',
    routed: 19.6,
  },
  'Gemma-4-26B-A4B': {
    config: {
      model_type: 'gemma4',
      text_config: {
        model_type: 'gemma4_text',
        ...keys(30, 2816, 16, 8, 256),
        num_experts: 128,
        top_k_experts: 8,
        moe_intermediate_size: 704,
        intermediate_size: 2112,
        enable_moe_block: true,
      },
    },
    beside: {
      vocabulary: 262_144,
      isTied: true,
      // Keys of the layers without a window are values too.
      mixers: 25 * attentionWeights(2816, 16, 8, 256) + 5 * 2816 * 512 * (2 * 16 + 2),
    },
    total: '25.2B',
    active: '3.8B',
    routed: 22.84,
  },
  'Llama 4 Scout': {
    config: {
      model_type: 'llama4',
      text_config: {
        model_type: 'llama4_text',
        ...keys(48, 5120, 40, 8, 128),
        ...routedMixtral(16, 1, 8192),
        intermediate_size_mlp: 16384,
        interleave_moe_layer_step: 1,
      },
    },
    beside: { vocabulary: 202_048 },
    total: '109B',
    active: '17B',
    routed: 96.6,
  },
  'Llama 4 Maverick': {
    config: {
      model_type: 'llama4',
      text_config: {
        model_type: 'llama4_text',
        ...keys(48, 5120, 40, 8, 128),
        ...routedMixtral(128, 1, 8192),
        intermediate_size_mlp: 16384,
        interleave_moe_layer_step: 2,
      },
    },
    beside: { vocabulary: 202_048 },
    total: '400B',
    active: '17B',
    routed: 386.5,
  },
  Aria: {
    config: {
      model_type: 'aria',
      text_config: {
        model_type: 'aria_text',
        ...keys(28, 2560, 20, 20),
        moe_num_experts: 64,
        moe_topk: 6,
        moe_num_shared_experts: 2,
        intermediate_size: 1664,
      },
    },
    // A vision tower of 0.43B.
    beside: { vocabulary: 100_352, others: 0.43e9 },
    total: '25.3B',
    routed: 22.9,
  },
}
