// Hugging Face config.json of the common MoE families, restated in the keys of a moesim model file.
import { UserError } from '../../errors.ts'
import type { ConfigDocument, Path } from '../document.ts'
import { MAX_LAYERS } from '../model/schema.ts'
import { reporter } from '../validate.ts'
import { part, viewOf } from '../view.ts'
import { families, type HuggingFaceFields } from './families.ts'
import { weightBytes } from './precision.ts'

/** A Hugging Face config rather than a moesim model file. */
export function isHuggingFace(value: unknown): boolean {
  return part(value, ['model_type']) !== undefined || part(value, ['architectures']) !== undefined
}

/**
 * The same model in moesim's keys; positions stay those of the Hugging Face file. Throws UserError with every field
 * that is missing or wrong, and for families that are not supported.
 */
export function nativeDocument(document: ConfigDocument): ConfigDocument {
  const view = viewOf(document)
  const report = reporter(view, 'config.json')
  const supported = Object.keys(families)
  const type = part(document.value, ['model_type'])
  const family = typeof type === 'string' && Object.hasOwn(families, type) ? families[type] : undefined
  if (family === undefined) {
    report.badValue(['model_type'], `a supported MoE family (${supported.join(', ')})`)
    throw new UserError(report.findings)
  }
  const root: Path = part(document.value, ['text_config']) === undefined ? [] : ['text_config']
  const origin = new Map<string, Path>()
  const fields: HuggingFaceFields = {
    raw: (key) => part(document.value, [...root, key]),
    whole(target, names, fallback) {
      const name = names.find((n) => (part(document.value, [...root, n]) ?? null) !== null)
      if (name === undefined) {
        if (fallback !== undefined) return fallback
        const within = `config.json of ${String(type)}`
        report.at(
          'missing-key',
          root,
          { key: names.join(' or '), within, hint: 'it is a whole number' },
          'key',
        )
        return undefined
      }
      origin.set(target, [...root, name])
      const value = part(document.value, [...root, name])
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
      report.badValue([...root, name], 'a whole number')
      return undefined
    },
    wholeList(target, name) {
      const value = part(document.value, [...root, name])
      if (value === undefined || value === null) return undefined
      origin.set(target, [...root, name])
      if (Array.isArray(value) && value.every((id) => Number.isInteger(id))) return value as number[]
      report.badValue([...root, name], 'a list of layer ids')
      return undefined
    },
  }
  const layers = fields.whole('layers', ['num_hidden_layers'])
  if (layers !== undefined && layers > MAX_LAYERS)
    report.badValue([...root, 'num_hidden_layers'], `at most ${MAX_LAYERS}`)
  const shape = family(fields, Math.min(layers ?? 0, MAX_LAYERS))
  const precision = weightBytes(document.value, root, report)
  if (report.findings.length > 0) throw new UserError(report.findings)
  const value = {
    name: String(type),
    layers,
    hidden: fields.whole('hidden', ['hidden_size']),
    ...Object.fromEntries(Object.entries(shape).filter(([, v]) => v !== undefined)),
    weight_bytes: precision.weight,
    ...(precision.dense !== undefined && { dense_weight_bytes: precision.dense }),
    activation_bytes: precision.activation,
  }
  if (report.findings.length > 0) throw new UserError(report.findings)
  // moesim's keys are shown where Hugging Face's stand that they were read from.
  const there = (path: Path): Path => origin.get(path.join('.')) ?? origin.get(String(path[0])) ?? []
  return {
    file: document.file,
    value,
    span: (path, which) => document.span(there(path), which),
    written: (path) => document.written(there(path)),
  }
}
