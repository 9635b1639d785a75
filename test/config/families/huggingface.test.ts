// Hugging Face config.json files: one small fixture per family, fields as in the published configs.
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../../src/config/model/model.ts'
import { validateConfig } from '../../../src/config/results/check-file.ts'
import { render, describe as text } from '../../../src/errors.ts'
import { expertBytes, type ModelShape, tokenBytes } from '../../../src/model/shape.ts'
import { bundledIo } from '../bundled-io.ts'

const common = {
  torch_dtype: 'bfloat16',
  vocab_size: 32000,
  rope_theta: 1e6,
  architectures: ['SomeForCausalLM'],
}
const mixtral = {
  ...common,
  model_type: 'mixtral',
  num_hidden_layers: 32,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_local_experts: 8,
  num_experts_per_tok: 2,
}
const qwen2 = {
  ...common,
  model_type: 'qwen2_moe',
  num_hidden_layers: 24,
  hidden_size: 2048,
  intermediate_size: 5632,
  moe_intermediate_size: 1408,
  shared_expert_intermediate_size: 5632,
  num_experts: 60,
  num_experts_per_tok: 4,
  decoder_sparse_step: 1,
  mlp_only_layers: [],
}
const qwen3 = {
  ...common,
  model_type: 'qwen3_moe',
  num_hidden_layers: 48,
  hidden_size: 2048,
  intermediate_size: 6144,
  moe_intermediate_size: 768,
  num_experts: 128,
  num_experts_per_tok: 8,
  decoder_sparse_step: 1,
  mlp_only_layers: [],
}
const deepseek2 = {
  ...common,
  model_type: 'deepseek_v2',
  num_hidden_layers: 27,
  hidden_size: 2048,
  moe_intermediate_size: 1408,
  n_routed_experts: 64,
  n_shared_experts: 2,
  num_experts_per_tok: 6,
  first_k_dense_replace: 1,
  moe_layer_freq: 1,
  n_group: 1,
  topk_group: 1,
  topk_method: 'greedy',
}
const deepseek3 = {
  ...common,
  model_type: 'deepseek_v3',
  num_hidden_layers: 61,
  hidden_size: 7168,
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  first_k_dense_replace: 3,
  moe_layer_freq: 1,
  n_group: 8,
  topk_group: 4,
  topk_method: 'noaux_tc',
  quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] },
}
const olmoe = {
  ...common,
  model_type: 'olmoe',
  num_hidden_layers: 16,
  hidden_size: 2048,
  intermediate_size: 1024,
  num_experts: 64,
  num_experts_per_tok: 8,
}
const gptOss = {
  ...common,
  torch_dtype: undefined,
  model_type: 'gpt_oss',
  num_hidden_layers: 24,
  hidden_size: 2880,
  intermediate_size: 2880,
  num_local_experts: 32,
  experts_per_token: 4,
  quantization_config: { quant_method: 'mxfp4' },
}
const llama4 = {
  architectures: ['Llama4ForConditionalGeneration'],
  model_type: 'llama4',
  torch_dtype: 'bfloat16',
  text_config: {
    model_type: 'llama4_text',
    num_hidden_layers: 48,
    hidden_size: 5120,
    intermediate_size: 8192,
    intermediate_size_mlp: 16384,
    num_local_experts: 128,
    num_experts_per_tok: 1,
    interleave_moe_layer_step: 2,
  },
}

const shapeOf = (config: unknown): Promise<ModelShape> =>
  loadModel(bundledIo({ 'model/config.json': JSON.stringify(config, null, 2) }), 'model/config.json')

