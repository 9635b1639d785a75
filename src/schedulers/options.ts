// Scheduler options: how they are declared, read from text or YAML values, and turned into a canonical id.
import { type Diagnostic, finding, nearest } from '../errors.ts'
import { exampleQuantity, parseQuantity } from '../units.ts'

type OptionValue = boolean | number | string

interface OptionDoc {
  readonly doc: string
  /** Where a paper describes it; absent: it is described where its scheduler is, or not published. */
  readonly source?: string
}

export type OptionSpec =
  | ({ readonly type: 'boolean'; readonly default: boolean } & OptionDoc)
  | ({
      readonly type: 'integer'
      readonly default: number
      readonly min: number
      readonly max: number
    } & OptionDoc)
  | ({
      readonly type: 'number'
      readonly default: number
      readonly min: number
      readonly max: number
    } & OptionDoc)
  | ({
      readonly type: 'enum'
      readonly default: string
      readonly values: readonly string[]
      /** Also a file: what is in it. */
      readonly orFile?: string
    } & OptionDoc)
  /** Whole bytes, or `room`: as many as there are. */
  | ({ readonly type: 'size'; readonly default: 'room' } & OptionDoc)

export const OPTION_TYPES: readonly OptionSpec['type'][] = ['boolean', 'integer', 'number', 'enum', 'size']

export type OptionTable = Readonly<Record<string, OptionSpec>>
export type OptionValues = Readonly<Record<string, OptionValue>>

/** A path, rather than one of the names of an option. */
type FileName = `${string}.${string}` | `${string}/${string}` | `${string}\\${string}`

type ValueOf<S extends OptionSpec> = S extends {
  readonly orFile: string
  readonly values: infer V extends readonly string[]
}
  ? V[number] | FileName
  : S extends { readonly type: 'enum' }
    ? S['values'][number]
    : S extends { readonly type: 'boolean' }
      ? boolean
      : S extends { readonly type: 'size' }
        ? number | 'room'
        : number

/** The values of a table's options, by name; an enum's is one of its names where the table is declared `as const`. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> }

/** The names in a table, typed as such. */
export function namesOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[]
}

/** A scheduler name with raw options: numbers, booleans or text, as a command line or YAML gives them. */
export interface RawScheduler {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** `name` or `name:option=value,option=value`. Returns undefined where the text has not that form. */
export function splitSchedulerText(text: string): RawScheduler | undefined {
  const colon = text.indexOf(':')
  const name = (colon < 0 ? text : text.slice(0, colon)).trim()
  const options: Record<string, unknown> = Object.create(null)
  if (name === '') return undefined
  if (colon < 0) return { name, options }
  for (const part of text.slice(colon + 1).split(',')) {
    const equals = part.indexOf('=')
    const key = part.slice(0, equals).trim()
    if (equals < 1 || key in options) return undefined
    options[key] = part.slice(equals + 1).trim()
  }
  return { name, options }
}

const DECIMAL = /^\d{1,15}(\.\d{1,15})?$/

/** Checks one raw value against its declaration. */
function readOption(spec: OptionSpec, raw: unknown): OptionValue | undefined {
  if (spec.type === 'boolean') {
    if (raw === true || raw === 'true') return true
    if (raw === false || raw === 'false') return false
    return undefined
  }
  if (spec.type === 'integer') {
    const value = typeof raw === 'string' && /^[0-9]{1,15}$/.test(raw) ? Number(raw) : raw
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
    return value >= spec.min && value <= spec.max ? value : undefined
  }
  if (spec.type === 'number') {
    const value = typeof raw === 'string' && DECIMAL.test(raw) ? Number(raw) : raw
    if (typeof value !== 'number') return undefined
    return value >= spec.min && value <= spec.max ? value : undefined
  }
  if (spec.type === 'size') return readSize(raw)
  if (typeof raw !== 'string') return undefined
  return spec.values.includes(raw) || (spec.orFile !== undefined && isFileName(raw)) ? raw : undefined
}

const isFileName = (text: string): text is FileName => /[/\\]|\.(json|ya?ml|csv)$/i.test(text)

/** The file that an option names in the place of one of its values; undefined: none does. */
export function fileNamed(table: OptionTable, values: OptionValues): string | undefined {
  for (const key of Object.keys(table)) {
    const spec = table[key]!
    const value = values[key]
    if (spec.type === 'enum' && typeof value === 'string' && !spec.values.includes(value)) return value
  }
  return undefined
}

/** `room`, a size with its unit, or bytes: what ids of schedulers say. */
function readSize(raw: unknown): number | 'room' | undefined {
  if (raw === 'room') return raw
  const isBytes = typeof raw === 'number' || (typeof raw === 'string' && /^[0-9]{1,15}$/.test(raw))
  const bytes = isBytes ? Number(raw) : typeof raw === 'string' ? parseQuantity(raw, 'size') : undefined
  if (typeof bytes !== 'number' || !Number.isSafeInteger(Math.round(bytes)) || bytes < 0) return undefined
  return Math.round(bytes)
}

/** What a declaration allows, in words. */
export function allowedValues(spec: OptionSpec): string {
  if (spec.type === 'boolean') return 'true or false'
  if (spec.type === 'integer') return `a whole number from ${spec.min} to ${spec.max}`
  if (spec.type === 'number') return `a number from ${spec.min} to ${spec.max}`
  if (spec.type === 'size') return `room, bytes, or a size such as ${exampleQuantity('size')}`
  const names = `one of ${spec.values.join(', ')}`
  return spec.orFile === undefined ? names : `${names}, or ${spec.orFile}`
}

/** All options of a scheduler, defaults filled in; findings for what does not fit. */
export function resolveOptions(
  name: string,
  table: OptionTable,
  raw: Readonly<Record<string, unknown>>,
  at: { file?: string | undefined },
): { values: OptionValues; findings: Diagnostic[] } {
  const values: Record<string, OptionValue> = {}
  const findings: Diagnostic[] = []
  for (const [key, spec] of Object.entries(table)) values[key] = spec.default
  for (const [key, rawValue] of Object.entries(raw)) {
    const spec = Object.hasOwn(table, key) ? table[key] : undefined
    if (spec === undefined) {
      const allowed = Object.keys(table)
      const suggestion = nearest(key, allowed)
      findings.push(
        finding(
          'unknown-name',
          { kind: `option of ${name}`, name: key, allowed, ...(suggestion && { suggestion }) },
          at,
        ),
      )
      continue
    }
    const value = readOption(spec, rawValue)
    if (value === undefined) {
      findings.push(
        finding(
          'bad-value',
          {
            where: `${name}:${key}`,
            expected: allowedValues(spec),
            got: JSON.stringify(rawValue) ?? 'nothing',
          },
          at,
        ),
      )
    } else values[key] = value
  }
  return { values, findings }
}

/** Options that differ from `defaults`, sorted. */
export function changedOptions(defaults: OptionValues, values: OptionValues): string[] {
  return Object.keys(values)
    .filter((key) => values[key] !== defaults[key])
    .sort()
}

/** `name`, or `name:a=1,b=true` with the options that differ from `defaults`, sorted. */
export function canonicalId(name: string, defaults: OptionValues, values: OptionValues): string {
  const changed = changedOptions(defaults, values).map((key) => `${key}=${String(values[key])}`)
  return changed.length === 0 ? name : `${name}:${changed.join(',')}`
}
