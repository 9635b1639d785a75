// Hugging Face config.json of a MoE family, restated in the keys of a moesim model file.
import { type Diagnostic, nearest, UserError } from '../../errors.ts'
import type { ConfigDocument, Path } from '../document.ts'
import { MAX_LAYERS } from '../model/schema.ts'
import { type Reporter, reporter } from '../validate.ts'
import { part, viewOf } from '../view.ts'
import type { FamilyRow } from './base-rows.ts'
import { type ConfigFields, configFields } from './config-fields.ts'
import { exampleFile } from './example-file.ts'
import { byArchitecture, families } from './families.ts'
import { type FamilyShape, familyShape } from './family-shape.ts'
import { modelName } from './model-name.ts'
import type { PartShape } from './precision/model-parts.ts'
import { precisionOf } from './precision/precision.ts'

/** A Hugging Face config rather than a moesim model file. */
export function isHuggingFace(value: unknown): boolean {
  return part(value, ['model_type']) !== undefined || part(value, ['architectures']) !== undefined
}

/** Where models with several parts keep the language model. */
const NESTED: readonly Path[] = [
  ['text_config'],
  ['llm_config'],
  ['language_config'],
  ['thinker_config', 'text_config'],
]

const isMapping = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The same model in moesim's keys; positions stay those of the Hugging Face file. `stated`: keys that a user sets, whose
 * values nobody needs to find in the file. Throws UserError with every field that is missing or wrong, and for
 * families that are not supported.
 */
export function nativeDocument(
  document: ConfigDocument,
  stated: ReadonlySet<string>,
): { document: ConfigDocument; warnings: readonly Diagnostic[] } {
  const report = reporter(viewOf(document), 'config.json')
  const { value } = document
  const root = NESTED.find((path) => (part(value, path) ?? undefined) !== undefined) ?? []
  if (!isMapping(part(value, root))) {
    report.badValue(root, 'a mapping with the keys of the language model')
    throw new UserError(report.findings)
  }
  const name = modelName(document.file, part(value, ['_name_or_path']))
  const family = familyOf(value, root)
  if (family === undefined) throw unknownFamily(value, root, name, report)
  const row: FamilyRow = families[family]!
  const fields = configFields({ value, root, family, isTextFirst: row.isTextFirst === true, report })
  const shape = familyShape(row, fields, MAX_LAYERS)
  refuseZeroExperts(fields, root, report)
  const layersAt = fields.origin.get('layers')
  if (layersAt !== undefined && (shape.layers < 1 || shape.layers > MAX_LAYERS))
    report.badValue(layersAt, `from 1 to at most ${MAX_LAYERS}`)
  if (shape.moe_layers.length === 0 && report.findings.length === 0) {
    const what = `no layer of ${shape.layers} has routed experts`
    const hint = `the layers are 0 to ${shape.layers - 1}`
    report.at('conflict', fields.origin.get('moe_layers') ?? root, { what, hint })
  }
  if (report.findings.length > 0) throw new UserError(report.findings)
  const companion = document.companion && {
    value: document.companion.value,
    report: reporter(viewOf(document.companion), 'hf_quant_config.json'),
  }
  const precision = precisionOf({ value, root, report, companion, stated }, partShape(row, shape))
  const findings = [...report.findings, ...(companion?.report.findings ?? [])]
  if (findings.some(({ severity }) => severity === 'error')) throw new UserError(findings)
  const keys = { name, ...shape, ...precision }
  const native = Object.fromEntries(Object.entries(keys).filter(([, inner]) => inner !== undefined))
  // moesim's keys are shown where Hugging Face's stand that they were read from.
  const { origin } = fields
  const there = (path: Path): Path => origin.get(path.join('.')) ?? origin.get(String(path[0])) ?? []
  return {
    warnings: findings,
    document: {
      file: document.file,
      value: native,
      span: (path, which) => document.span(there(path), which),
      written: (path) => document.written(there(path)),
    },
  }
}

/** The name of the family: that of the whole, or of the language model in it, or what its architecture says. */
function familyOf(value: unknown, root: Path): string | undefined {
  const types = [part(value, ['model_type']), part(value, [...root, 'model_type'])]
  const architecture = part(value, ['architectures', 0])
  const known = types.find((type) => typeof type === 'string' && Object.hasOwn(families, type))
  if (typeof known === 'string') return known
  const isKnown = typeof architecture === 'string' && Object.hasOwn(byArchitecture, architecture)
  return isKnown ? byArchitecture[architecture] : undefined
}

function unknownFamily(value: unknown, root: Path, name: string, report: Reporter): UserError {
  const supported = Object.keys(families).filter((family) => !family.endsWith('_text'))
  const type = part(value, ['model_type'])
  const suggestion = typeof type === 'string' ? nearest(type, supported) : undefined
  const example = exampleFile(part(value, root), name)
  const expected = `a supported MoE family (${supported.join(', ')}), or replaced by a model file such as the one below`
  report.badValue(['model_type'], expected, suggestion, example)
  return new UserError(report.findings)
}

/** A token that picks an expert without weights has one less with weights: their number is not the same for all. */
function refuseZeroExperts(fields: ConfigFields, root: Path, report: Reporter): void {
  const zero = fields.raw('zero_expert_num')
  if (typeof zero !== 'number' || zero <= 0) return
  const what = `${zero} zero-compute experts: how many experts with weights a token uses is not the same for all tokens`
  const hint = 'write a model file with the mean of that number as top_k: an approximation'
  report.at('conflict', [...root, 'zero_expert_num'], { what, hint })
}

function partShape({ sharedName }: FamilyRow, shape: FamilyShape): PartShape {
  const number = (key: string) => Number(shape[key] ?? 0)
  const each = number('shared_intermediate') || number('expert_intermediate')
  return {
    layers: shape.layers,
    moeLayers: new Set(shape.moe_layers),
    hidden: number('hidden'),
    experts: number('experts'),
    matrices: number('expert_matrices') || 3,
    sharedWidth: number('shared_experts') * each,
    denseWidth: number('dense_intermediate'),
    attention: shape.attention,
    sharedName,
  }
}
