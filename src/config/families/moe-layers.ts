// Which layers of a model have routed experts: the rules by which config.json files say so.
import type { ConfigFields, Names } from './config-fields.ts'

/** Ids of the layers with routed experts, ascending. */
export type LayerRule = (fields: ConfigFields, layers: number) => number[]

const SPARSE: readonly unknown[] = ['sparse', 'moe', 'hash_moe', 1, true]
const DENSE: readonly unknown[] = ['dense', 'mlp', 0, false]
/** Keys with a flag for each layer. */
const FLAGS = ['mlp_layer_types', 'moe_layer_freq', 'is_moe_layer'] as const
/** Letters of a hybrid pattern (Mamba, experts, attention, feed-forward), each a layer of its own. */
const PATTERN = /^[ME*-]+$/

const layersWhere = (layers: number, isMoe: (layer: number) => boolean): number[] =>
  Array.from({ length: layers }, (_, layer) => layer).filter(isMoe)

/** A flag for each layer wins over what `rule` says. */
function flagged(rule: LayerRule): LayerRule {
  return (fields, layers) => {
    const name = FLAGS.find((flag) => Array.isArray(fields.raw(flag)))
    if (name === undefined) return rule(fields, layers)
    const isFlag = (flag: unknown): flag is unknown => SPARSE.includes(flag) || DENSE.includes(flag)
    const flags = fields.list('moe_layers', name, isFlag, 'a list of sparse or dense, 1 or 0')
    if (flags !== undefined && flags.length < layers)
      fields.bad(name, `one flag for each of ${layers} layers`)
    return layersWhere(layers, (layer) => SPARSE.includes(flags?.[layer]))
  }
}

const atLeastOne = (value: number | undefined) => Math.max(1, value ?? 1)

export const everyLayer = flagged((_, layers) => layersWhere(layers, () => true))

/** After `first` dense layers (`fallback`, where no key says how many) every `moe_layer_freq`-th. */
export const afterDense = (first: Names, fallback = 0): LayerRule =>
  flagged((fields, layers) => {
    const from = fields.whole('moe_layers', first, fallback) ?? 0
    const every = atLeastOne(fields.whole('moe_layers', 'moe_layer_freq', 1))
    return layersWhere(layers, (layer) => layer >= from && layer % every === 0)
  })

/** The last of every `step` layers, except those in `mlp_only_layers`. */
export const everyStep = (step: Names): LayerRule =>
  flagged((fields, layers) => {
    const every = atLeastOne(fields.whole('moe_layers', step, 1))
    const dense = new Set(fields.list('moe_layers', 'mlp_only_layers', isLayerId, LAYER_IDS))
    return layersWhere(layers, (layer) => !dense.has(layer) && (layer + 1) % every === 0)
  })

const LAYER_IDS = 'a list of layer ids'
const isLayerId = (id: unknown): id is number => Number.isInteger(id)

/** Llama 4: listed, or the last of every `interleave_moe_layer_step`. */
export const listedOrInterleaved: LayerRule = (fields, layers) => {
  const listed = fields.list('moe_layers', 'moe_layers', isLayerId, LAYER_IDS)
  return listed === undefined ? everyStep('interleave_moe_layer_step')(fields, layers) : [...listed]
}

/** ERNIE: the last of every interval between two layers; an end of -1 is the last layer. */
export const ernieRange: LayerRule = flagged((fields, layers) => {
  const from = fields.whole('moe_layers', 'moe_layer_start_index', 0) ?? 0
  const end = fields.raw('moe_layer_end_index')
  const to = end === -1 ? layers - 1 : fields.whole('moe_layers', 'moe_layer_end_index', layers - 1)!
  const every = atLeastOne(fields.whole('moe_layers', 'moe_layer_interval', 1))
  return layersWhere(layers, (layer) => layer >= from && layer <= to && (layer + 1) % every === 0)
})

/** Jamba: a layer of every period. */
export const jambaPeriod: LayerRule = (fields, layers) => {
  const period = atLeastOne(fields.whole('moe_layers', 'expert_layer_period'))
  const offset = fields.whole('moe_layers', 'expert_layer_offset')
  return layersWhere(layers, (layer) => layer % period === offset)
}

/** Step: layer ids, as text or as a list; else all but the first three. */
export const stepEnumerated: LayerRule = flagged((fields, layers) => {
  const text = fields.raw('moe_layers_enum')
  if (text === undefined) return layersWhere(layers, (layer) => layer >= 3)
  const isText = typeof text === 'string' && /^[\d\s,]+$/.test(text)
  const ids = isText
    ? text
        .split(',')
        .filter((id) => id.trim() !== '')
        .map(Number)
    : fields.list('moe_layers', 'moe_layers_enum', isLayerId, 'layer ids such as "3,4,5"')
  return layersWhere(layers, (layer) => ids?.includes(layer) === true)
})

/** Nemotron-H: a letter or a word for each layer, which is either attention, or Mamba, or experts. */
export const hybridPattern: LayerRule = (fields, layers) => {
  const words = fields.raw(['layers_block_type', 'layer_types'])
  const name = fields.raw('layers_block_type') === undefined ? 'layer_types' : 'layers_block_type'
  if (words !== undefined) {
    const isWord = (word: unknown): word is string => typeof word === 'string'
    const blocks = fields.list('moe_layers', name, isWord, 'a list of words such as mamba, moe, attention')
    return layersWhere(layers, (layer) => blocks?.[layer] === 'moe')
  }
  const pattern = fields.raw('hybrid_override_pattern')
  if (typeof pattern === 'string' && PATTERN.test(pattern) && pattern.length >= layers)
    return layersWhere(layers, (layer) => pattern[layer] === 'E')
  fields.bad('hybrid_override_pattern', `a letter of M, E, * and - for each of ${layers} layers`)
  return []
}
