// The shape of a model, read out of its config.json by the row of its family.
import type { AttentionReading } from './attention-keys.ts'
import type { FamilyRow } from './base-rows.ts'
import type { ConfigFields } from './config-fields.ts'

/** Part of a model file, in its keys. What only end-to-end runs need may be missing. */
export type FamilyShape = Readonly<Record<string, unknown>> & {
  readonly layers: number
  readonly moe_layers: readonly number[]
  readonly attention: AttentionReading['attention']
}

/** Reports what is missing or wrong. `layers`: at most as many are read as a model may have. */
export function familyShape(row: FamilyRow, fields: ConfigFields, mostLayers: number): FamilyShape {
  const layers = layerCount(row, fields)
  const { attention, unmodelled } = row.attention(fields)
  return {
    layers,
    hidden: fields.whole('hidden', row.hidden ?? 'hidden_size'),
    experts: fields.whole('experts', row.experts),
    top_k: fields.whole('top_k', row.topK ?? 'num_experts_per_tok', row.topKElse),
    expert_intermediate: fields.whole('expert_intermediate', row.width),
    expert_hidden: row.expertHidden && fields.optional('expert_hidden', row.expertHidden),
    expert_matrices: row.matrices,
    ...sharedExperts(row, fields),
    dense_intermediate: row.dense && fields.optional('dense_intermediate', row.dense),
    attention,
    unmodelled,
    moe_layers: row.moeLayers(fields, Math.min(layers, mostLayers)),
    router: router(fields),
  }
}

/** Where no key says it: as many as a hybrid pattern has letters. */
function layerCount(row: FamilyRow, fields: ConfigFields): number {
  const pattern = fields.raw(['layers_block_type', 'hybrid_override_pattern'])
  const isPattern = Array.isArray(pattern) || typeof pattern === 'string'
  return (
    fields.whole('layers', row.layers ?? 'num_hidden_layers', isPattern ? pattern.length : undefined) ?? 0
  )
}

/** A wide shared expert does the work of several routed ones, if that is a whole number of them. */
function sharedExperts(row: FamilyRow, fields: ConfigFields) {
  const { shared, sharedWidth, isWidthOfEach = false } = row
  const count =
    shared === undefined || shared === 1 ? (shared ?? 0) : (fields.whole('shared_experts', shared, 0) ?? 0)
  const width = sharedWidth === undefined ? undefined : fields.optional('shared_experts', sharedWidth)
  if (width === undefined || (isWidthOfEach && count === 0)) return { shared_experts: count }
  const routed = fields.optional('expert_intermediate', row.width)
  const total = isWidthOfEach ? width * count : width
  const isMultiple = routed !== undefined && routed > 0 && total % routed === 0
  if (isMultiple) return { shared_experts: total / routed }
  return { shared_experts: Math.min(1, total), ...(total > 0 && { shared_intermediate: total }) }
}

/** Group-limited routing. Plain `greedy` top-k carries group numbers without using them. */
function router(fields: ConfigFields) {
  const groups = fields.whole('router.groups', ['n_group', 'num_expert_group'], 1) ?? 1
  if (groups <= 1 || fields.raw('topk_method') === 'greedy') return undefined
  return { groups, groups_per_token: fields.whole('router.groups_per_token', 'topk_group', groups) ?? groups }
}
