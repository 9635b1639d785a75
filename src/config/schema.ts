// JSON Schema of the three kinds of config files, for completion in editors.
import * as z from 'zod'
import { experimentSchema } from './experiment/schema.ts'
import { hardwareSchema } from './hardware/schema.ts'
import { modelSchema } from './model/schema.ts'

export const CONFIG_KINDS = ['hardware', 'model', 'experiment'] as const
export type ConfigKind = (typeof CONFIG_KINDS)[number]

const schemas = { hardware: hardwareSchema, model: modelSchema, experiment: experimentSchema }

/** What a file of this kind may contain, before units are read. Draft 7 is what editors know best. */
export function jsonSchema(kind: ConfigKind): unknown {
  return { title: `moesim ${kind}`, ...z.toJSONSchema(schemas[kind], { io: 'input', target: 'draft-7' }) }
}
