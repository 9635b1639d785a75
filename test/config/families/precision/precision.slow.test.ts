// Bytes of a weight in every format, scales included, and in which parts of a model.
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../../../src/config/model/model.ts'
import { validateConfig } from '../../../../src/config/results/check-file.ts'
import { describe as text } from '../../../../src/errors.ts'
import { expertBytes, feedForwardBytes } from '../../../../src/model/shape.ts'
import { bundledIo } from '../../bundled-io.ts'

const base = {
  model_type: 'deepseek_v3',
  num_hidden_layers: 4,
  hidden_size: 256,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  intermediate_size: 1024,
  moe_intermediate_size: 128,
  n_routed_experts: 8,
  n_shared_experts: 1,
  num_experts_per_tok: 2,
  first_k_dense_replace: 1,
  torch_dtype: 'bfloat16',
}

const read = (config: object, beside?: object) =>
  loadModel(
    bundledIo({
      'm/config.json': JSON.stringify(config),
      ...(beside && { 'm/hf_quant_config.json': JSON.stringify(beside) }),
    }),
    'm/config.json',
  )

/** Bytes in routed experts, attention, shared experts and dense layers; the last two are the same. */
async function bytesOf(quantization: unknown, others: object = {}, key = 'quantization_config') {
  const { weightBytes, denseWeightBytes, feedForwardWeightBytes } = await read({
    ...base,
    ...others,
    [key]: quantization,
  })
  const dense = denseWeightBytes ?? weightBytes
  return [weightBytes, dense, feedForwardWeightBytes ?? dense]
}
const uniform = (bytes: number) => [bytes, bytes, bytes]
const group = (targets: string[], weights: object | null) => ({ targets, weights })
const int = (num_bits: number, group_size?: number, symmetric = true) => ({
  num_bits,
  group_size,
  symmetric,
  type: 'int',
})
const float = (num_bits: number, group_size?: number) => ({ num_bits, group_size, type: 'float' })
const tensors = (config_groups: object, ignore: string[] = []) => ({
  quant_method: 'compressed-tensors',
  config_groups,
  ignore,
})
/** Widths of shared experts in three layers, and of one dense layer. */
const [SHARED, DENSE] = [3 * 128, 1024]
const FP8_TILES = 1 + 4 / (128 * 128)

