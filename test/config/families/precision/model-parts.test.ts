// How many weights each linear layer of a model has, and what check-points call it.
import { expect, test } from 'vitest'
import { modelParts, type PartShape } from '../../../../src/config/families/precision/model-parts.ts'

const shape: PartShape = {
  ...{ layers: 2, moeLayers: new Set([1]), hidden: 10, experts: 4, matrices: 3 },
  ...{ sharedWidth: 7, denseWidth: 30, attention: undefined },
}
const weights = (changes: Partial<PartShape>, part: keyof ReturnType<typeof modelParts>) =>
  modelParts({ ...shape, ...changes })[part].map((module) => module.weights)
const names = (changes: Partial<PartShape>, part: keyof ReturnType<typeof modelParts>) =>
  modelParts({ ...shape, ...changes })[part].map((module) => module.names[0])

test('latent attention has its five matrices, the query in one where it has no rank', () => {
  const sizes = { heads: 3, kv_rank: 5, nope_dim: 8, rope_dim: 2, value_dim: 6 }
  const mla = { ...{ kind: 'mla', query_rank: 4 }, ...sizes }
  const rest = [10 * (5 + 2), 5 * 3 * (8 + 6), 3 * 6 * 10]
  expect(weights({ attention: mla }, 'attention')).toEqual([10 * 4, 4 * 3 * 10, ...rest])
  expect(weights({ attention: { kind: 'mla', ...sizes } }, 'attention')).toEqual([0, 10 * 3 * 10, ...rest])
  expect(names({ attention: mla }, 'attention')).toEqual([
    ...['self_attn.q_a_proj', 'self_attn.q_b_proj', 'self_attn.kv_a_proj_with_mqa'],
    ...['self_attn.kv_b_proj', 'self_attn.o_proj'],
  ])
})

test('grouped attention has narrower keys and values, all alike where nothing is known', () => {
  const gqa = { kind: 'gqa', heads: 6, kv_heads: 2, head_dim: 4 }
  expect(weights({ attention: gqa }, 'attention')).toEqual([240, 80, 80, 240])
  expect(weights({}, 'attention')).toEqual([1, 1, 1, 1])
  expect(names({}, 'attention')).toEqual([
    ...['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj'],
  ])
})

test('feed-forward parts have a matrix for each that experts have, as wide as they are', () => {
  expect(weights({}, 'shared')).toEqual([70, 70, 70])
  expect(weights({}, 'dense')).toEqual([300, 300, 300])
  expect(weights({}, 'experts')).toEqual([1, 1, 1])
  expect(weights({ matrices: 2 }, 'dense')).toEqual([300, 300])
  expect(names({}, 'experts')).toEqual([
    ...['mlp.experts.0.down_proj', 'mlp.experts.0.up_proj', 'mlp.experts.0.gate_proj'],
  ])
  expect(names({ matrices: 2 }, 'dense')).toEqual(['mlp.down_proj', 'mlp.up_proj'])
  expect(names({ sharedName: 'always_on' }, 'shared')[0]).toBe('mlp.always_on.down_proj')
  expect(names({}, 'shared')[0]).toBe('mlp.shared_experts.down_proj')
})
