// config.json files to start from: those of published models, and ways in which weights are quantized.
import { likeBailing } from '../config/families/published-bailing.ts'
import { likeDeepseek } from '../config/families/published-deepseek.ts'
import { likeMixtral } from '../config/families/published-mixtral.ts'
import { likeQwen } from '../config/families/published-qwen.ts'

const configs: readonly object[] = [likeMixtral, likeQwen, likeDeepseek, likeBailing]
  .flatMap((table) => Object.values(table))
  .map(({ config }) => config)

const group = (bits: number, type: string, size?: number) => ({
  targets: ['Linear', 're:.*experts.*'],
  weights: {
    num_bits: bits,
    type,
    strategy: size === undefined ? 'channel' : 'group',
    group_size: size ?? null,
  },
})

const QUANTIZATIONS: readonly object[] = [
  {
    quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128], activation_scheme: 'dynamic' },
  },
  {
    quantization_config: {
      quant_method: 'mxfp4',
      modules_to_not_convert: ['model.layers.*.self_attn', 'lm_head'],
    },
  },
  {
    quantization_config: { quant_method: 'awq', bits: 4, group_size: 128, zero_point: true, version: 'gemm' },
  },
  { quantization_config: { quant_method: 'gptq', bits: 4, group_size: 128, sym: true, desc_act: false } },
  { quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' } },
  {
    quantization_config: {
      quant_method: 'compressed-tensors',
      config_groups: { group_0: group(4, 'int', 32), group_1: group(8, 'float') },
      ignore: ['lm_head', 're:.*self_attn.*'],
    },
  },
  {
    quantization_config: {
      quant_method: 'modelopt',
      quant_algo: 'NVFP4',
      config_groups: { group_0: group(4, 'float', 16) },
      ignore: ['model.layers.0*'],
    },
  },
  { quantization: { bits: 4, group_size: 64, mode: 'affine' } },
]

export const HUGGING_FACE: readonly object[] = [
  ...configs,
  ...QUANTIZATIONS.map((quantization, i) => ({
    ...configs[i * 3],
    ...{ torch_dtype: 'bfloat16', ...quantization },
  })),
]