describe('each family gives its published shape', () => {
  // MoE layers as count and first id; bytes of one expert.
  test.each<[string, unknown, Partial<ModelShape>, number, number, number]>([
    ['Mixtral', mixtral, { hidden: 4096, experts: 8, topK: 2, sharedExperts: 0 }, 32, 0, 352_321_536],
    ['Qwen2-MoE', qwen2, { hidden: 2048, experts: 60, topK: 4, sharedExperts: 4 }, 24, 0, 17_301_504],
    ['Qwen3-MoE', qwen3, { hidden: 2048, experts: 128, topK: 8, sharedExperts: 0 }, 48, 0, 9_437_184],
    ['DeepSeek-V2', deepseek2, { hidden: 2048, experts: 64, topK: 6, sharedExperts: 2 }, 26, 1, 17_301_504],
    [
      'DeepSeek-V3',
      deepseek3,
      { hidden: 7168, experts: 256, topK: 8, weightBytes: 1 + 4 / 128 ** 2, activationBytes: 2 },
      58,
      3,
      44_050_944,
    ],
    ['OLMoE', olmoe, { hidden: 2048, experts: 64, topK: 8 }, 16, 0, 12_582_912],
    ['gpt-oss', gptOss, { hidden: 2880, experts: 32, topK: 4, activationBytes: 2 }, 24, 0, 13_219_200],
    ['Llama 4', llama4, { hidden: 5120, experts: 128, topK: 1, sharedExperts: 1 }, 24, 1, 251_658_240],
  ])('%s', async (_, config, shape, moeLayers, first, bytes) => {
    const model = await shapeOf(config)
    expect(model).toMatchObject(shape)
    expect([model.moeLayers.length, model.moeLayers[0], expertBytes(model)]).toEqual([
      moeLayers,
      first,
      bytes,
    ])
  })

  test('attention, dense layers and shared experts are read where the keys are there', async () => {
    const heads = { num_attention_heads: 32, num_key_value_heads: 4, head_dim: 128 }
    expect(await shapeOf({ ...qwen3, ...heads })).toMatchObject({
      attention: { kind: 'gqa', heads: 32, kvHeads: 4, headDim: 128 },
      denseIntermediate: 6144,
    })
    // Heads share the hidden width, and have their own keys and values, where the file says no more.
    const plain = { ...mixtral, num_attention_heads: 32, head_dim: null }
    expect((await shapeOf(plain)).attention).toEqual({ kind: 'gqa', heads: 32, kvHeads: 32, headDim: 128 })
    expect((await shapeOf(mixtral)).attention).toBeUndefined()
    // Neither half alone is guessed from: widths that heads do not share, or a width without heads.
    expect((await shapeOf({ ...mixtral, num_attention_heads: 24 })).attention).toBeUndefined()
    expect((await shapeOf({ ...mixtral, head_dim: 128 })).attention).toBeUndefined()
    const latent = {
      num_attention_heads: 128,
      num_key_value_heads: 128,
      intermediate_size: 18432,
      q_lora_rank: 1536,
      kv_lora_rank: 512,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
    }
    expect(await shapeOf({ ...deepseek3, ...latent })).toMatchObject({
      attention: { kind: 'mla', heads: 128, queryRank: 1536, kvRank: 512, ropeDim: 64, valueDim: 128 },
      denseIntermediate: 18432,
    })
    const lite = await shapeOf({ ...deepseek3, ...latent, q_lora_rank: null })
    expect(lite.attention).toMatchObject({ kind: 'mla', queryRank: undefined })
    expect((await shapeOf(llama4)).denseIntermediate).toBe(16384)
  })

  test('a shared expert that is no multiple of a routed one is one expert of its own width', async () => {
    const odd = await shapeOf({ ...qwen2, shared_expert_intermediate_size: 5000 })
    expect([odd.sharedExperts, odd.sharedIntermediate]).toEqual([1, 5000])
    const none = await shapeOf({ ...qwen2, shared_expert_intermediate_size: 0 })
    expect([none.sharedExperts, none.sharedIntermediate]).toEqual([0, undefined])
  })

  test('a model is named after its folder or what the file says, never after its family', async () => {
    expect((await shapeOf(qwen3)).name).toBe('model')
    expect((await shapeOf({ ...qwen3, _name_or_path: 'Qwen/Qwen3-30B-A3B' })).name).toBe('Qwen3-30B-A3B')
  })

  test('the language model of a larger one is read by its own family', async () => {
    const wrapped = [
      { model_type: 'internvl_chat', llm_config: qwen3 },
      { model_type: 'own_vl', text_config: qwen3 },
      { model_type: 'deepseek_vl_v2', language_config: { ...qwen3 } },
      { model_type: 'own_omni', thinker_config: { text_config: qwen3 } },
    ]
    for (const config of wrapped) expect(await shapeOf(config)).toMatchObject({ experts: 128, hidden: 2048 })
  })

  test.each(['x', 3, ['x'], true])(
    'a text_config that is no mapping (%j) is refused, never passed over',
    async (wrong) => {
      await expect(shapeOf({ ...qwen3, text_config: wrong })).rejects.toThrow('text_config must be a mapping')
    },
  )

  test('a text_config that is null is none', async () => {
    expect(await shapeOf({ ...qwen3, text_config: null })).toMatchObject({ experts: 128, hidden: 2048 })
  })

  test('a latent MoE without gates has experts of its own width and two matrices', async () => {
    const nemotron = {
      ...common,
      model_type: 'nemotron_h',
      num_hidden_layers: 4,
      hidden_size: 4096,
      hybrid_override_pattern: 'ME*E',
      n_routed_experts: 512,
      num_experts_per_tok: 22,
      moe_intermediate_size: 2688,
      moe_latent_size: 1024,
      n_shared_experts: 1,
      moe_shared_expert_intermediate_size: 5376,
    }
    const model = await shapeOf(nemotron)
    expect(model).toMatchObject({ hidden: 4096, expertHidden: 1024, expertMatrices: 2, sharedExperts: 2 })
    expect([expertBytes(model), tokenBytes(model)]).toEqual([2 * 1024 * 2688 * 2, 1024 * 2])
    expect(model.unmodelled).toContain('Mamba-2')
    expect((await shapeOf({ ...nemotron, moe_latent_size: null })).expertHidden).toBeUndefined()
  })

  test('what attention does not say is kept in words', async () => {
    const heads = { num_attention_heads: 32, num_key_value_heads: 4, head_dim: 128 }
    const note = async (config: object) => (await shapeOf({ ...qwen3, ...heads, ...config })).unmodelled
    expect(await note({})).toBeUndefined()
    expect(await note({ layer_types: ['full_attention', 'full_attention'] })).toBeUndefined()
    expect(await note({ layer_types: ['full_attention', 'sliding_attention'] })).toBe('sliding windows')
    expect(await note({ index_topk: 2048 })).toBe('sparse attention to 2048 tokens and its index')
    expect(await note({ attention_chunk_size: 8192 })).toBe('attention in chunks of 8192 tokens')
    expect(await note({ model_type: 'qwen3_next' })).toContain('linear attention')
    expect((await shapeOf({ ...qwen3, ...heads, model_type: 'qwen3_next' })).attention).toBeUndefined()
    const granite = { ...mixtral, ...heads, model_type: 'granitemoehybrid' }
    expect((await shapeOf(granite)).attention).toBeUndefined()
    expect((await shapeOf({ ...granite, layer_types: ['attention'] })).attention).toMatchObject({ heads: 32 })
  })

  test('DeepSeek-V3 is limited to groups, plain greedy routing is not', async () => {
    expect((await shapeOf(deepseek3)).router).toEqual({ groups: 8, groupsPerToken: 4 })
    expect((await shapeOf({ ...deepseek2, n_group: 8, topk_group: 3 })).router).toBeUndefined()
  })

  test('sparse steps, dense layers and listed MoE layers decide where experts are', async () => {
    expect(
      (await shapeOf({ ...qwen3, num_hidden_layers: 6, decoder_sparse_step: 2, mlp_only_layers: [3] }))
        .moeLayers,
    ).toEqual([1, 5])
    expect((await shapeOf({ ...deepseek3, num_hidden_layers: 8, moe_layer_freq: 2 })).moeLayers).toEqual([
      4, 6,
    ])
    const listed = { ...llama4, text_config: { ...llama4.text_config, moe_layers: [5, 7] } }
    expect((await shapeOf(listed)).moeLayers).toEqual([5, 7])
  })
})

