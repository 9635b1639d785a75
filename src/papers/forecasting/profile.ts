// Statistics S1 to S8 of the forecasting paper's routing: published, of generated routing, and of a recorded trace.
import { invariant } from '../../errors.ts'
import { describeLayers, selectLayers } from '../../run/layers.ts'
import { expectationOf } from '../../trace/expectation.ts'
import type { RoutingSource } from '../../trace/source.ts'
import { analyzeTokens } from '../../trace/statistics/analyze.ts'
import type { TraceStatistics } from '../../trace/statistics/result.ts'
import { generateRouting } from '../../trace/synth/generator.ts'
import { PRESETS } from '../../trace/synth/presets.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Lab, Point } from '../lab.ts'
import { CONFIG } from './cases.ts'
import {
  PROFILE_LINES,
  PROFILED,
  type ProfiledModel,
  type ProfileLine,
  type Statement,
} from './profile-published.ts'
import { openProfiledTrace } from './profile-trace.ts'

/** Subjects of the data set whose tasks the paper compares (MMLU). */
const TASKS = 57
const ABSENT = '-'

interface Extent {
  readonly requestsPerTask: number
  /** Of each request, prompt and answer alike. */
  readonly tokens: number
  /** As `--layers` takes it. */
  readonly layers: string
}

/** Layers are generated alike: a few of them say what all do. */
const FULL: Extent = { requestsPerTask: 8, tokens: 60, layers: 'sample:8' }
const QUICK: Extent = { requestsPerTask: 4, tokens: 40, layers: 'sample:2' }

/** Routing of a model, measured over its layers and over the one that the paper shows alone. */
interface Profile {
  readonly statistics: TraceStatistics
  readonly single: ReadonlyMap<number, TraceStatistics>
}

interface Profiled {
  readonly model: ProfiledModel
  readonly synthetic: Profile
  readonly real: Profile | undefined
}

export const profile: Figure = {
  title: 'expert-selection statistics S1 to S8: published, synthetic, real (section 3)',
  takesTrace: true,
  async run(lab): Promise<FigureResult> {
    const points = await pointsOf(lab)
    const trace = await openProfiledTrace(lab, points)
    const profiled: Profiled[] = []
    for (const [model, point] of points) {
      const synthetic = await measure(lab, point, withTasks(presetRouting(lab, point)), 'recorded', model)
      const real =
        trace?.model === model
          ? await measure(lab, point, trace.source, trace.phases, `${model}, recorded`)
          : undefined
      profiled.push({ model, synthetic, real })
    }
    return {
      rows: profiled.flatMap(rowsOf),
      tables: [profileTable(profiled)],
      notes: notesOf(lab, trace?.model),
    }
  },
}

async function pointsOf(lab: Lab): Promise<Map<ProfiledModel, Point>> {
  const { requestsPerTask, tokens, layers } = lab.pick(FULL, QUICK)
  const points = new Map<ProfiledModel, Point>()
  for (const model of PROFILED) {
    const flags = { model, requests: `${TASKS * requestsPerTask}`, decodeSteps: `${tokens}`, layers }
    const sets = [`generator.prefill_tokens=${tokens}`, `generator.decode_tokens=${tokens}`]
    points.set(model, await lab.load(CONFIG, { flags, sets }))
  }
  return points
}

/** What `moesim trace synth --preset` makes for a model, with the requests of the experiment. */
function presetRouting(lab: Lab, { experiment }: Point): RoutingSource {
  const { model, routing, seed } = experiment
  const preset = PRESETS[model.name]
  invariant(routing.kind === 'generator' && preset !== undefined, `there is no preset of ${model.name}`)
  const { experts, topK, moeLayers: layers, router } = model
  return generateRouting(lab.io, { ...routing.spec, ...preset }, { experts, topK, layers, router }, seed)
}

/** Generated requests in as many tasks as the paper compares, neighbours in one: a task lies in one topic. */
function withTasks(source: RoutingSource): RoutingSource {
  const { requests } = source
  const tasks = Math.min(TASKS, requests.length)
  const taskOf = (index: number) => Math.floor((index * tasks) / requests.length)
  return { ...source, requests: requests.map((request, i) => ({ ...request, id: `${taskOf(i)}/${i}` })) }
}

async function measure(
  lab: Lab,
  { experiment }: Point,
  source: RoutingSource,
  phases: 'recorded' | 'assumed',
  label: string,
): Promise<Profile> {
  const { seed, model } = experiment
  const options = { model: expectationOf(model), phases, seed }
  const layers = selectLayers(experiment.layers, source, seed)
  const statistics = await analyzeTokens(source, {
    ...options,
    layers,
    onProgress: (done, total) => lab.onProgress(done, total, label),
  })
  const single = new Map<number, TraceStatistics>()
  for (const { layer, statements } of PROFILE_LINES) {
    if (layer === undefined || !source.layers.includes(layer) || single.has(layer)) continue
    if (!statements.some((statement) => statement.model === model.name)) continue
    single.set(layer, await analyzeTokens(source, { ...options, layers: [layer] }))
  }
  return { statistics, single }
}

