// Where an experiment's routing comes from: a trace, bundled or by path, or the generator.
import { fail, finding, nearest } from '../../errors.ts'
import { type Io, IoError } from '../../io.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { GeneratorSpec } from '../../trace/synth/generator-spec.ts'
import { besideFile, bundledTraces } from '../library.ts'
import type { Reporter } from '../validate.ts'
import { type ConfigView, type Override, type Place, part } from '../view.ts'
import type { Experiment, WorkloadSpec } from './experiment.ts'
import { type ExperimentFile, generatorSchema } from './schema.ts'

const TRACE_FILE = /[/\\]|\.(csv|gz|json|jsonl|npy|npz|parquet)$/i

/**
 * Overrides that drop what another override replaces: a trace belongs to its model, and of trace and generator the
 * one given last counts. `isTraceDropped`: because of the model.
 */
export function routingOverrides(
  base: unknown,
  overrides: readonly Override[],
): { drops: Override[]; isTraceDropped: boolean } {
  const gives = (key: string) => overrides.find((o) => o.path[0] === key)
  const drop = (key: string, by: Override): Override => ({
    path: [key],
    value: undefined,
    label: by.label,
    written: '',
  })
  const hasTrace = part(base, ['trace']) !== undefined
  const model = overrides.findLast((o) => o.path.length === 1 && o.path[0] === 'model')
  const trace = gives('trace')
  const generator = gives('generator')
  // A format belongs to its trace.
  const dropsOfTrace = (by: Override) => (gives('trace_format') ? [] : [drop('trace_format', by)])
  if (trace) {
    return {
      drops: [...dropsOfTrace(trace), ...(generator ? [] : [drop('generator', trace)])],
      isTraceDropped: false,
    }
  }
  if (generator)
    return { drops: [drop('trace', generator), ...dropsOfTrace(generator)], isTraceDropped: false }
  if (model && hasTrace && model.value !== part(base, ['model'])) {
    return { drops: [drop('trace', model), ...dropsOfTrace(model)], isTraceDropped: true }
  }
  return { drops: [], isTraceDropped: false }
}

interface Context {
  readonly view: ConfigView
  /** The experiment's file. */
  readonly file: string
  /** Undefined where they are in error: the generator then waits until they are mended. */
  readonly model: ModelShape | undefined
  readonly workload: WorkloadSpec | undefined
  readonly report: Reporter
}

/** What the experiment's routing is; undefined where a finding says why not. Throws UserError. */
export async function readRouting(
  io: Io,
  fields: Partial<ExperimentFile>,
  context: Context,
): Promise<Experiment['routing'] | undefined> {
  const { view, file, model, workload, report } = context
  if (fields.trace !== undefined && fields.generator !== undefined) {
    report.at(
      'conflict',
      ['generator'],
      { what: 'trace and generator exclude each other', hint: 'keep one of them' },
      'key',
    )
    return undefined
  }
  const format = fields.trace_format
  if (fields.trace !== undefined) {
    return { kind: 'trace', path: await findTrace(io, fields.trace, view, file), ...(format && { format }) }
  }
  if (format !== undefined) {
    report.at(
      'conflict',
      ['trace_format'],
      { what: 'trace_format without a trace', hint: 'name the trace' },
      'key',
    )
    return undefined
  }
  const counts = fields.generator?.counts
  const countsPath = counts === undefined ? undefined : await findCounts(io, counts, context)
  if (!model || !workload) return undefined
  const spec = generatorFor(fields.generator ?? generatorSchema.parse({}), model, workload, report)
  if (countsPath === undefined) return { kind: 'generator', spec }
  const { reuse, requests, prefillTokens, decodeTokens } = spec
  return { kind: 'counts', path: countsPath, spec: { reuse, requests, prefillTokens, decodeTokens } }
}

/** Knobs that routing by counts does not have. */
const NOT_WITH_COUNTS = [
  ...['skew', 'topics', 'classes', 'affinity', 'focus', 'persistence', 'coactivation', 'drift'],
  'length_spread',
]

/** The path of the counts called `text`. Throws UserError where there are none. */
async function findCounts(io: Io, text: string, { view, file, report }: Context): Promise<string> {
  for (const key of NOT_WITH_COUNTS) {
    if (part(view.value, ['generator', key]) === undefined) continue
    const args = {
      what: `generator.${key} has no effect: the popularity of experts is counted`,
      hint: `keep ${key} or counts`,
    }
    report.at('conflict', ['generator', key], args, 'key')
  }
  const place = view.place(['generator', 'counts'], 'value')
  const path = place.file === file ? besideFile(text, file) : text
  if ((await statOrFail(io, path)) === undefined) {
    fail('file', { action: 'read', reason: `there is no trace ${path}` }, place)
  }
  return path
}

