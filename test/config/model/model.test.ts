// Model files: what goes together at the very edge, and which layers a selection names.
import { expect, test } from 'vitest'
import { loadModel } from '../../../src/config/model/model.ts'
import { UserError } from '../../../src/errors.ts'
import { bundledIo } from '../bundled-io.ts'

const BASE = {
  ...{ layers: 6, hidden: 64, expert_intermediate: 32, experts: 8, top_k: 2 },
  ...{ weight_bytes: 1, activation_bytes: 1 },
}
const load = (changes: object) =>
  loadModel(bundledIo({ 'm.json': JSON.stringify({ ...BASE, ...changes }) }), 'm.json')

async function problemsOf(changes: object): Promise<string[]> {
  const error: unknown = await load(changes).catch((caught: unknown) => caught)
  if (!(error instanceof UserError)) throw new Error('it was not refused')
  return error.message.split('\n')
}

test.each<[string, object]>([
  ['as many choices as experts', { top_k: 8 }],
  ['one expert', { experts: 1, top_k: 1 }],
  ['groups of one expert, all of them open', { router: { groups: 8, groups_per_token: 8 } }],
  ['groups that just hold the choices', { top_k: 4, router: { groups: 4, groups_per_token: 2 } }],
  ['a KV head for each head', { attention: { kind: 'gqa', heads: 4, kv_heads: 4, head_dim: 8 } }],
  ['a window in the last layer', { sliding_window: { tokens: 1, layers: [5] } }],
  ['routed experts in the last layer', { moe_layers: [5] }],
])('%s: fine', async (_, changes) => {
  await expect(load(changes)).resolves.toMatchObject({ layers: 6 })
})

test.each<[string, object, string]>([
  ['more choices than experts', { top_k: 9 }, 'top_k is 9, and there are 8 experts'],
  [
    'groups of unlike size',
    { router: { groups: 3, groups_per_token: 1 } },
    '8 experts do not fall into 3 equal',
  ],
  ['more open groups than groups', { router: { groups: 2, groups_per_token: 3 } }, 'groups_per_token is 3'],
  [
    'groups too small for the choices',
    { top_k: 5, router: { groups: 4, groups_per_token: 2 } },
    '2 groups of 2 experts cannot give a token its 5',
  ],
  [
    'heads that KV heads do not divide',
    { attention: { kind: 'gqa', heads: 6, kv_heads: 4, head_dim: 8 } },
    '6 heads do not fall into equal groups for 4 KV heads',
  ],
  [
    'a window beyond the layers',
    { sliding_window: { tokens: 1, layers: [5, 6] } },
    'sliding_window names layer 6',
  ],
  ['experts beyond the layers', { moe_layers: [0, 6] }, 'moe_layers names layer 6; the layers are 0 to 5'],
  ['a layer twice', { moe_layers: [1, 1] }, 'moe_layers is not ascending'],
  ['layers that descend', { moe_layers: [2, 1] }, 'moe_layers is not ascending'],
  ['no layer', { layers: 1, moe_layers: 'odd' }, 'moe_layers selects no layer; the layers are 0 to 0'],
])('%s: refused, once', async (_, changes, problem) => {
  const problems = await problemsOf(changes)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(problem)
})

test.each<[unknown, number[]]>([
  ['all', [0, 1, 2, 3, 4, 5]],
  ['odd', [1, 3, 5]],
  ['even', [0, 2, 4]],
  ['1..3', [1, 2, 3]],
  ['4..4', [4]],
  ['0..5', [0, 1, 2, 3, 4, 5]],
  [
    [2, 5],
    [2, 5],
  ],
])(
  'moe_layers %j are layers %j, and so are those of a window where it takes them',
  async (selection, layers) => {
    expect((await load({ moe_layers: selection })).moeLayers).toEqual(layers)
    if (`${selection}`.includes('..')) return
    const { slidingWindow } = await load({ sliding_window: { tokens: 7, layers: selection } })
    expect(slidingWindow).toEqual({ tokens: 7, layers })
  },
)

test('what a file leaves out is left out, and what it states is there', async () => {
  const bare = await load({})
  expect(bare).toMatchObject({ sharedExperts: 0, moeLayers: [0, 1, 2, 3, 4, 5] })
  for (const key of ['router', 'slidingWindow', 'vocabulary']) expect(bare).not.toHaveProperty(key)
  for (const key of ['expertMatrices', 'attention', 'denseWeightBytes'] as const)
    expect(bare[key]).toBeUndefined()
  const mla = { kind: 'mla', heads: 2, query_rank: 3, kv_rank: 4, nope_dim: 5, rope_dim: 6, value_dim: 7 }
  expect(
    await load({
      ...{ attention: mla, expert_matrices: 2, vocabulary: 9, dense_weight_bytes: 2, shared_experts: 1 },
      ...{ router: { groups: 4, groups_per_token: 1 }, expert_hidden: 32, dense_intermediate: 48 },
    }),
  ).toMatchObject({
    attention: { kind: 'mla', heads: 2, queryRank: 3, kvRank: 4, nopeDim: 5, ropeDim: 6, valueDim: 7 },
    ...{ expertMatrices: 2, vocabulary: 9, denseWeightBytes: 2, sharedExperts: 1 },
    ...{ router: { groups: 4, groupsPerToken: 1 }, expertHidden: 32, denseIntermediate: 48 },
  })
  expect((await load({ expert_matrices: 3 })).expertMatrices).toBeUndefined()
})
