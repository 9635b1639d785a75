// What is known of a model's quantization: bytes of a weight for all linear layers, and for those that differ.
import { ModuleNames } from './module-names.ts'

/** Bytes of a weight in some modules; undefined: they keep the type that the model is stored in. */
export interface Exception {
  readonly names: ModuleNames
  readonly bytes: number | undefined
}

export interface Quantization {
  /** Of the modules that no exception names. */
  readonly rest: number | undefined
  /** The first that names a module counts. */
  readonly exceptions: readonly Exception[]
}

/** Exceptions out of entries by module name: modules of equal bytes are one exception. */
export function exceptBytes(
  entries: Iterable<readonly [name: string, own: unknown]>,
  bytesOf: (own: unknown) => number | undefined,
): Exception[] {
  const namesOf = new Map<number | undefined, string[]>()
  for (const [name, own] of entries) {
    const bytes = bytesOf(own)
    const names = namesOf.get(bytes) ?? []
    namesOf.set(bytes, names)
    names.push(name)
  }
  return [...namesOf].map(([bytes, names]) => ({ names: new ModuleNames(names), bytes }))
}

/** The texts of a list; nothing where there is none. */
export function textList(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((element) => typeof element === 'string')
}

/** A list of texts, a text, or nothing. */
export function isTextList(value: unknown): boolean {
  const list = Array.isArray(value) ? value : [value ?? '']
  return list.every((element) => typeof element === 'string')
}

/** What a mapping has; nothing where there is none. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

/** A text; an empty one where there is anything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A whole number of at least 1. */
export const wholeOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : undefined
