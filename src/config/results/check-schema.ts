// The file of `moesim check`: what to run, what came out of it when it was recorded, and how far that may move.
import * as z from 'zod'
import { byName, mapping } from '../fields.ts'

const SHARE = 'a share from 0 to 1, such as 0.02 for 2 %'
const share = z.number({ error: SHARE }).min(0, { error: SHARE }).max(1, { error: SHARE })
const NUMBER = 'a number'
const TEXT = 'a text'
const LIMITS = 'a list of limits such as speedup >= 1.2'
const text = z.string({ error: TEXT }).min(1, { error: TEXT })
const texts = z.array(text, { error: 'a list of texts' })

/** As on the command line of `moesim run`; paths are relative to the file. */
const runSchema = mapping({
  experiment: text.optional(),
  hardware: text.optional(),
  model: text.optional(),
  trace: text.optional(),
  from: text.optional(),
  schedulers: texts.min(1, { error: 'a list of at least one scheduler' }).optional(),
  baseline: text.optional(),
  tokens: text.optional(),
  requests: text.optional(),
  iterations: text.optional(),
  decode_steps: text.optional(),
  layers: text.optional(),
  seed: text.optional(),
  seeds: text.optional(),
  set: texts.optional(),
})

const caseSchema = mapping({
  name: text,
  run: runSchema,
  configSha256: text.optional(),
  traceSha256: text.optional(),
  /** Each as text, such as `speedup >= 1.2`. */
  limits: byName(
    z.array(text, { error: LIMITS }).min(1, { error: LIMITS }),
    `a mapping from scheduler ids, each to ${LIMITS}`,
  ).optional(),
  results: byName(
    byName(z.number({ error: NUMBER }), 'a mapping from metrics to numbers'),
    'a mapping from scheduler ids to metrics',
  ).optional(),
})

export const checkSchema = mapping({
  schemaVersion: z.literal(1, { error: '1' }),
  /** Of every metric that `tolerances` does not name. */
  tolerance: share.optional(),
  tolerances: byName(share, 'a mapping from metrics to shares').optional(),
  metrics: texts.min(1, { error: 'a list of at least one metric' }).optional(),
  cases: z.array(caseSchema, { error: 'a list of cases' }).min(1, { error: 'a list of at least one case' }),
})

export type CheckFile = z.output<typeof checkSchema>
export type CheckCase = CheckFile['cases'][number]

export function checkJsonSchema(): unknown {
  return { title: 'moesim check', ...z.toJSONSchema(checkSchema, { io: 'input', target: 'draft-7' }) }
}
