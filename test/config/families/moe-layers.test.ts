// Which layers have experts, by every rule that config.json files follow.
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../../src/config/model/model.ts'
import { validateConfig } from '../../../src/config/results/check-file.ts'
import { describe as text } from '../../../src/errors.ts'
import { bundledIo } from '../bundled-io.ts'

const experts = {
  num_experts: 8,
  n_routed_experts: 8,
  num_local_experts: 8,
  moe_num_experts: 8,
  num_experts_per_tok: 2,
  moe_k: 2,
  moe_top_k: 2,
  moe_intermediate_size: 64,
  intermediate_size: 64,
  moe_shared_expert_intermediate_size: 64,
  num_hidden_layers: 8,
  hidden_size: 32,
}
const ioOf = (model_type: string, more: object) =>
  bundledIo({ 'm/config.json': JSON.stringify({ model_type, ...experts, ...more }, null, 1) })

const flags = (list: unknown[]) => ({ mlp_layer_types: list })
const [D, S] = ['dense', 'sparse']

describe('the layers with experts', () => {
  test.each<[string, object, number[]]>([
    ['deepseek_v3', { first_k_dense_replace: 3 }, [3, 4, 5, 6, 7]],
    ['deepseek_v3', { first_k_dense_replace: 1, moe_layer_freq: 3 }, [3, 6]],
    ['mimo_v2_flash', { moe_layer_freq: [0, 1, 0, 1, 1, 1, 1, 1] }, [1, 3, 4, 5, 6, 7]],
    ['glm_moe_dsa', {}, [3, 4, 5, 6, 7]],
    ['glm_moe_dsa', flags([D, S, S, S, S, S, S, S]), [1, 2, 3, 4, 5, 6, 7]],
    ['hy_v3', {}, [1, 2, 3, 4, 5, 6, 7]],
    ['exaone_moe', { is_moe_layer: [false, true, true, true, false, true, true, true] }, [1, 2, 3, 5, 6, 7]],
    // A flag too many is that of a layer for multi-token prediction.
    ['qwen3_moe', flags([D, S, D, S, D, S, D, S, S]), [1, 3, 5, 7]],
    ['qwen3_moe', { decoder_sparse_step: 2, mlp_only_layers: [3] }, [1, 5, 7]],
    ['arctic', { moe_layer_frequency: 4 }, [3, 7]],
    ['afmoe', { num_dense_layers: 2 }, [2, 3, 4, 5, 6, 7]],
    ['jamba', { expert_layer_period: 2, expert_layer_offset: 1 }, [1, 3, 5, 7]],
    ['ernie4_5_moe', { moe_layer_start_index: 2, moe_layer_end_index: 6 }, [2, 3, 4, 5, 6]],
    ['ernie4_5_moe', { moe_layer_start_index: 2, moe_layer_end_index: -1, moe_layer_interval: 2 }, [3, 5, 7]],
    ['ernie4_5_moe', { moe_layer_start_index: 5 }, [5, 6, 7]],
    ['ernie4_5_moe', {}, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['step3p5', { moe_layers_enum: '3, 4,7' }, [3, 4, 7]],
    ['step3p5', { moe_layers_enum: [5] }, [5]],
    ['step3p7', {}, [3, 4, 5, 6, 7]],
    ['llama4', { interleave_moe_layer_step: 4 }, [3, 7]],
    ['llama4', { moe_layers: [2, 5] }, [2, 5]],
    ['nemotron_h', { hybrid_override_pattern: 'MEM*E-ME' }, [1, 4, 7]],
    ['nemotron_h', { num_hidden_layers: null, hybrid_override_pattern: 'MEM' }, [1]],
    [
      'nemotron_h',
      { num_hidden_layers: null, layers_block_type: ['mamba', 'moe', 'attention', 'moe'] },
      [1, 3],
    ],
  ])('of %s with %j', async (type, more, layers) => {
    expect((await loadModel(ioOf(type, more), 'm/config.json')).moeLayers).toEqual(layers)
  })

  test.each<[string, object, string, string]>([
    ['qwen3_moe', flags([D, S]), 'one flag for each of 8 layers', 'mlp_layer_types'],
    ['qwen3_moe', flags(['sparce', S, S, S, S, S, S, S]), 'sparse or dense', 'mlp_layer_types'],
    ['step3p5', { moe_layers_enum: '3-7' }, 'layer ids such as "3,4,5"', 'moe_layers_enum'],
    ['step3p5', { moe_layers_enum: '30,31' }, 'no layer of 8 has routed experts', 'model_type'],
    [
      'nemotron_h',
      { hybrid_override_pattern: 'MEMX*E-ME' },
      'a letter of M, E, * and -',
      'hybrid_override_pattern',
    ],
    ['deepseek_v3', { first_k_dense_replace: 9 }, 'no layer of 8 has', 'first_k_dense_replace'],
    ['nemotron_h', { hybrid_override_pattern: 'ME' }, 'for each of 8 layers', 'hybrid_override_pattern'],
    ['hunyuan_v1_moe', { moe_topk: [8, 8, 4] }, 'the same whole number for all layers', 'moe_topk'],
    ['dbrx', { ffn_config: [] }, 'needs "ffn_config.moe_num_experts"', 'model_type'],
  ])('of %s with %j are refused', async (type, more, words, line) => {
    const { diagnostics } = await validateConfig(ioOf(type, more), 'm/config.json')
    const found = diagnostics.find((d) => text(d).includes(words))
    expect(diagnostics.map(text).join('\n')).toContain(words)
    if (line !== 'model_type') expect(found?.span?.lineText).toContain(line)
  })
})