/** Undefined where the routing has not what it takes, such as pairs with one expert per token. */
function measured({ statistics, single }: Profile, { statistic, layer }: ProfileLine): number | undefined {
  const of = layer === undefined ? statistics : single.get(layer)
  return of?.summary[statistic]?.all?.mean
}

function rowsOf({ model, synthetic, real }: Profiled): Row[] {
  return PROFILE_LINES.flatMap((line) => {
    const statement = line.statements.find((one) => one.model === model)
    if (statement === undefined) return []
    const row = (profiled: Profile, kind: 'synthetic' | 'real'): Row[] => {
      const value = measured(profiled, line)
      return value === undefined ? [] : [rowOf({ line, statement, profiled, kind, value })]
    }
    return [...row(synthetic, 'synthetic'), ...(real ? row(real, 'real') : [])]
  })
}

interface Found {
  readonly line: ProfileLine
  readonly statement: Statement
  readonly profiled: Profile
  readonly kind: 'synthetic' | 'real'
  readonly value: number
}

function rowOf({ line, statement, profiled, kind, value }: Found): Row {
  const { path } = profiled.statistics.trace
  const { text, value: published, model } = statement
  const isJudged = kind === 'synthetic' && statement.judge !== undefined
  return {
    id: `profile-${line.name}-${model}${kind === 'real' ? '-real' : ''}`,
    ...(isJudged && { claim: 'profile' }),
    what: `${line.what}, ${model}${kind === 'real' ? ', recorded' : ''}`,
    config:
      kind === 'real'
        ? `none: moesim trace analyze ${path} --model ${model}`
        : `none: moesim trace synth FILE --preset ${model}, then moesim trace analyze FILE`,
    published: { text, value: published },
    ours: { value, unit: line.unit },
    judgement: isJudged ? statement.judge!(value) : null,
    reason: reasonOf(profiled, line, kind),
  }
}

/** Against what the same routing gives by popularity or chance alone. */
function reasonOf(profiled: Profile, line: ProfileLine, kind: Found['kind']): string {
  const { statistics, single } = profiled
  const { summary, trace } = (line.layer === undefined ? undefined : single.get(line.layer)) ?? statistics
  const measure = summary[line.statistic]?.all
  const levels = (['uniform', 'popularity', 'shuffled'] as const).flatMap((level) => {
    const value = measure?.[level]
    return value === undefined ? [] : [`${level} ${Number(value.toPrecision(3))}`]
  })
  const generated = line.isFitted
    ? 'by a preset that is fitted to this'
    : 'by a preset that is not fitted to this'
  const what = kind === 'real' ? 'no trace of the paper' : `generated ${generated}`
  const of = line.layer === undefined ? `mean of layers ${describeLayers(trace.layers)}` : 'one layer'
  return [what, of, ...levels].join('; ')
}

function profileTable(profiled: readonly Profiled[]): DataTable {
  const rows = PROFILE_LINES.flatMap((line) =>
    profiled.flatMap(({ model, synthetic, real }) => {
      const published = line.statements.find((one) => one.model === model)?.text ?? ABSENT
      const values = [measured(synthetic, line) ?? ABSENT, (real && measured(real, line)) ?? ABSENT]
      const isEmpty = published === ABSENT && values.every((value) => value === ABSENT)
      return isEmpty ? [] : [[line.name, model, line.unit, published, ...values]]
    }),
  )
  return {
    name: 'statistics',
    title: `published | synthetic | real; "~": read off a figure; "${ABSENT}": not stated, not defined, or not recorded`,
    isPrinted: true,
    columns: ['statistic', 'model', 'unit', 'published', 'synthetic', 'real'].map((name) => ({ name })),
    rows,
  }
}

function notesOf(lab: Lab, traced: ProfiledModel | undefined): string[] {
  const { requestsPerTask, tokens, layers } = lab.pick(FULL, QUICK)
  return [
    `generated: ${TASKS * requestsPerTask} requests of ${tokens}+${tokens} tokens, layers ${layers} of each model${lab.options.isQuick ? ': QUICK, where maps of few tokens hold more in their top 20 % than they should' : ''}`,
    'the presets of moesim trace synth are fitted to S1 and S2, that of Qwen3 to S5 and that of Llama 4 to S6: agreement there says that they could be, and nothing more',
    `S7: generated requests are dealt to ${TASKS} tasks in order, a task within one topic`,
    traced === undefined
      ? 'real: no trace given; --trace DIR takes one of any of the four models'
      : `real: the trace in --trace, which fits ${traced} alone of the four models; its column is not judged, as it is no trace of the paper`,
  ]
}