describe('a format that is the same in all linear layers', () => {
  test.each<[string, object, number]>([
    ['FP8 in tiles of 128 x 128', { quant_method: 'fp8', weight_block_size: [128, 128] }, FP8_TILES],
    ['FP8 without tiles', { quant_method: 'fp8', weight_block_size: null }, 1],
    ['FBGEMM', { quant_method: 'fbgemm_fp8', modules_to_not_convert: null }, 1],
    ['AWQ', { quant_method: 'awq', bits: 4, group_size: 128, zero_point: true }, 0.5 + 2.5 / 128],
    [
      'AWQ without zero points',
      { quant_method: 'awq', bits: 4, group_size: 64, zero_point: false },
      0.5 + 2 / 64,
    ],
    ['AWQ of 128 by default', { quant_method: 'awq', bits: 4 }, 0.5 + 2.5 / 128],
    ['GPTQ', { quant_method: 'gptq', bits: 8, group_size: 32 }, 1 + 3 / 32],
    ['GPTQ by rows', { quant_method: 'gptq', bits: 4, group_size: -1 }, 0.5],
    ['AutoRound', { quant_method: 'auto-round', bits: 2, group_size: 32 }, 0.25 + 2.25 / 32],
    ['NF4', { quant_method: 'bitsandbytes', load_in_4bit: true, load_in_8bit: false }, 0.5 + 4 / 64],
    [
      'NF4 with quantized scales',
      { quant_method: 'bitsandbytes', _load_in_4bit: true, bnb_4bit_use_double_quant: true },
      0.5 + (1 + 4 / 256) / 64,
    ],
    ['8-bit bitsandbytes', { quant_method: 'bitsandbytes', load_in_8bit: true }, 1],
    ['MLX', { group_size: 64, bits: 4 }, 0.5 + 4 / 64],
    ['MLX with 6 bits', { group_size: 32, bits: 6, mode: 'affine' }, 0.75 + 4 / 32],
    ['MLX in MXFP4', { group_size: 32, bits: 4, mode: 'mxfp4' }, 0.53125],
    ['MLX in NVFP4', { group_size: 16, bits: 4, mode: 'nvfp4' }, 0.5625],
    ['MLX in MXFP8', { group_size: 32, bits: 8, mode: 'mxfp8' }, 1.03125],
    ['ModelOpt FP8', { quant_method: 'modelopt', quant_algo: 'FP8' }, 1],
    ['ModelOpt NVFP4', { quant_method: 'modelopt_fp4', quant_algo: 'NVFP4', group_size: 16 }, 0.5625],
    ['ModelOpt W4A8', { quant_method: 'modelopt', quant_algo: 'W4A8_AWQ', group_size: 128 }, 0.5 + 2 / 128],
    ['ModelOpt MXFP8', { quant_algo: 'MXFP8' }, 1.03125],
    ['ModelOpt FP8 in tiles', { quant_algo: 'FP8_PB_WO' }, FP8_TILES],
    ['a quantized cache alone', { quant_method: 'modelopt', quant_algo: null }, 2],
    ['Quark FP8', { quant_method: 'quark', global_quant_config: { weight: { dtype: 'fp8_e4m3' } } }, 1],
    [
      'Quark INT4',
      {
        quant_method: 'quark',
        global_quant_config: { weight: { dtype: 'uint4', group_size: 128, symmetric: false } },
      },
      0.5 + 2.5 / 128,
    ],
    [
      'torchao INT4',
      { quant_method: 'torchao', quant_type: 'int4_weight_only', quant_type_kwargs: { group_size: 32 } },
      0.5 + 4 / 32,
    ],
    [
      'torchao INT8',
      { quant_method: 'torchao', quant_type: { default: { _type: 'Int8WeightOnlyConfig', _data: {} } } },
      1,
    ],
    [
      'HQQ',
      { quant_method: 'hqq', quant_config: { weight_quant_params: { nbits: 4, group_size: 64 } } },
      0.5 + 4 / 64,
    ],
    ['compressed tensors by rows', tensors({ group_0: { weights: { num_bits: 4 } } }), 0.5],
    ['INT4 in groups', tensors({ group_0: group(['Linear'], int(4, 32)) }), 0.5 + 2 / 32],
    ['INT4 with zero points', tensors({ group_0: group(['Linear'], int(4, 32, false)) }), 0.5 + 2.5 / 32],
    ['NVFP4', tensors({ group_0: group(['Linear'], float(4, 16)) }), 0.5625],
    ['MXFP4', tensors({ group_0: group(['Linear'], float(4, 32)) }), 0.53125],
    ['FP8 by rows', tensors({ group_0: group(['Linear'], float(8)) }), 1],
    [
      'FP8 tiles',
      tensors({ group_0: group(['Linear'], { ...float(8), block_structure: [128, 128] }) }),
      FP8_TILES,
    ],
    ['activations alone', tensors({ group_0: group(['Linear'], null) }), 2],
  ])('%s', async (_, quantization, bytes) => {
    expect(await bytesOf(quantization)).toEqual(uniform(bytes))
  })

  test('MLX states it under quantization, with modules of their own', async () => {
    const own = {
      'model.layers.0.self_attn.q_proj': { group_size: 64, bits: 8 },
      'language_model.model.layers.1.mlp.switch_mlp.gate_proj': false,
    }
    const [experts, attention] = await bytesOf({ group_size: 64, bits: 4, ...own }, {}, 'quantization')
    expect(experts).toBeCloseTo(0.5625 + (2 - 0.5625) / 9, 12)
    // Queries and output are twice as large as keys and values: 2 of 6 parts, in one of four layers.
    expect(attention).toBeCloseTo(0.5625 + (1.0625 - 0.5625) / 3 / 4, 12)
  })

  test('an expert is rounded to whole bytes once', async () => {
    const model = await read({
      ...base,
      quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] },
    })
    expect(expertBytes(model)).toBe(3 * 256 * 128 + 24)
  })
})