/** Finds the trace that an experiment calls `text`. Throws UserError where there is none. */
function findTrace(io: Io, text: string, view: ConfigView, file: string): Promise<string> {
  const place = view.place(['trace'], 'value')
  return locateTrace(io, text, place.file === file ? besideFile(text, file) : text, place)
}

/**
 * The path of the trace called `text`: a bundled one by its name, any other at `path`, which is `text` seen from the
 * working directory. `place`: where that name stands, for findings. Throws UserError where there is none.
 */
export async function locateTrace(io: Io, text: string, path: string, place: Place): Promise<string> {
  const found = await statOrFail(io, path)
  if (TRACE_FILE.test(text)) {
    if (found === undefined) fail('file', { action: 'read', reason: `there is no trace ${path}` }, place)
    return path
  }
  const allowed = await bundledTraces(io)
  if (allowed.includes(text)) return io.bundled('traces', `${text}.csv.gz`)
  // A folder of trace files may have a name without slash or dot.
  if (found !== undefined) return path
  const suggestion = nearest(text, allowed)
  return fail(
    'unknown-name',
    { kind: 'trace', name: text, allowed, ...(suggestion && { suggestion }) },
    place,
  )
}

async function statOrFail(io: Io, path: string) {
  try {
    return await io.stat(path)
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file: path })
    throw error
  }
}

/** What the generator is asked for, gaps filled from the model and the workload; a finding where that is too little. */
function generatorFor(
  generator: NonNullable<ExperimentFile['generator']>,
  model: ModelShape,
  workload: WorkloadSpec,
  report: Reporter,
): GeneratorSpec {
  const tokensPerRequest = generator.prefill_tokens + generator.decode_tokens
  if (tokensPerRequest === 0) {
    const what = 'requests of 0 tokens'
    report.at('conflict', ['generator'], { what, hint: 'raise prefill_tokens or decode_tokens' })
  }
  if (
    workload.kind === 'requests' &&
    workload.decodeSteps !== 'all' &&
    workload.decodeSteps > generator.decode_tokens
  ) {
    const what = `${workload.decodeSteps} decode steps, and generated requests have ${generator.decode_tokens} decode tokens`
    report.at('conflict', ['workload', 'decode_steps'], { what, hint: 'raise generator.decode_tokens' })
  }
  const needed =
    workload.kind === 'requests'
      ? workload.requests
      : Math.ceil((workload.tokens * workload.iterations) / Math.max(1, tokensPerRequest))
  // Requests that are under way at the end have tokens left.
  const underWay = workload.kind === 'tokens' ? (workload.concurrent ?? 1) - 1 : 0
  const requests = generator.requests ?? needed + underWay
  const isDrawnAgain = workload.kind === 'requests' && workload.resampleSeed !== undefined
  if (requests < needed && !isDrawnAgain) {
    const what = `the workload needs ${needed} requests, the generator makes ${requests}`
    report.at('conflict', ['generator', 'requests'], { what, hint: 'raise it, or leave it out' })
  }
  return {
    skew: generator.skew ?? model.routing.skew,
    reuse: generator.reuse ?? model.routing.reuse,
    topics: generator.topics,
    requests,
    prefillTokens: generator.prefill_tokens,
    decodeTokens: generator.decode_tokens,
    ...structureOf(generator),
  }
}

/** The knobs of trace/synth/knobs.ts that are given. */
function structureOf(generator: NonNullable<ExperimentFile['generator']>): Pick<GeneratorSpec, 'structure'> {
  const {
    classes,
    affinity,
    focus,
    persistence,
    coactivation,
    drift,
    length_spread: lengthSpread,
  } = generator
  const knobs = { classes, affinity, focus, persistence, coactivation, drift, lengthSpread }
  const given = Object.entries(knobs).filter(([, value]) => value !== undefined)
  return given.length === 0 ? {} : { structure: Object.fromEntries(given) }
}

/** Says that a file's trace is not used because it was recorded with another model. `file`: the one that the user named. */
export function traceDropped(trace: unknown, model: string, file: string | undefined) {
  const named = typeof trace === 'string' ? `the trace "${trace}"` : 'what "trace" says'
  const what = `${named} belongs to the model it was recorded with; routing for ${model} is generated instead`
  return finding('conflict', { what, hint: 'give --trace to replay a trace' }, { file, severity: 'warning' })
}
