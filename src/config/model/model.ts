// Model files, and Hugging Face config.json files, to a ModelShape.
import { type Diagnostic, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { AttentionShape, ModelShape } from '../../model/shape.ts'
import { visible } from '../../visible.ts'
import type { ConfigDocument } from '../document.ts'
import { isHuggingFace, nativeDocument } from '../families/huggingface.ts'
import { configName, openConfig } from '../library.ts'
import { type Reporter, readWith, reporter, validFields } from '../validate.ts'
import { type ConfigView, type Override, viewOf } from '../view.ts'
import { MAX_LAYERS, type ModelFile, modelSchema } from './schema.ts'

/** Reads a bundled model, a model file or a Hugging Face config.json. Throws UserError with all findings. */
export async function loadModel(
  io: Io,
  nameOrPath: string,
  overrides: readonly Override[] = [],
): Promise<ModelShape> {
  return readModelDocument(await openConfig(io, 'models', nameOrPath), nameOrPath, overrides).model
}

export interface ReadModel {
  readonly model: ModelShape
  /** About what a Hugging Face file does not say. */
  readonly warnings: readonly Diagnostic[]
  /** The model in moesim's keys, overrides laid over it. */
  readonly written: unknown
}

/** A model out of its file, in moesim's keys or Hugging Face's. Throws UserError with all findings. */
export function readModelDocument(
  document: ConfigDocument,
  nameOrPath: string,
  overrides: readonly Override[] = [],
): ReadModel {
  const name = configName(nameOrPath)
  if (!isHuggingFace(document.value)) return readView(viewOf(document, overrides), name)
  const stated = new Set(overrides.flatMap(({ path }) => path.slice(0, 1)))
  const native = nativeDocument(document, stated)
  return { ...readView(viewOf(native.document, overrides), name), warnings: native.warnings }
}

const readView = (view: ConfigView, name: string): ReadModel => {
  return { model: readModel(view, name), warnings: [], written: view.value }
}

/** Validates a model mapping. Throws UserError with all findings. */
export function readModel(view: ConfigView, name: string): ModelShape {
  const report = reporter(view, 'model')
  const file = readWith(modelSchema, view, 'model', report)
  const moeLayers = checkModel(view.value, report)
  if (report.findings.length > 0 || file === undefined || moeLayers === undefined)
    throw new UserError(report.findings)
  return {
    name: visible(file.name ?? name),
    layers: file.layers,
    moeLayers,
    hidden: file.hidden,
    expertIntermediate: file.expert_intermediate,
    expertHidden: file.expert_hidden,
    expertMatrices: file.expert_matrices === 2 ? 2 : undefined,
    experts: file.experts,
    topK: file.top_k,
    sharedExperts: file.shared_experts,
    sharedIntermediate: file.shared_intermediate,
    denseIntermediate: file.dense_intermediate,
    attention: file.attention && toAttention(file.attention),
    ...(file.sliding_window && {
      slidingWindow: {
        tokens: file.sliding_window.tokens,
        layers: layerIds(file.sliding_window.layers, file.layers),
      },
    }),
    ...(file.vocabulary !== undefined && { vocabulary: file.vocabulary }),
    unmodelled: file.unmodelled,
    weightBytes: file.weight_bytes,
    denseWeightBytes: file.dense_weight_bytes,
    feedForwardWeightBytes: file.feed_forward_weight_bytes,
    activationBytes: file.activation_bytes,
    ...(file.router && {
      router: { groups: file.router.groups, groupsPerToken: file.router.groups_per_token },
    }),
    routing: file.routing,
  }
}

function toAttention(attention: NonNullable<ModelFile['attention']>): AttentionShape {
  if (attention.kind === 'gqa') {
    const { heads, kv_heads: kvHeads, head_dim: headDim } = attention
    return { kind: 'gqa', heads, kvHeads, headDim }
  }
  return {
    kind: 'mla',
    heads: attention.heads,
    queryRank: attention.query_rank,
    kvRank: attention.kv_rank,
    nopeDim: attention.nope_dim,
    ropeDim: attention.rope_dim,
    valueDim: attention.value_dim,
  }
}

/** Rules across keys, as far as those keys are valid on their own. Returns the MoE layers where they are known. */
function checkModel(value: unknown, report: Reporter): number[] | undefined {
  const fields = validFields(modelSchema, value)
  const { layers, moe_layers: selection, experts, top_k: topK, router, attention } = fields
  const { sliding_window: window } = fields
  if (experts !== undefined && topK !== undefined && topK > experts) {
    const what = `top_k is ${topK}, and there are ${experts} experts`
    report.at('conflict', ['top_k'], { what, hint: 'a token cannot use more experts than there are' })
  }
  if (router && experts !== undefined) checkRouter(router, experts, topK, report)
  if (attention?.kind === 'gqa' && attention.heads % attention.kv_heads !== 0) {
    const what = `${attention.heads} heads do not fall into equal groups for ${attention.kv_heads} KV heads`
    report.at('conflict', ['attention', 'kv_heads'], { what, hint: 'kv_heads must divide heads' })
  }
  if (layers !== undefined && window !== undefined) checkWindow(window.layers, layers, report)
  if (layers === undefined || selection === undefined) return undefined
  const ids = layerIds(selection, layers)
  const before = report.findings.length
  const conflict = (what: string, hint: string) => report.at('conflict', ['moe_layers'], { what, hint })
  const last = ids.at(-1)
  if (last === undefined) conflict('moe_layers selects no layer', `the layers are 0 to ${layers - 1}`)
  else if (ids.some((id, i) => i > 0 && id <= ids[i - 1]!))
    conflict('moe_layers is not ascending', 'list each layer once, in order')
  else if (last >= layers) conflict(`moe_layers names layer ${last}`, `the layers are 0 to ${layers - 1}`)
  return report.findings.length === before ? ids : undefined
}

function checkWindow(selection: string | readonly number[], layers: number, report: Reporter): void {
  const outside = layerIds(selection, layers).find((layer) => layer >= layers)
  if (outside === undefined) return
  const what = `sliding_window names layer ${outside}`
  report.at('conflict', ['sliding_window', 'layers'], { what, hint: `the layers are 0 to ${layers - 1}` })
}

function checkRouter(
  router: { groups: number; groups_per_token: number },
  experts: number,
  topK: number | undefined,
  report: Reporter,
): void {
  const { groups, groups_per_token: perToken } = router
  if (experts % groups !== 0) {
    const what = `${experts} experts do not fall into ${groups} equal groups`
    report.at('conflict', ['router', 'groups'], { what, hint: 'groups must divide experts' })
  }
  if (perToken > groups) {
    const what = `groups_per_token is ${perToken}, and there are ${groups} groups`
    report.at('conflict', ['router', 'groups_per_token'], {
      what,
      hint: 'a token cannot use more groups than there are',
    })
  }
  const reachable = perToken * Math.floor(experts / groups)
  if (topK !== undefined && topK <= experts && reachable < topK) {
    const what = `${perToken} groups of ${Math.floor(experts / groups)} experts cannot give a token its ${topK}`
    report.at('conflict', ['router', 'groups_per_token'], {
      what,
      hint: 'raise groups_per_token or lower top_k',
    })
  }
}

function layerIds(selection: string | readonly number[], layers: number): number[] {
  if (typeof selection !== 'string') return [...selection]
  const all = Array.from({ length: layers }, (_, layer) => layer)
  if (selection === 'all') return all
  if (selection === 'odd' || selection === 'even')
    return all.filter((layer) => layer % 2 === (selection === 'odd' ? 1 : 0))
  const [from = 0, to = 0] = selection.split('..').map(Number)
  return Array.from({ length: Math.max(0, Math.min(to, MAX_LAYERS) - from + 1) }, (_, i) => from + i)
}
