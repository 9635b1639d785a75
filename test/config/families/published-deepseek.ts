// Published models of DeepSeek, and others with like keys: what their config.json says, retyped, and the published parameters.
import { attentionWeights, mamba2 } from './parameters.ts'
import { deepseekLatent, keys, latent, type Published, routedDeepseek } from './pieces.ts'

/** Kimi Delta: queries, keys, values and output, a gate of full rank or of rank 128, decays and steps. */
const kimiDelta = (hidden: number, heads: number, gateWeights: number): number =>
  4 * hidden * heads * 128 + gateWeights + hidden * 128 + 128 * heads * 128 + hidden * heads

/** DeepSeek-V4: latent queries, one shared key and value, grouped output; compressors and index are about as large again. */
const compressed = (hidden: number, heads: number, query: number, groups: number, output: number): number =>
  hidden * query + query * heads * 512 + hidden * 512 + heads * 512 * output + groups * output * hidden

const v3 = {
  ...keys(61, 7168, 128, 128),
  ...routedDeepseek(256, 8, 2048, 1, 3, 18432),
  ...deepseekLatent,
  n_group: 8,
  topk_group: 4,
}
const kimiK2 = {
  ...keys(61, 7168, 64, 64),
  ...routedDeepseek(384, 8, 2048, 1, 1, 18432),
  ...deepseekLatent,
  n_group: 1,
  topk_group: 1,
}
const moonlight = {
  ...keys(27, 2048, 16, 16),
  ...routedDeepseek(64, 6, 1408, 2, 1, 11264),
  ...latent(null, 512, 128, 64, 128),
}
const glmAir = { ...keys(46, 4096, 96, 8, 128), ...routedDeepseek(128, 8, 1408, 1, 1, 10944) }
const mimoMixers =
  9 * 4096 * (64 * 192 + 4 * (192 + 128) + 64 * 128) + 39 * 4096 * (64 * 192 + 8 * (192 + 128) + 64 * 128)
const mimo = {
  ...keys(48, 4096, 64, 4, 192),
  n_routed_experts: 256,
  num_experts_per_tok: 8,
  moe_intermediate_size: 2048,
  intermediate_size: 16384,
  n_shared_experts: null,
  moe_layer_freq: [0, ...Array(47).fill(1)],
}

