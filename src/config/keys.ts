// Every key of every kind of config file with what its schema says of it, for `moesim explain`.
import * as z from 'zod'
import { experimentSchema } from './experiment/schema.ts'
import { hardwareSchema } from './hardware/schema.ts'
import { modelSchema } from './model/schema.ts'

export interface ConfigKey {
  /** As in `--set`: `hardware.link.bandwidth`, `workload.tokens`. */
  readonly path: string
  readonly description: string | undefined
  /** In words, as a finding about a wrong value has it. */
  readonly expected: string
  /** As a file would write it. */
  readonly default: unknown
  readonly isOptional: boolean
}

let table: readonly ConfigKey[] | undefined

/** Experiments first, then the keys of `hardware` and `model`; a key that several alternatives have is there once. */
export function configKeys(): readonly ConfigKey[] {
  table ??= allKeys()
  return table
}

function allKeys(): ConfigKey[] {
  const keys = [
    ...keysOf(experimentSchema, ''),
    ...keysOf(hardwareSchema, 'hardware.'),
    ...keysOf(modelSchema, 'model.'),
  ]
  const paths = [...new Set(keys.map(({ path }) => path))]
  return paths.map((path) => merged(keys.filter((key) => key.path === path)))
}

/** Of one key in several alternatives: whichever describes it, and all that they expect. */
function merged(same: readonly ConfigKey[]): ConfigKey {
  const [first] = same
  const described = same.find(({ description }) => description !== undefined)
  const expected = [...new Set(same.map((key) => key.expected))].join(', or ')
  return { ...first!, description: described?.description, expected }
}

function keysOf(schema: z.core.$ZodType, prefix: string): ConfigKey[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysOf(option, prefix))
  if (schema instanceof z.ZodArray) return keysOf(schema.element, prefix)
  if (schema instanceof z.ZodRecord) return keysOf(schema.valueType, `${prefix}*.`)
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const { inner, description, written } = unwrapped(field as z.ZodType)
    const isOptional = z.safeParse(field, undefined).success
    const key: ConfigKey = { path, description, expected: expectedBy(inner), default: written, isOptional }
    return [key, ...keysOf(inner, `${path}.`)]
  })
}

interface Unwrapped {
  readonly inner: z.ZodType
  readonly description: string | undefined
  /** The default. */
  readonly written: unknown
}

function unwrapped(field: z.ZodType, description?: string, written?: unknown): Unwrapped {
  const said = description ?? field.description
  if (field instanceof z.ZodOptional) return unwrapped(field.unwrap() as z.ZodType, said, written)
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault)
    return unwrapped(field.unwrap() as z.ZodType, said, field.def.defaultValue)
  return { inner: field, description: said, written }
}

/** What a finding about a value that is nothing of the kind would say. */
function expectedBy(schema: z.ZodType): string {
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(' or ')
  return schema.safeParse(Symbol('no value')).error!.issues[0]!.message
}
