// What `moesim explain` can explain: metrics, schedulers and their options, placements, predictors, topologies.
import { fail, nearest } from '../errors.ts'
import { topologies } from '../hardware/topology.ts'
import { allowedValues, type OptionSpec, type OptionTable, type OptionValues } from '../schedulers/options.ts'
import { placements } from '../schedulers/placements/table.ts'
import { predictors } from '../schedulers/predictors/table.ts'
import { presets, schedulers } from '../schedulers/table.ts'
import { METRICS } from '../sim/metrics/metrics.ts'

type TopicKind = 'metric' | 'scheduler' | 'preset' | 'option' | 'placement' | 'predictor' | 'topology'

export interface Topic {
  /** Of an option `scheduler:option`. */
  readonly name: string
  readonly kind: TopicKind
  readonly definition: string
  /** Of a metric. */
  readonly unit?: string
  /** Of an option. */
  readonly default?: boolean | number | string
  readonly allowed?: string
  /** Of a preset: what it is short for. Of a scheduler: all its options with their defaults. */
  readonly means?: string
  readonly source: string
}

const OWN = 'moesim'

/** Added by run/aggregate.ts, which knows the baseline, so not in METRICS. */
const SPEEDUP: Topic = {
  name: 'speedup',
  kind: 'metric',
  unit: 'ratio',
  definition: 'latency of the baseline / latency; with several seeds the mean of the ratios of equal seeds',
  source: OWN,
}

/** Everything but options, in the order in which it is listed. */
export function namedTopics(): Topic[] {
  return [
    SPEEDUP,
    ...Object.entries(METRICS).map(([name, { unit, definition, source = OWN }]): Topic => {
      return { name, kind: 'metric', unit, definition, source }
    }),
    ...Object.entries(schedulers).map(([name, { summary, source, options }]): Topic => {
      const defaults = Object.entries(options).map(([option, spec]) => [option, spec.default] as const)
      return { name, kind: 'scheduler', definition: summary, means: written(name, defaults), source }
    }),
    ...Object.entries(presets).map(([name, { summary, source, scheduler, options }]): Topic => {
      const means = written(scheduler, Object.entries(options))
      return { name, kind: 'preset', definition: summary, means, source }
    }),
    ...Object.entries(placements).map(([name, { summary, source }]): Topic => {
      return { name, kind: 'placement', definition: summary, source }
    }),
    ...Object.entries(predictors).map(([name, { summary, source }]): Topic => {
      return { name, kind: 'predictor', definition: summary, source }
    }),
    ...Object.entries(topologies).map(([name, summary]): Topic => {
      return { name, kind: 'topology', definition: summary, source: OWN }
    }),
  ]
}

/** Every option of every scheduler, and of presets with the defaults they set. */
export function optionTopics(): Topic[] {
  return [
    ...Object.entries(schedulers).flatMap(([name, { options, source }]) =>
      ofTable(name, options, source, {}),
    ),
    ...Object.entries(presets).flatMap(([name, preset]) => {
      const { options, source } = schedulers[preset.scheduler]!
      return ofTable(name, options, source, preset.options)
    }),
  ]
}

function ofTable(name: string, table: OptionTable, source: string, set: OptionValues): Topic[] {
  return Object.entries(table).map(([option, spec]: [string, OptionSpec]) => ({
    name: `${name}:${option}`,
    kind: 'option' as const,
    definition: spec.doc,
    default: set[option] ?? spec.default,
    allowed: allowedValues(spec),
    source: spec.source ?? source,
  }))
}

const written = (scheduler: string, options: readonly (readonly [string, unknown])[]) =>
  `${scheduler}:${options.map(([name, value]) => `${name}=${value}`).join(',')}`

/**
 * Everything of that name: `latency`, `fse-dp`, `fse-dp:slots`, or an option alone, which several schedulers may have.
 * Throws UserError where there is nothing.
 */
export function topicsOf(name: string): Topic[] {
  const [named, options] = [namedTopics(), optionTopics()]
  const isOptionOfScheduler = ({ name: full }: Topic) => {
    const [scheduler, option] = full.split(':')
    return option === name && Object.hasOwn(schedulers, scheduler!)
  }
  const found = [
    ...named.filter((topic) => topic.name === name),
    ...options.filter((topic) => topic.name === name || isOptionOfScheduler(topic)),
  ]
  if (found.length > 0) return found
  const [scheduler] = name.split(':')
  const ofScheduler = options
    .filter((topic) => topic.name.startsWith(`${scheduler}:`))
    .map((topic) => topic.name)
  const allowed = name.includes(':') && ofScheduler.length > 0 ? ofScheduler : uniqueNames(named)
  const optionNames = options.map((topic) => topic.name.split(':')[1]!)
  const suggestion = nearest(name, allowed) ?? nearest(name, [...new Set(optionNames)])
  return fail('unknown-name', {
    kind: 'name to explain',
    name,
    allowed,
    ...(suggestion && { suggestion }),
  })
}

const uniqueNames = (topics: readonly Topic[]) => [...new Set(topics.map(({ name }) => name))]