describe('what is listed as kept has the type of the check-point', () => {
  const nvfp4 = { group_0: group(['Linear'], float(4, 16)) }

  test.each<[string, object, number[]]>([
    ['attention', tensors(nvfp4, ['lm_head', 're:.*self_attn.*']), [0.5625, 2, 0.5625]],
    [
      'attention, by glob',
      { quant_method: 'modelopt', quant_algo: 'NVFP4', exclude_modules: ['model.layers.*.self_attn*'] },
      [0.5625, 2, 0.5625],
    ],
    [
      'shared experts and dense layers',
      tensors(nvfp4, ['re:.*shared_experts.*', 'model.layers.0.mlp']),
      [0.5625, 0.5625, 2],
    ],
    [
      'all but the experts',
      tensors(nvfp4, ['re:.*attn.*', 're:.*shared_experts.*', 're:.*mlp\\.(gate|up|gate_up|down)_proj.*']),
      [0.5625, 2, 2],
    ],
    [
      'the gate of the router alone',
      { quant_method: 'awq', bits: 4, modules_to_not_convert: ['mlp.gate'] },
      uniform(0.5 + 2.5 / 128),
    ],
    [
      'attention, by its name',
      { quant_method: 'bitsandbytes', load_in_8bit: true, llm_int8_skip_modules: ['self_attn'] },
      [1, 2, 1],
    ],
    ['ignored layers', { quant_method: 'fp8', ignored_layers: ['*.self_attn.*', 'lm_head'] }, [1, 2, 1]],
    [
      'exclude of Quark',
      {
        quant_method: 'quark',
        exclude: ['re:.*mlp.shared_experts.*', '*.self_attn.*'],
        global_quant_config: { weight: { dtype: 'fp4', group_size: 32 } },
      },
      [0.53125, 2, (2 * SHARED + 0.53125 * DENSE) / (SHARED + DENSE)],
    ],
    [
      'a list of what is quantized',
      {
        quant_method: 'gptq',
        bits: 4,
        group_size: 128,
        modules_in_block_to_quantize: [
          ['self_attn.k_proj', 'self_attn.v_proj', 'self_attn.q_proj'],
          ['self_attn.o_proj'],
        ],
      },
      [2, 0.5 + 2.5 / 128, 2],
    ],
    [
      'dynamic of GPTQ',
      {
        quant_method: 'gptq',
        bits: 4,
        group_size: 128,
        dynamic: { '-:.*attn.*': {}, '+:.*shared_experts.*': { bits: 8 } },
      },
      [0.5 + 2.5 / 128, 2, (1.0234375 * SHARED + 0.51953125 * DENSE) / (SHARED + DENSE)],
    ],
    [
      'extra config of AutoRound',
      { quant_method: 'auto-round', bits: 4, group_size: 128, extra_config: { self_attn: { bits: 16 } } },
      [0.5 + 2.5 / 128, 2, 0.5 + 2.5 / 128],
    ],
    [
      'everything but experts, in MXFP4',
      { quant_method: 'mxfp4', modules_to_not_convert: ['model.layers.*.self_attn'] },
      [0.53125, 2, 2],
    ],
  ])('%s', async (_, quantization, bytes) => {
    const found = await bytesOf(quantization)
    expect(found).toEqual(bytes.map((value) => expect.closeTo(value, 12)))
  })

  test('a single layer that is kept counts by its share', async () => {
    const quantization = { quant_method: 'fbgemm_fp8', modules_to_not_convert: ['model.layers.0.self_attn'] }
    expect(await bytesOf(quantization)).toEqual([1, 1.25, 1])
  })

  test('its part is counted with its own bytes', async () => {
    const model = await read({
      ...base,
      quantization_config: tensors(nvfp4, ['re:.*mlp\\.(gate|up|down)_proj.*', 're:.*shared_experts.*']),
    })
    expect(feedForwardBytes(model, 1024)).toBe(3 * 256 * 1024 * 2)
  })

  test('experts may be quantized alone while a family has its own names for them', async () => {
    const mixtral = { model_type: 'mixtral', num_local_experts: 8 }
    const quantization = tensors({ group_0: group(['re:.*block_sparse_moe.experts.*'], float(8)) })
    expect(await bytesOf(quantization, mixtral)).toEqual([1, 2, 2])
  })

  test('DeepSeek-V4 has a type of its own for experts', async () => {
    const quantization = { quant_method: 'fp8', weight_block_size: [128, 128], scale_fmt: 'ue8m0' }
    expect(await bytesOf(quantization, { model_type: 'deepseek_v4', expert_dtype: 'fp4' })).toEqual([
      0.53125,
      FP8_TILES,
      FP8_TILES,
    ])
    expect(await bytesOf(quantization, { model_type: 'deepseek_v4', expert_dtype: 'fp8' })).toEqual(
      uniform(FP8_TILES),
    )
  })
})

