// The linear layers of a model with what they are called in check-points, and how many weights each has.
import type { Module } from './module-names.ts'

interface WeighedModule extends Module {
  /** Its share in its part, relative to the others. */
  readonly weights: number
}

/** The shape of a model as far as it decides how its precisions mix. */
export interface PartShape {
  readonly layers: number
  readonly moeLayers: ReadonlySet<number>
  readonly hidden: number
  readonly experts: number
  readonly matrices: number
  /** What shared experts are called in check-points, where that is not usual. */
  readonly sharedName?: string | undefined
  /** Inner widths of all shared experts together, and of layers without routed experts; 0: there are none. */
  readonly sharedWidth: number
  readonly denseWidth: number
  readonly attention: Readonly<Record<string, string | number | undefined>> | undefined
}

/** Modules of one layer. */
export interface ModelParts {
  readonly attention: readonly WeighedModule[]
  /** The matrices of an expert; number 0 stands for all. */
  readonly experts: readonly WeighedModule[]
  readonly shared: readonly WeighedModule[]
  readonly dense: readonly WeighedModule[]
}

const BLOCKS = ['mlp', 'block_sparse_moe', 'feed_forward', 'ffn', 'mixer', 'moe']
const ATTENTIONS = ['self_attn', 'attention', 'attn', 'mixer']
const SHARED = ['shared_experts', 'shared_expert']
/** Down, up and gate: the file's own name, a fused one, and Mixtral's numbers. Experts without a gate have the first two. */
const MATRICES = [
  ['down_proj', 'w2'],
  ['up_proj', 'gate_up_proj', 'w3'],
  ['gate_proj', 'gate_up_proj', 'w1'],
]
const FUSED_ATTENTION = ['qkv_proj', 'query_key_value', 'Wqkv']

export function modelParts(shape: PartShape): ModelParts {
  const { hidden, sharedWidth, denseWidth, matrices, sharedName } = shape
  const shared = sharedName === undefined ? SHARED : [sharedName]
  const each = (weights: number, names: (matrix: string) => readonly string[]) =>
    MATRICES.slice(0, matrices).map((own) => ({ weights, names: within(BLOCKS, own.flatMap(names)) }))
  return {
    attention: attentionModules(shape),
    experts: each(1, (name) => [`experts.0.${name}`, `experts.${name}`]),
    shared: each(hidden * sharedWidth, (name) => shared.map((expert) => `${expert}.${name}`)),
    dense: each(hidden * denseWidth, (name) => [name]),
  }
}

function attentionModules({ attention, hidden }: PartShape): WeighedModule[] {
  const of = (weights: number, ...names: string[]) => ({ weights, names: within(ATTENTIONS, names) })
  const size = (key: string) => Number(attention?.[key] ?? 0)
  const heads = size('heads')
  if (attention?.kind === 'mla') {
    const [queryRank, kvRank] = [size('query_rank'), size('kv_rank')]
    const headDim = size('nope_dim') + size('rope_dim')
    return [
      of(hidden * queryRank, 'q_a_proj', 'fused_qkv_a_proj'),
      of((queryRank || hidden) * heads * headDim, 'q_b_proj', 'q_proj'),
      of(hidden * (kvRank + size('rope_dim')), 'kv_a_proj_with_mqa', 'fused_qkv_a_proj'),
      of(kvRank * heads * (size('nope_dim') + size('value_dim')), 'kv_b_proj'),
      of(heads * size('value_dim') * hidden, 'o_proj'),
    ]
  }
  const query = attention === undefined ? 1 : hidden * heads * size('head_dim')
  const keys = attention === undefined ? 1 : hidden * size('kv_heads') * size('head_dim')
  return [
    of(query, 'q_proj', 'wq', ...FUSED_ATTENTION),
    of(keys, 'k_proj', 'wk', ...FUSED_ATTENTION),
    of(keys, 'v_proj', 'wv', ...FUSED_ATTENTION),
    of(query, 'o_proj', 'out_proj', 'wo', 'dense'),
  ]
}

const within = (blocks: readonly string[], names: readonly string[]): string[] =>
  blocks.flatMap((block) => names.map((name) => `${block}.${name}`))
