// The keys of a model file. What they mean in the simulator is in model/shape.ts.
import * as z from 'zod'
import { idList, mapping, name, plainNumber, wholeNumber } from '../fields.ts'

export const MAX_LAYERS = 10_000
/** Expert ids are kept in 16 bits. */
const MAX_EXPERTS = 65_535

const width = wholeNumber(1, 1_000_000)
const heads = wholeNumber(1, 100_000)

const ATTENTION = 'a mapping with a kind, such as {kind: gqa, heads: 32, kv_heads: 4, head_dim: 128}'
const attention = z.discriminatedUnion(
  'kind',
  [
    mapping({
      kind: z.literal('gqa'),
      heads: heads.describe('Query heads'),
      kv_heads: heads.describe('Key and value heads; as many as query heads in multi-head attention'),
      head_dim: width,
    }),
    mapping({
      kind: z.literal('mla'),
      heads: heads.describe('Query heads'),
      query_rank: width.optional().describe('Width of the latent query; absent: none'),
      kv_rank: width.describe('Width of the latent that keys and values are made from'),
      nope_dim: width.describe("Part of a head's key without position"),
      rope_dim: width.describe("Part of a head's key with rotary position"),
      value_dim: width,
    }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? 'one of gqa, mla' : ATTENTION) },
)

const MOE_LAYERS = 'all, odd, even, a range such as 3..60, or a list of layer ids'

const WINDOW_LAYERS = 'all, odd, even, or a list of layer ids'

export const modelSchema = mapping({
  name: name('a name').optional(),
  layers: wholeNumber(1, MAX_LAYERS).describe('Transformer layers, dense ones included'),
  moe_layers: z
    .union(
      [
        z.enum(['all', 'odd', 'even']),
        z.string().regex(/^\d{1,5}\.\.\d{1,5}$/, { error: MOE_LAYERS }),
        idList(MAX_LAYERS, MOE_LAYERS),
      ],
      {
        error: MOE_LAYERS,
      },
    )
    .default('all')
    .describe('Layers with routed experts, counted from 0; a range includes both ends'),
  hidden: width.describe("Width of a token's activation vector"),
  expert_intermediate: width.describe('Inner width of one routed expert'),
  expert_hidden: width
    .optional()
    .describe('Width of the vector that routed experts take, in a latent MoE; absent: hidden'),
  expert_matrices: wholeNumber(2, 3)
    .optional()
    .describe('3: gate, up and down; 2: experts without a gate; absent: 3'),
  experts: wholeNumber(1, MAX_EXPERTS).describe('Routed experts per MoE layer'),
  top_k: wholeNumber(1, 1024).describe('Routed experts per token'),
  shared_experts: wholeNumber(0, 1024)
    .default(0)
    .describe('Always-active experts; only end-to-end runs count their work'),
  shared_intermediate: width
    .optional()
    .describe('Inner width of one shared expert; absent: that of a routed one'),
  dense_intermediate: width
    .optional()
    .describe('Inner width in layers without routed experts; for end-to-end runs'),
  attention: attention.optional().describe('For end-to-end runs'),
  sliding_window: mapping({
    tokens: wholeNumber(1, 1e9).describe('What a token looks back'),
    layers: z
      .union([z.enum(['all', 'odd', 'even']), idList(MAX_LAYERS, WINDOW_LAYERS)], { error: WINDOW_LAYERS })
      .describe('Layers that do, counted from 0'),
  })
    .optional()
    .describe('Layers whose attention does not reach all of the context'),
  vocabulary: wholeNumber(1, 10_000_000)
    .optional()
    .describe('Tokens of the vocabulary; with it end-to-end runs count the embedding and the output head'),
  unmodelled: name('what end-to-end runs leave out, in words')
    .optional()
    .describe('What attention does not say; end-to-end runs repeat it'),
  weight_bytes: plainNumber(0, 16, true).describe('Bytes of one weight; may be fractional'),
  dense_weight_bytes: plainNumber(0, 16, true)
    .optional()
    .describe('The same outside the routed experts; absent: weight_bytes'),
  feed_forward_weight_bytes: plainNumber(0, 16, true)
    .optional()
    .describe('The same in shared experts and in layers without routed ones; absent: dense_weight_bytes'),
  activation_bytes: plainNumber(0, 16, true).describe('Bytes of one activation element'),
  router: mapping({
    groups: wholeNumber(1, MAX_EXPERTS).describe('Equal groups that the experts fall into'),
    groups_per_token: wholeNumber(1, MAX_EXPERTS).describe('Groups one token may use'),
  }).optional(),
  routing: mapping({
    skew: plainNumber(0, 10).default(1).describe('How unevenly experts are chosen (generator sigma)'),
    reuse: plainNumber(0, 1).default(0).describe('How often a token repeats its predecessor (generator rho)'),
  }).prefault({}),
})

export type ModelFile = z.output<typeof modelSchema>