describe('several groups', () => {
  test.each<[string, object, number[]]>([
    [
      'the one whose targets name the experts is theirs, wherever it stands',
      {
        a: group(['re:.*self_attn.*'], float(8)),
        b: group(['re:.*experts.*'], float(4, 16)),
        c: group(['Linear'], int(8)),
      },
      [0.5625, 1, (0.5625 * SHARED + DENSE) / (SHARED + DENSE)],
    ],
    [
      'a group for all linear layers comes after those that name modules',
      {
        a: group(['Linear'], float(8)),
        b: group(['re:.*mlp\\.experts\\.\\d+\\.(gate|up|down)_proj$'], int(4, 128)),
      },
      [0.5 + 2 / 128, 1, 1],
    ],
    [
      'classes are told by their names',
      { a: group(['FusedMoE'], float(4, 32)), b: group(['Qwen3MoeAttention'], float(8)) },
      [0.53125, 1, 2],
    ],
  ])('%s', async (_, groups, bytes) => {
    expect(await bytesOf(tensors(groups))).toEqual(bytes.map((value) => expect.closeTo(value, 12)))
  })

  test('a mixed precision of ModelOpt names its modules', async () => {
    const quantized_layers = Object.fromEntries(
      [1, 2, 3].flatMap((layer) => [
        ...Array.from({ length: 8 }, (_, e) => [
          `model.layers.${layer}.mlp.experts.${e}`,
          { quant_algo: 'NVFP4', group_size: 16 },
        ]),
        [`model.layers.${layer}.self_attn`, { quant_algo: 'FP8' }],
      ]),
    )
    const beside = { quantization: { quant_algo: 'MIXED_PRECISION', quantized_layers } }
    const { weightBytes, denseWeightBytes, feedForwardWeightBytes } = await read(base, beside)
    expect([weightBytes, denseWeightBytes, feedForwardWeightBytes]).toEqual([0.5625, (3 * 1 + 2) / 4, 2])
  })
})

describe('the file beside', () => {
  const beside = {
    producer: { name: 'modelopt' },
    quantization: {
      quant_algo: 'NVFP4',
      group_size: 16,
      exclude_modules: ['lm_head', 'model.layers.*.self_attn*'],
    },
  }

  test('is read where config.json says nothing', async () => {
    expect(await read(base, beside)).toMatchObject({
      weightBytes: 0.5625,
      denseWeightBytes: 2,
      feedForwardWeightBytes: 0.5625,
    })
    const own = { ...base, quantization_config: { quant_method: 'fp8' } }
    expect((await read(own, beside)).weightBytes).toBe(1)
  })

  test('is named where it is wrong', async () => {
    const wrong = { quantization: { quant_algo: 'INT3_OWN' } }
    const io = bundledIo({
      'm/config.json': JSON.stringify(base),
      'm/hf_quant_config.json': JSON.stringify(wrong, null, 1),
    })
    const { diagnostics } = await validateConfig(io, 'm/config.json')
    expect(diagnostics).toMatchObject([
      { code: 'bad-value', file: 'm/hf_quant_config.json', span: { line: 2 } },
    ])
    expect(text(diagnostics[0]!)).toContain('--set model.weight_bytes=')
  })

  test('has no say over a file of another name', async () => {
    const io = bundledIo({
      'm/own.json': JSON.stringify(base),
      'm/hf_quant_config.json': JSON.stringify(beside),
    })
    expect((await loadModel(io, 'm/own.json')).weightBytes).toBe(2)
  })
})

describe('the type of the check-point', () => {
  test('is 16 bits where none is stated; auto says so', async () => {
    expect((await read({ ...base, torch_dtype: undefined })).weightBytes).toBe(2)
    expect((await read({ ...base, torch_dtype: undefined, dtype: 'torch.float32' })).weightBytes).toBe(4)
    const io = bundledIo({ 'm/config.json': JSON.stringify({ ...base, torch_dtype: 'auto' }) })
    const { diagnostics, filled } = await validateConfig(io, 'm/config.json')
    expect(filled).toContain('\nweight_bytes: 2\nactivation_bytes: 2\n')
    expect(diagnostics).toMatchObject([{ severity: 'warning', span: { line: 1 } }])
    expect(text(diagnostics[0]!)).toContain('--set model.weight_bytes=')
  })
})

