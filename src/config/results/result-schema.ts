// A saved result, as `moesim run --format json` writes it: what other commands read of it.
import * as z from 'zod'
import { byName } from '../fields.ts'

const number = z.number({ error: 'a number' })
const numbers = z.array(number, { error: 'a list of numbers' })
const text = z.string({ error: 'a text' }).min(1, { error: 'a text' })

/** Keys that are not named here are passed over: a later version of moesim may add some. */
function withKeys<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape, { error: `a mapping of ${Object.keys(shape).join(', ')}` })
}

const jitterSchema = withKeys({ mean: number, spread: number, values: numbers })
const metricsSchema = byName(
  withKeys({
    ...{ value: number, unit: text, ci95: number.optional(), bySeed: numbers.optional() },
    jitter: jitterSchema.optional(),
  }),
  'a mapping from metrics to values',
)

const schedulerSchema = withKeys({ id: text, scheduler: text, boundBy: text, metrics: metricsSchema })

export const resultSchema = withKeys({
  schemaVersion: z.literal(1, { error: '1' }),
  moesim: text,
  baseline: text,
  seeds: numbers.min(1, { error: 'a list of at least one seed' }),
  experiment: byName(z.unknown(), 'the experiment that was run'),
  configSha256: text,
  traceSha256: text,
  results: z
    .array(schedulerSchema, { error: 'a list of results by scheduler' })
    .min(1, { error: 'results of at least one scheduler' }),
})

/** Of what `moesim run --format json` prints; a later version may add keys. */
export function resultJsonSchema(): unknown {
  const { results: _results, ...head } = resultSchema.shape
  const scheduler = schedulerSchema.extend({
    options: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])),
    layers: z.array(withKeys({ layer: z.int(), metrics: metricsSchema })),
  })
  const written = withKeys({ ...head, results: z.array(scheduler).min(1) })
  return { title: 'moesim result', ...z.toJSONSchema(written, { io: 'input', target: 'draft-7' }) }
}

export type SavedResult = z.output<typeof resultSchema>
export type SavedMetric = SavedResult['results'][number]['metrics'][string]
