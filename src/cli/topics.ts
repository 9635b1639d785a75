// What `moesim explain` can explain: metrics, schedulers and their options, placements, predictors, topologies, config keys.
import { configKeys } from '../config/keys.ts'
import { fail, nearest } from '../errors.ts'
import { topologies } from '../hardware/topology.ts'
import { columnName } from '../report/column-name.ts'
import { headingOf } from '../report/heading.ts'
import { allowedValues, type OptionSpec, type OptionTable, type OptionValues } from '../schedulers/options.ts'
import { placements } from '../schedulers/placements/table.ts'
import { predictors } from '../schedulers/predictors/table.ts'
import { presets, schedulers } from '../schedulers/table.ts'
import { METRICS } from '../sim/metrics/metrics.ts'

type TopicKind =
  | 'metric'
  | 'column'
  | 'scheduler'
  | 'preset'
  | 'option'
  | 'placement'
  | 'predictor'
  | 'topology'
  | 'key'

export interface Topic {
  /** Of an option `scheduler:option`, of a key its path as in `--set`. */
  readonly name: string
  readonly kind: TopicKind
  readonly definition: string
  /** Of a metric. */
  readonly unit?: string
  /** Of an option or a key. */
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

/** What tables, JSON and CSV have beside metrics. */
const COLUMNS: readonly Topic[] = [
  {
    name: 'boundBy',
    kind: 'column',
    definition:
      'which of the bounds is the largest over the whole run: compute, memory, tier, link or bisection',
    source: OWN,
  },
  {
    name: 'peakSramSaving',
    kind: 'column',
    definition:
      'by how many percent peakSramPackage stays below that of the baseline; negative where it needs more',
    source: OWN,
  },
]

/** Everything but options and config keys, in the order in which it is listed. */
export function namedTopics(): Topic[] {
  return [
    SPEEDUP,
    ...Object.entries(METRICS).map(([name, { unit, definition, source = OWN }]): Topic => {
      return { name, kind: 'metric', unit, definition, source }
    }),
    ...COLUMNS,
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

/** Of `hardware.llc.capacity`: `capacity of hardware.llc`. */
function placeOf(path: string): string {
  const end = path.lastIndexOf('.')
  return `${path.slice(end + 1).replaceAll('_', ' ')} of ${end < 0 ? 'the experiment' : path.slice(0, end)}`
}

/** Every key of experiments, hardware and models. */
export function keyTopics(): Topic[] {
  return configKeys().map(({ path, description, expected, default: value, isOptional }) => {
    const need = isOptional ? 'may be left out' : 'must be there'
    return {
      name: path,
      kind: 'key' as const,
      definition: `${description ?? placeOf(path)} (${need})`,
      ...(value !== undefined && { default: typeof value === 'object' ? JSON.stringify(value) : `${value}` }),
      allowed: expected,
      source: OWN,
    }
  })
}

/**
 * Everything of that name: `latency`, `fse-dp`, `fse-dp:slots`, an option alone, which several schedulers may have, the path
 * of a config key or its end, or the heading of a column, however it is written. Throws UserError where there is nothing.
 */
export function topicsOf(name: string): Topic[] {
  const [named, options, keys] = [namedTopics(), optionTopics(), keyTopics()]
  const isOptionOfScheduler = ({ name: full }: Topic) => {
    const [scheduler, option] = full.split(':')
    return option === name && Object.hasOwn(schedulers, scheduler!)
  }
  const found = [
    ...named.filter((topic) => topic.name === name),
    ...options.filter((topic) => topic.name === name || isOptionOfScheduler(topic)),
    ...keys.filter((topic) => topic.name === name || topic.name.endsWith(`.${name}`)),
  ]
  if (found.length > 0) return found
  const isHeading = (topic: Topic) =>
    letters(topic.name) === letters(withoutUnit(name)) || columnName(topic.name, topic.unit) === name
  const headed = named.filter((topic) => isShown(topic) && isHeading(topic))
  if (headed.length > 0) return headed
  const [scheduler] = name.split(':')
  const ofScheduler = options.filter((topic) => topic.name.startsWith(`${scheduler}:`)).map(nameOf)
  const allowed = name.includes(':') && ofScheduler.length > 0 ? ofScheduler : [...new Set(named.map(nameOf))]
  const more = [
    ...options.map((topic) => topic.name.split(':')[1]!),
    ...keys.flatMap((topic) => endsOf(topic.name)),
    ...named.filter(isShown).map((topic) => headingOf(topic.name)),
  ]
  const suggestion = nearest(name, allowed) ?? nearest(name, [...new Set(more)])
  return fail('unknown-name', {
    kind: 'name to explain',
    name,
    allowed,
    ...(suggestion && { suggestion }),
  })
}

/** Of `link.startup.message`: itself, `startup.message` and `message`. */
const endsOf = (path: string) => path.split('.').map((_, i, steps) => steps.slice(i).join('.'))
const nameOf = ({ name }: Topic) => name
const isShown = ({ kind }: Topic) => kind === 'metric' || kind === 'column'
/** Of `speedup [x]`: `speedup`. */
const withoutUnit = (heading: string) => heading.replace(/ *\[.*\]$/, '')
const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