export const likeDeepseek: Readonly<Record<string, Published>> = {
  'DeepSeekMoE 16B': {
    config: {
      model_type: 'deepseek',
      ...keys(28, 2048, 16, 16),
      ...routedDeepseek(64, 6, 1408, 2, 1, 10944),
    },
    beside: { vocabulary: 102_400 },
    total: '16.4B',
    active: '2.8B',
    routed: 14.95,
  },
  'DeepSeek-V2-Lite': {
    config: {
      model_type: 'deepseek_v2',
      ...keys(27, 2048, 16, 16),
      ...routedDeepseek(64, 6, 1408, 2, 1, 10944),
      ...latent(null, 512, 128, 64, 128),
    },
    beside: { vocabulary: 102_400 },
    total: '15.7B',
    active: '2.4B',
    routed: 14.4,
  },
  'DeepSeek-V2': {
    config: {
      model_type: 'deepseek_v2',
      ...keys(60, 5120, 128, 128),
      ...routedDeepseek(160, 6, 1536, 2, 1, 12288),
      ...deepseekLatent,
    },
    beside: { vocabulary: 102_400 },
    total: '236B',
    active: '21B',
    routed: 222.7,
  },
  'DeepSeek-V3': {
    config: { model_type: 'deepseek_v3', ...v3 },
    beside: { vocabulary: 129_280 },
    total: '671B',
    active: '37B',
    routed: 653.9,
  },
  'DeepSeek-V3.2': {
    config: { model_type: 'deepseek_v32', ...v3, index_topk: 2048, index_n_heads: 64, index_head_dim: 128 },
    beside: { vocabulary: 129_280 },
    total: '671B',
    active: '37B',
    routed: 653.9,
  },
  'DeepSeek-V4-Flash': {
    config: {
      model_type: 'deepseek_v4',
      ...keys(43, 4096, 64, 1, 512),
      n_routed_experts: 256,
      num_experts_per_tok: 6,
      moe_intermediate_size: 2048,
      n_shared_experts: 1,
      num_hash_layers: 3,
    },
    beside: { vocabulary: 129_280, mixers: 43 * compressed(4096, 64, 1024, 8, 1024) },
    total: '284B',
    active: '13B',
    routed: 277,
  },
  'DeepSeek-V4-Pro': {
    config: {
      model_type: 'deepseek_v4',
      ...keys(61, 7168, 128, 1, 512),
      n_routed_experts: 384,
      num_experts_per_tok: 6,
      moe_intermediate_size: 3072,
      n_shared_experts: 1,
    },
    beside: { vocabulary: 129_280, mixers: 61 * compressed(7168, 128, 1536, 16, 1024) },
    total: '1.6T',
    active: '49B',
    routed: 1547.4,
  },
  'Moonlight-16B-A3B': {
    config: { model_type: 'deepseek_v3', ...moonlight },
    beside: { vocabulary: 163_840 },
    total: '16B',
    active: '3B',
    routed: 14.4,
  },
  'Kimi-VL-A3B': {
    config: { model_type: 'kimi_vl', text_config: { model_type: 'deepseek_v3', ...moonlight } },
    beside: { vocabulary: 163_840, others: 0.4e9 },
    total: '16.4B',
    routed: 14.4,
  },
  'Kimi-K2': {
    config: { model_type: 'kimi_k2', ...kimiK2 },
    beside: { vocabulary: 163_840 },
    total: '1.04T',
    active: '32.6B',
    routed: 1014.7,
  },
  'Kimi-K2.5': {
    config: { model_type: 'kimi_k25', text_config: { model_type: 'kimi_k2', ...kimiK2 } },
    beside: { vocabulary: 163_840 },
    total: '1T',
    active: '32B',
    routed: 1014.7,
  },
  'Kimi-Linear-48B-A3B': {
    config: {
      model_type: 'kimi_linear',
      ...keys(27, 2304, 32, 32),
      num_experts: 256,
      num_experts_per_token: 8,
      moe_intermediate_size: 1024,
      num_shared_experts: 1,
      first_k_dense_replace: 1,
      intermediate_size: 9216,
      num_expert_group: 1,
    },
    beside: {
      vocabulary: 163_840,
      mixers:
        20 * kimiDelta(2304, 32, 2304 * 128 + 128 * 4096) +
        7 * (2304 * (32 * 192 + 576) + 512 * 32 * 256 + 4096 * 2304),
    },
    // Of the check-point; the name says 48B.
    total: '49B',
    active: '3B',
    routed: 47.1,
  },
  'Kimi-K3': {
    config: {
      model_type: 'kimi_k3',
      text_config: {
        model_type: 'kimi_linear',
        ...keys(93, 7168, 96, 96),
        num_experts: 896,
        num_experts_per_token: 16,
        moe_intermediate_size: 3072,
        routed_expert_hidden_size: 3584,
        num_shared_experts: 2,
        first_k_dense_replace: 1,
        intermediate_size: 18432,
      },
    },
    beside: {
      vocabulary: 163_840,
      mixers:
        69 * kimiDelta(7168, 96, 7168 * 12288) +
        24 * (7168 * 1536 + 1536 * 96 * 192 + 7168 * 576 + 512 * 96 * 256 + 2 * 12288 * 7168),
    },
    total: '2.8T',
    active: '104B',
    routed: 2722.6,
  },
  'GLM-4.5': {
    config: {
      model_type: 'glm4_moe',
      ...keys(92, 5120, 96, 8, 128),
      ...routedDeepseek(160, 8, 1536, 1, 3, 12288),
    },
    beside: { vocabulary: 151_552 },
    total: '355B',
    active: '32B',
    routed: 336,
  },
  'GLM-4.5-Air': {
    config: { model_type: 'glm4_moe', ...glmAir },
    beside: { vocabulary: 151_552 },
    total: '106B',
    active: '12B',
    routed: 99.7,
  },
  'GLM-4.5V': {
    config: { model_type: 'glm4v_moe', text_config: { model_type: 'glm4v_moe_text', ...glmAir } },
    beside: { vocabulary: 151_552 },
    total: '106B',
    active: '12B',
    routed: 99.7,
  },
  'GLM-4.7-Flash': {
    config: {
      model_type: 'glm4_moe_lite',
      ...keys(47, 2048, 20, 20),
      ...routedDeepseek(64, 4, 1536, 1, 1, 10240),
      ...latent(768, 512, 192, 64, 256),
    },
    beside: { vocabulary: 154_880 },
    total: '30B',
    active: '3B',
    routed: 27.8,
  },
  'GLM-5': {
    config: {
      model_type: 'glm_moe_dsa',
      ...keys(78, 6144, 64, 64),
      ...routedDeepseek(256, 8, 2048, 1, 3, 12288),
      ...latent(2048, 512, 192, 64, 256),
      index_topk: 2048,
    },
    beside: { vocabulary: 154_880 },
    total: '744B',
    active: '40B',
    routed: 724.8,
  },
  'dots.llm1': {
    config: {
      model_type: 'dots1',
      ...keys(62, 4096, 32, 32),
      ...routedDeepseek(128, 6, 1408, 2, 1, 10944),
      n_group: null,
    },
    beside: { vocabulary: 152_064 },
    total: '142B',
    active: '14B',
    routed: 135.1,
  },
  'Solar-Open-100B': {
    config: {
      model_type: 'solar_open',
      ...keys(48, 4096, 64, 8, 128),
      ...routedDeepseek(128, 8, 1280, 1, 0, 10240),
    },
    beside: { vocabulary: 196_608 },
    total: '102B',
    active: '12B',
    routed: 96.6,
  },
  'Mistral-Small-4-119B': {
    config: {
      model_type: 'mistral3',
      text_config: {
        model_type: 'mistral4',
        ...keys(36, 4096, 32, 32),
        ...routedDeepseek(128, 4, 2048, 1, 0, 12288),
        ...latent(1024, 256, 64, 64, 128),
      },
    },
    beside: { vocabulary: 131_072 },
    total: '119B',
    active: '6B',
    routed: 116,
  },
  'A.X-K1': {
    config: {
      model_type: 'AXK1',
      ...keys(61, 7168, 64, 64),
      ...routedDeepseek(192, 8, 2048, 1, 1, 18432),
      ...deepseekLatent,
    },
    beside: { vocabulary: 163_840 },
    total: '519B',
    active: '33B',
    routed: 507.3,
  },
  'A.X-K1, renamed': {
    config: {
      model_type: 'axk1',
      ...keys(61, 7168, 64, 64),
      ...routedDeepseek(192, 8, 2048, 1, 1, 18432),
      ...deepseekLatent,
    },
    beside: { vocabulary: 163_840 },
    total: '519B',
    active: '33B',
    routed: 507.3,
  },
  'MiMo-V2-Flash': {
    config: { model_type: 'mimo_v2_flash', ...mimo },
    beside: { vocabulary: 152_576, mixers: mimoMixers },
    total: '309B',
    active: '15B',
    routed: 302.8,
  },
  'MiMo-V2.6-Flash': {
    config: { model_type: 'mimo_v2', ...mimo },
    beside: { vocabulary: 152_576, mixers: mimoMixers },
    total: '309B',
    active: '15B',
    routed: 302.8,
  },
  'Nemotron-3-Nano-30B-A3B': {
    config: {
      model_type: 'nemotron_h',
      ...keys(52, 2688, 32, 2, 128),
      hybrid_override_pattern: 'MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME',
      n_routed_experts: 128,
      num_experts_per_tok: 6,
      moe_intermediate_size: 1856,
      n_shared_experts: 1,
      moe_shared_expert_intermediate_size: 3712,
      intermediate_size: 1856,
    },
    beside: {
      vocabulary: 131_072,
      mixers: 23 * mamba2(2688, 64, 64, 8, 128) + 6 * attentionWeights(2688, 32, 2, 128),
    },
    total: '31.6B',
    active: '3.6B',
    routed: 29.4,
  },
}
