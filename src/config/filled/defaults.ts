// A config value with every default of its schema filled in, in the keys and units that a user writes.
import * as z from 'zod'
import { exactQuantity, parseQuantity } from '../../units.ts'
import { quantities } from '../fields.ts'
import { part } from '../view.ts'

/** `value` is valid. What a schema leaves open and names no default for stays absent. */
export function withDefaults(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) {
    return value === undefined ? undefined : withDefaults(schema.unwrap(), value)
  }
  if (schema instanceof z.ZodDefault) {
    return value === undefined ? schema.def.defaultValue : withDefaults(schema.unwrap(), value)
  }
  if (schema instanceof z.ZodPrefault) return withDefaults(schema.unwrap(), value ?? schema.def.defaultValue)
  if (value === undefined) return undefined
  if (schema instanceof z.ZodUnion) {
    const meant = schema.options.find((option) => z.safeParse(option, value).success)
    return meant === undefined ? value : withDefaults(meant, value)
  }
  if (schema instanceof z.ZodPipe) return typeof value === 'string' ? asRead(schema, value) : value
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((inner) => withDefaults(schema.element, inner))
  }
  if (schema instanceof z.ZodObject && Object.keys(schema.shape).length > 0) {
    const entries = Object.entries(schema.shape).map(([key, field]) => [
      key,
      withDefaults(field, part(value, [key])),
    ])
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
  }
  return value
}

/** A quantity as written, or where reading it rounds the one that is read. */
function asRead(schema: z.ZodPipe, text: string): string {
  const dimension = quantities.get(schema)?.dimension
  if (dimension === undefined) return text
  const read = z.parse(schema, text)
  const isExact = typeof read !== 'number' || text === 'unlimited' || parseQuantity(text, dimension) === read
  return isExact ? text : exactQuantity(read, dimension)
}
