// The keys of an experiment file.
import * as z from 'zod'
import { READABLE_FORMAT_IDS } from '../../trace/formats/format-ids.ts'
import { MAX_CLASSES, MAX_TOPICS, MOST_OF_KNOB } from '../../trace/synth/generator-spec.ts'
import { choice, flag, idList, mapping, name, plainNumber, wholeNumber } from '../fields.ts'
import { MAX_LAYERS } from '../model/schema.ts'
import { sweepSchema } from '../sweep-schema.ts'
import { OUTPUT_FORMATS } from './experiment.ts'

/** Most tokens, requests, iterations or steps a run may ask for. */
export const MAX_COUNT = 1_000_000
export const MAX_SEED = 2 ** 32 - 1
export const MAX_SEEDS = 10_000
export const MAX_JITTER = 1000

const LAYERS = 'all, sample:COUNT, or a list of layer ids'
const count = wholeNumber(1, MAX_COUNT)

/** A name, a path, or the config itself. */
const configOr = (what: string) =>
  z.union([name(`the name of a bundled ${what}, a path, or a mapping`), z.looseObject({})], {
    error: `the name of a bundled ${what}, a path, or a mapping`,
  })

/** A knob that may change with depth. */
const byDepth = (most: number) => {
  const error = `a number from 0 to ${most}, or a list of [layer id, value] with ascending ids`
  const value = z.number().min(0).max(most)
  const points = z
    .array(z.tuple([z.number().int().min(0).max(MAX_LAYERS), value]))
    .min(1)
    .max(MAX_LAYERS)
  return z.union([value, points], { error })
}

export const generatorSchema = mapping({
  skew: byDepth(10).optional().describe("Absent: the model's"),
  reuse: byDepth(1).optional().describe("Absent: the model's"),
  classes: wholeNumber(0, MAX_CLASSES)
    .optional()
    .describe('Hidden kinds of token, which layers have in common'),
  affinity: byDepth(MOST_OF_KNOB.affinity).optional().describe('How much a kind changes popularity'),
  focus: plainNumber(0, 1).optional().describe("Share of a request's tokens that are of its own kind"),
  persistence: plainNumber(0, 1)
    .optional()
    .describe('Chance that a token is of the kind of the token before'),
  coactivation: byDepth(1).optional().describe('Chance that an expert brings its partner along'),
  drift: byDepth(1).optional().describe("How much of decode's popularity is not prefill's"),
  length_spread: plainNumber(0, MOST_OF_KNOB.lengthSpread)
    .optional()
    .describe('Standard deviation of the logarithm of lengths'),
  counts: name('the path of a trace or of histograms')
    .optional()
    .describe('Takes the popularity of experts from the counts of this trace, instead of skew and topics'),
  topics: wholeNumber(1, MAX_TOPICS).default(4).describe('Groups of requests with their own popularity'),
  requests: count.optional().describe('Absent: as many as the workload needs'),
  prefill_tokens: wholeNumber(1, MAX_COUNT).default(60),
  decode_tokens: wholeNumber(0, MAX_COUNT).default(127),
})

const tokensWorkload = mapping({
  tokens: count.describe('Tokens per iteration, taken from the requests one after the other'),
  iterations: count.default(1),
  concurrent: count
    .optional()
    .describe(
      'Requests that an iteration takes its tokens from, in equal parts, or in turn where they are more than its tokens; absent: one after the other',
    ),
})
const requestsWorkload = mapping({
  requests: count.describe('Requests in lock step'),
  decode_steps: z
    .union([wholeNumber(0, MAX_COUNT), z.literal('all')], {
      error: `all, or a whole number from 0 to ${MAX_COUNT}`,
    })
    .default('all'),
  resample: flag()
    .optional()
    .describe('true: a batch larger than the trace draws its requests again, by the seed; absent: refused'),
})
/** Longest context that a run may ask for. */
const MAX_CONTEXT = 10_000_000
const endToEnd = mapping({
  context: wholeNumber(1, MAX_CONTEXT).describe('Tokens of context that every token attends to'),
})
const WORKLOAD = 'a mapping of tokens and iterations, or of requests and decode_steps'

export const experimentSchema = mapping({
  name: name('a name').optional(),
  hardware: configOr('hardware'),
  model: configOr('model'),
  trace: name('the path of a trace, or the name of a bundled one').optional(),
  trace_format: choice(READABLE_FORMAT_IDS)
    .optional()
    .describe('What to read the trace as; absent: what its content shows'),
  generator: generatorSchema.optional().describe('Synthetic routing, instead of a trace'),
  workload: z.union([tokensWorkload, requestsWorkload], { error: WORKLOAD }),
  end_to_end: endToEnd
    .optional()
    .describe('Whole forward passes: attention, router, shared experts and dense layers too'),
  layers: z
    .union(
      [
        z.literal('all'),
        z.string().regex(/^sample:[1-9]\d{0,4}$/, { error: LAYERS }),
        idList(MAX_LAYERS, LAYERS),
      ],
      {
        error: LAYERS,
      },
    )
    .default('all'),
  schedulers: z
    .array(
      z.union([name('a scheduler'), z.looseObject({})], {
        error: 'a scheduler: name:option=value, or a mapping',
      }),
      {
        error: 'a list of schedulers, such as [ep, fse-dp]',
      },
    )
    .min(1, { error: 'a list of at least one scheduler' })
    .max(1000, { error: 'a list of at most 1000 schedulers' }),
  baseline: name('one of the schedulers').optional().describe('Absent: the first scheduler'),
  seed: wholeNumber(0, MAX_SEED).default(1),
  seeds: wholeNumber(1, MAX_SEEDS).default(1).describe('Runs with seed, seed + 1, ...'),
  jitter: wholeNumber(0, MAX_JITTER)
    .default(0)
    .describe('Repetitions with one message of each layer and iteration a cycle late: mean and spread'),
  compat: choice(['physical', 'paper'])
    .default('physical')
    .describe("paper: the forecasting paper's idealizations"),
  sweep: sweepSchema
    .optional()
    .describe('Many points around this experiment, for moesim sweep; moesim run passes over it'),
  output: mapping({
    format: choice(OUTPUT_FORMATS).default('table'),
    file: name('a path').optional(),
  }).prefault({}),
})

export type ExperimentFile = z.output<typeof experimentSchema>