describe('a config.json that cannot be used is refused where it is wrong', () => {
  test.each<[string, object, string, string]>([
    ['another family', { ...mixtral, model_type: 'bert' }, 'mixtral, phimoe, ', '"model_type": "bert"'],
    ['no model_type', { ...mixtral, model_type: undefined }, 'model_type', '{'],
    [
      'no experts',
      { ...mixtral, num_local_experts: undefined },
      'config.json of mixtral needs "num_local_experts or num_experts"',
      '{',
    ],
    [
      'a prototype key as family',
      { ...mixtral, model_type: 'constructor' },
      'a supported MoE family',
      '"constructor"',
    ],
    [
      'a fractional width',
      { ...mixtral, hidden_size: 4096.5 },
      'hidden_size must be a whole number',
      '"hidden_size": 4096.5',
    ],
    [
      'more active experts than there are',
      { ...mixtral, num_experts_per_tok: 9 },
      'top_k is 9',
      '"num_experts_per_tok": 9',
    ],
    [
      'an unknown dtype',
      { ...mixtral, torch_dtype: 'int3' },
      'torch_dtype must be one of',
      '"torch_dtype": "int3"',
    ],
    [
      'an unknown quantization',
      { ...mixtral, quantization_config: { quant_method: 'own' } },
      'quantization_config',
      'quantization_config',
    ],
    [
      'heads that no KV heads divide',
      { ...mixtral, num_attention_heads: 32, num_key_value_heads: 5 },
      '32 heads do not fall into equal groups for 5 KV heads',
      '"num_key_value_heads": 5',
    ],
    [
      'latent attention without its parts',
      { ...deepseek3, num_attention_heads: 128, kv_lora_rank: 512, qk_nope_head_dim: 128, v_head_dim: 128 },
      'config.json of deepseek_v3 needs "qk_rope_head_dim"',
      '{',
    ],
    ['a million layers', { ...mixtral, num_hidden_layers: 1e6 }, 'at most 10000', 'num_hidden_layers'],
    ['no layer', { ...mixtral, num_hidden_layers: 0 }, 'from 1 to', '"num_hidden_layers": 0'],
    ['a layer list of words', { ...qwen3, mlp_only_layers: ['a'] }, 'a list of layer ids', 'mlp_only_layers'],
  ])('%s', async (_, config, words, line) => {
    const io = bundledIo({ 'm.json': JSON.stringify(config, null, 1) })
    const { diagnostics } = await validateConfig(io, 'm.json')
    expect(diagnostics.map(text)).toHaveLength(1)
    expect(diagnostics.map(text)[0]).toContain(words)
    expect(diagnostics[0]).toMatchObject({
      file: 'm.json',
      span: { lineText: expect.stringContaining(line) },
    })
  })

  test('an unknown family gets the ten lines of a model file that would do, and is never guessed', async () => {
    const config = { ...qwen3, model_type: 'superb_moe', num_experts: undefined, moe_num_experts: 96 }
    const io = bundledIo({ 'Superb/config.json': JSON.stringify(config, null, 1) })
    const { diagnostics } = await validateConfig(io, 'Superb/config.json')
    const printed = diagnostics.map(render).join('\n').split('\n')
    const example = printed.slice(-10).map((line) => line.trim())
    expect(example).toEqual([
      'name: "Superb"',
      expect.stringMatching(/^layers: 48 +# num_hidden_layers$/),
      expect.stringMatching(/^moe_layers: all +# /),
      expect.stringMatching(/^hidden: 2048 +# hidden_size$/),
      expect.stringMatching(/^expert_intermediate: 768 +# moe_intermediate_size$/),
      expect.stringMatching(/^experts: 96 +# moe_num_experts$/),
      expect.stringMatching(/^top_k: 8 +# num_experts_per_tok$/),
      expect.stringMatching(/^shared_experts: 0 +# not found/),
      expect.stringMatching(/^weight_bytes: 2 +# /),
      expect.stringMatching(/^activation_bytes: 2 +# /),
    ])
    const file = bundledIo({ 'own.yaml': example.join('\n') })
    expect(await loadModel(file, 'own.yaml')).toMatchObject({ name: 'Superb', experts: 96, topK: 8 })
  })

  test('zero-compute experts are refused with the reason', async () => {
    const longcat = {
      model_type: 'longcat_flash',
      num_layers: 28,
      hidden_size: 6144,
      expert_ffn_hidden_size: 2048,
      n_routed_experts: 512,
      zero_expert_num: 256,
      moe_topk: 12,
    }
    const io = bundledIo({ 'm.json': JSON.stringify(longcat, null, 1) })
    const { diagnostics } = await validateConfig(io, 'm.json')
    expect(diagnostics).toMatchObject([
      { code: 'conflict', span: { line: 7, lineText: expect.stringContaining('256') } },
    ])
    expect(text(diagnostics[0]!)).toContain('zero-compute experts')
    expect(await shapeOf({ ...longcat, zero_expert_num: 0 })).toMatchObject({
      experts: 512,
      topK: 12,
      layers: 28,
    })
  })
})
