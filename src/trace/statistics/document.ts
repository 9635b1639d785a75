// Reads the JSON form of an analysis back, checked; loaded only where somebody has such a file.
import * as z from 'zod'
import { fail } from '../../errors.ts'
import { STATISTIC_IDS, STATISTIC_PHASES } from './measure.ts'
import type { TraceStatistics } from './result.ts'

const whole = z.number().int().min(0)
const level = z.number().optional()
const levels = { uniform: level, popularity: level, shuffled: level, sameRequest: level }
const measure = z.strictObject({ value: z.number(), ...levels })
const summaryMeasure = z.strictObject({
  mean: z.number(),
  min: z.number(),
  max: z.number(),
  layers: whole.min(1),
  ...levels,
})
const id = z.enum(STATISTIC_IDS)
const phase = z.enum(STATISTIC_PHASES)
const measuresOf = <T extends z.ZodType>(of: T) => z.partialRecord(id, z.partialRecord(phase, of))
const taskGroup = z.strictObject({ group: z.string(), tasks: whole.min(1), commonExperts: z.array(whole) })

const schema = z.object({
  schemaVersion: z.literal(1),
  trace: z.strictObject({
    path: z.string(),
    sha256: z.string(),
    gives: z.enum(['tokens', 'histograms']),
    model: z.string(),
    experts: whole.min(1),
    topK: whole.min(1),
    layers: z.array(whole).min(1),
    requests: whole.optional(),
    tokens: z.strictObject({ prefill: whole, decode: whole }).optional(),
    phases: z.enum(['recorded', 'assumed']),
    tasks: z.array(z.string()).optional(),
  }),
  seed: whole,
  layers: z
    .array(
      z.strictObject({
        layer: whole,
        selections: z.number().min(0),
        hottestExpert: whole,
        measures: measuresOf(measure),
        taskGroups: z.array(taskGroup).optional(),
        sharedExperts: z.array(whole).optional(),
      }),
    )
    .min(1),
  summary: measuresOf(summaryMeasure),
  notMeasured: z.partialRecord(id, z.string()),
})

/** What `moesim trace analyze --format json` wrote. Throws UserError where `text`, the content of `file`, is something else. */
export function parseTraceStatistics(text: string, file: string): TraceStatistics {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refuse(file, `not valid JSON: ${error.message}`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.')
    return refuse(
      file,
      `not the statistics of a trace: ${where ? `${where}: ` : ''}${issue?.message ?? 'another layout'}`,
    )
  }
  return parsed.data as TraceStatistics
}

function refuse(file: string, what: string): never {
  return fail('trace', { what, hint: 'write them with "moesim trace analyze TRACE --format json"' }, { file })
}
