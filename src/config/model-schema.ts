// The keys of a model file. What they mean in the simulator is in model/shape.ts.
import * as z from 'zod'
import { idList, mapping, name, plainNumber, wholeNumber } from './fields.ts'

export const MAX_LAYERS = 10_000
/** Expert ids are kept in 16 bits. */
const MAX_EXPERTS = 65_535

const MOE_LAYERS = 'all, odd, even, a range such as 3..60, or a list of layer ids'

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
  hidden: wholeNumber(1, 1_000_000).describe("Width of a token's activation vector"),
  expert_intermediate: wholeNumber(1, 1_000_000).describe('Inner width of one routed expert'),
  experts: wholeNumber(1, MAX_EXPERTS).describe('Routed experts per MoE layer'),
  top_k: wholeNumber(1, 1024).describe('Routed experts per token'),
  shared_experts: wholeNumber(0, 1024).default(0).describe('Always-active experts; not simulated'),
  weight_bytes: plainNumber(0, 16, true).describe('Bytes of one weight; may be fractional'),
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
