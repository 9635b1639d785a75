// Parses a mapping key by key, so that what many configs have in common is parsed once: the points of a sweep mostly differ in a value or two.
import * as z from 'zod'

/** What each section was parsed to, by its schema and the value that it was written as. Parsed sections are never changed. */
const parsed = new WeakMap<z.ZodType, WeakMap<object, unknown>>()

/** Like safeParse of a mapping of exactly these keys; undefined where it is no such mapping, or a value is wrong. */
export function parseSections<T extends z.ZodType>(schema: T, value: unknown): z.output<T> | undefined {
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value) || (schema.def.checks ?? []).length > 0) return undefined
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape
  const written = value as Readonly<Record<string, unknown>>
  if (Object.keys(written).some((key) => !Object.hasOwn(shape, key))) return undefined
  const result: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(shape)) {
    const isThere = key in written
    const section = parseSection(field, written[key])
    if (section === undefined) return undefined
    if (isThere || section.data !== undefined) result[key] = section.data
  }
  return result as z.output<T>
}

function parseSection(field: z.ZodType, value: unknown): { readonly data: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return parsedOrNot(field, value)
  if (!parsed.has(field)) parsed.set(field, new WeakMap())
  const known = parsed.get(field)!
  if (known.has(value)) return { data: known.get(value) }
  const section = parsedOrNot(field, value)
  if (section !== undefined) known.set(value, section.data)
  return section
}

function parsedOrNot(field: z.ZodType, value: unknown): { readonly data: unknown } | undefined {
  const { success, data } = field.safeParse(value)
  return success ? { data } : undefined
}
