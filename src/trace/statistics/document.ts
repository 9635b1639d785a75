// Reads the JSON form of an analysis back, checked; loaded only where somebody has such a file.
import * as z from 'zod'
import { fail } from '../../errors.ts'
import { issueText } from '../issue-text.ts'
import { MAX_EXPERTS } from '../synth/generator-spec.ts'
import { STATISTIC_IDS, STATISTIC_PHASES, type StatisticId } from './measure.ts'
import { entriesOf, type TraceStatistics } from './result.ts'

/** A fit generates as many tokens as were analyzed, layer by layer, and holds those of one layer. */
const MOST_TOKENS = 20_000_000

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
    return refuse(file, `not the statistics of a trace: ${issueText(parsed.error.issues)}`)
  }
  const statistics = parsed.data as TraceStatistics
  const contradiction = contradictionOf(statistics)
  return contradiction === undefined ? statistics : refuse(file, contradiction)
}

/** What no analysis finds, in a layout that is right; undefined: nothing. */
function contradictionOf({ trace, layers }: TraceStatistics): string | undefined {
  const { experts, topK, requests = 1, tokens = { prefill: 1, decode: 0 } } = trace
  if (topK > experts) return `trace.topK is ${topK}, and there are ${experts} experts`
  if (experts > MAX_EXPERTS) return `trace.experts is ${experts}; at most ${MAX_EXPERTS} can be told apart`
  if (requests < 1 || tokens.prefill + tokens.decode < requests)
    return `${tokens.prefill + tokens.decode} tokens in ${requests} requests; each request has one at least`
  if (tokens.prefill + tokens.decode > MOST_TOKENS)
    return `trace.tokens are ${tokens.prefill + tokens.decode}; a fit holds ${MOST_TOKENS} at most`
  const told = layers.map(({ layer }) => layer)
  if (told.join() !== trace.layers.join()) return 'layers are not those that trace.layers lists'
  if (told.some((layer, i) => i > 0 && layer <= told[i - 1]!)) return 'layers are not in ascending order'
  for (const { layer, hottestExpert, measures } of layers) {
    if (hottestExpert >= experts)
      return `the hottest expert of layer ${layer} is ${hottestExpert}, and there are ${experts} experts`
    for (const { id, phase, measure } of entriesOf(measures)) {
      const [least, most] = rangeOf(id)
      if (measure.value < least || measure.value > most)
        return `${id} (${phase}) of layer ${layer} is ${measure.value}; it is from ${least} to ${most}`
    }
  }
  return undefined
}

/** Correlations reach from -1 to 1 and shares from 0 to 1; nothing that is measured is below zero otherwise. */
function rangeOf(id: StatisticId): readonly [least: number, most: number] {
  if (/spearman/.test(id)) return [-1, 1]
  if (/share|mass|coverage|overlap|gini|^reuse$/.test(id)) return [0, 1]
  return [id === 'zipf-s' ? Number.NEGATIVE_INFINITY : 0, Number.POSITIVE_INFINITY]
}

function refuse(file: string, what: string): never {
  return fail('trace', { what, hint: 'write them with "moesim trace analyze TRACE --format json"' }, { file })
}