describe('what is not understood is refused with the --set that states it, and read once that is given', () => {
  const unclear: [string, unknown][] = [
    ['a method', { quant_method: 'own' }],
    ['a text', 'fp8'],
    ['GGUF', { quant_method: 'gguf', bits: 4 }],
    ['no bits', { quant_method: 'gptq' }],
    ['a group of none', { quant_method: 'awq', bits: 4, group_size: 0 }],
    ['a list of numbers', { quant_method: 'fp8', ignored_layers: [1] }],
    ['an expression', tensors({ a: group(['Linear'], float(8)) }, ['re:(?<=a)b'])],
    ['some experts by expression', tensors({ a: group(['Linear'], float(8)) }, ['re:.*experts\\.1\\d\\..*'])],
    [
      'a group without known weights',
      tensors({ a: group(['Linear'], { num_bits: 4, type: 'float', group_size: 48 }) }),
    ],
    ['no group', tensors({})],
    [
      'sparse weights',
      { ...tensors({ a: group(['Linear'], float(8)) }), sparsity_config: { format: 'sparse-24-bitmask' } },
    ],
    ['two types of torchao', { quant_method: 'torchao', quant_type: { a: {}, b: {} } }],
    ['a mixed precision without modules', { quant_algo: 'MIXED_PRECISION' }],
    ['a method that is a mapping', { quant_method: { a: 1 } }],
    ['an algorithm that is a mapping', { quant_method: 'modelopt', quant_algo: { a: 1 } }],
    [
      'a type of Quark that is a mapping',
      { quant_method: 'quark', global_quant_config: { weight: { dtype: { a: 1 } } } },
    ],
    [
      'a type of torchao that is a mapping',
      { quant_method: 'torchao', quant_type: { default: { _type: { a: 1 } } } },
    ],
    ['tiles of text', { quant_method: 'fp8', weight_block_size: ['a', 'b'] }],
  ]

  test.each(unclear)('%s', async (_, quantization_config) => {
    const io = bundledIo({ 'm/config.json': JSON.stringify({ ...base, quantization_config }, null, 1) })
    const { diagnostics } = await validateConfig(io, 'm/config.json')
    expect(diagnostics).toMatchObject([
      { code: 'bad-value', span: { lineText: expect.stringContaining('quantization_config') } },
    ])
    expect(text(diagnostics[0]!)).toContain('--set model.weight_bytes=')
    const stated = { path: ['weight_bytes'], value: 0.6, label: '--set', written: '0.6' }
    expect((await loadModel(io, 'm/config.json', [stated])).weightBytes).toBe(0.6)
  })

  test.each([
    [4, ['re:.*attn.*', 're:(?<=a)b']],
    [9000, ['lm_head', 'model.layers.1*']],
  ])(
    'of %d layers, the pattern that is not understood or costs too much is named',
    async (layers, ignore) => {
      const quantization_config = tensors({ a: group(['Linear'], float(8)) }, ignore)
      const config = { ...base, num_hidden_layers: layers, quantization_config }
      const { diagnostics } = await validateConfig(bundledIo({ 'm.json': JSON.stringify(config) }), 'm.json')
      expect(diagnostics.map(text)).toHaveLength(1)
      expect(text(diagnostics[0]!)).toContain(`which "${ignore[1]}" is not; or state them: --set`)
    },
  )

  test('a type, until both bytes that it gives are stated', async () => {
    const io = bundledIo({ 'm/config.json': JSON.stringify({ ...base, torch_dtype: 'int3' }) })
    const state = (key: string) => ({ path: [key], value: 1, label: '--set', written: '1' })
    await expect(loadModel(io, 'm/config.json', [state('weight_bytes')])).rejects.toThrow(
      '--set model.weight_bytes=',
    )
    const both = [state('weight_bytes'), state('activation_bytes')]
    expect(await loadModel(io, 'm/config.json', both)).toMatchObject({ weightBytes: 1, activationBytes: 1 })
  })
})
