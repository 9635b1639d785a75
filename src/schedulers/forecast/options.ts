// Options of forecast-prefetch, and which of them do not go together.
import type { DiagnosticArguments } from '../../errors.ts'
import type { Compat } from '../../hardware/package.ts'
import { CACHE_OPTIONS, cacheConflict, keepsWeights } from '../caching/options.ts'
import { namesOf, type OptionsOf, type OptionTable } from '../options.ts'
import { idlePredictorOptions, knowsAll, PREDICTOR_OPTIONS } from '../predictors/options.ts'
import { predictors } from '../predictors/table.ts'

/** As in the table of schedulers. */
export const NAME = 'forecast-prefetch'

export const forecastOptions = {
  allocate: {
    type: 'boolean',
    default: true,
    source: 'forecasting paper (arXiv 2510.05497): Algorithm 1',
    doc: "share each expert's tokens between holders and neighbours (Algorithm 1); false: round-robin",
  },
  ...PREDICTOR_OPTIONS,
  retain: {
    type: 'boolean',
    default: true,
    source: 'forecasting paper (arXiv 2510.05497): local duplication of predicted experts',
    doc: 'keep fetched experts that are predicted, in local memory',
  },
  replicas: {
    type: 'enum',
    default: 'physical',
    values: ['physical', 'unlimited'],
    doc: 'room for replicas: what home copies leave of the memory, or no limit',
  },
  evict: {
    type: 'enum',
    default: 'lru',
    values: ['lru', 'benefit'],
    doc: 'which replica leaves where room is short: the least recently used, or the one of least predicted use, and none for one of less',
  },
  ahead: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1024,
    doc: 'predicted experts of the next layer that each die reads at most while memory channels are idle; 0: none. Layers are then simulated in a row',
  },
  into: {
    type: 'enum',
    default: 'sram',
    values: ['sram', 'memory', 'cache'],
    doc: 'where experts read ahead go: into SRAM (the LLC where there is no SRAM) for one iteration, into memory as replicas, or into the cache, also those of the first layer for the next token; with cache=none into room of their own for one iteration',
  },
  planning: {
    type: 'number',
    default: 0,
    min: 0,
    max: 1_000_000_000,
    source: 'forecasting paper (arXiv 2510.05497): Fig. 15',
    doc: 'ns that planning takes before a layer starts, each iteration (the forecasting paper, Fig. 15: on a host CPU)',
  },
  ...CACHE_OPTIONS,
} as const satisfies OptionTable

export type ForecastOptions = OptionsOf<typeof forecastOptions>

/**
 * What an oracle tries: what is needed next and evicts what is needed last, and what every predictor would do. Bytes that are
 * kept or read ahead take time themselves, so that knowing all uses is no promise of an earlier end.
 */
export function forecastTrials(options: ForecastOptions): ForecastOptions[] | undefined {
  const { retain, replicas } = options
  if (!knowsAll(options)) return undefined
  const others = namesOf(predictors).filter((name) => !predictors[name].namesAllNeeded)
  const evictions = retain && replicas === 'physical' ? (['lru', 'benefit'] as const) : (['lru'] as const)
  return [
    options,
    ...others.flatMap((other) => evictions.map((evict) => ({ ...options, predictor: other, evict }))),
  ]
}

type Conflict = DiagnosticArguments['conflict']

/** What is wrong with options that are each fine; `asked` as in SchedulerDefinition.conflict. */
export function forecastConflict(
  options: ForecastOptions,
  compat: Compat,
  asked: ReadonlySet<string>,
): Conflict | undefined {
  return (
    aheadConflict(options, compat) ??
    cacheConflict(NAME, { ...options, ahead: aheadIntoCache(options) }, compat, asked) ??
    idleConflict(options, asked)
  )
}

/** Experts that each die reads into its cache at most. */
export const aheadIntoCache = ({ ahead, into }: ForecastOptions) => (into === 'cache' ? ahead : 0)

function aheadConflict(options: ForecastOptions, compat: Compat): Conflict | undefined {
  const { ahead, allocate, into, cache } = options
  if (ahead === 0) return undefined
  const what = (why: string) => `forecast-prefetch: ahead=${ahead} ${why}`
  if (compat === 'paper') {
    return {
      what: what('overlaps layers, which compat: paper keeps apart'),
      hint: 'use compat: physical, or ahead=0',
    }
  }
  if (keepsWeights(options) && into !== 'cache') {
    return {
      what: what(`reads into ${into}, past what cache=${cache} keeps`),
      hint: 'use into=cache, or cache=none',
    }
  }
  if (allocate) return undefined
  return {
    what: what(
      'needs to know where an expert will run, which round-robin decides by the order in which experts appear',
    ),
    hint: 'use allocate=true, or ahead=0',
  }
}

/** Complains of an option that was asked for and that the others leave without effect. */
function idleConflict(options: ForecastOptions, asked: ReadonlySet<string>): Conflict | undefined {
  const idle = idleOptions(options).find(({ names }) => names.some((name) => asked.has(name)))
  if (idle === undefined) return undefined
  const written = idle.names.filter((name) => asked.has(name)).map((name) => `${name}=${options[name]}`)
  return {
    what: `forecast-prefetch: ${idle.why}, so ${written.join(' and ')} would change nothing`,
    hint: `leave ${written.length === 1 ? 'it' : 'them'} out, or use ${idle.remedy}`,
  }
}

interface Idle {
  readonly names: readonly (keyof ForecastOptions)[]
  readonly why: string
  readonly remedy: string
}

/** Options that have no effect beside the values of the others. */
function idleOptions(options: ForecastOptions): Idle[] {
  const { ahead, retain, into, replicas, predictor } = options
  const isWeighed = options.cache === 'benefit' && keepsWeights(options)
  const found: Idle[] = []
  if (knowsAll(options)) {
    const why = `${predictor} foretells all that is needed and when`
    found.push({ names: ['predict', 'evict'], why, remedy: 'another predictor' })
  }
  found.push(...idlePredictorOptions(options))
  const isAhead = ahead > 0
  if (!isAhead)
    found.push({ names: ['into'], why: 'with ahead=0 nothing is read ahead', remedy: 'ahead=1 or more' })
  if (!isAhead && !retain && !isWeighed) {
    found.push({
      // `none` fits where nothing is predicted.
      names: predictor === 'none' ? ['predict', 'recall'] : ['predictor', 'predict', 'recall'],
      why: 'with retain=false and ahead=0 nothing is predicted',
      remedy: 'retain=true or ahead=1 or more',
    })
  }
  const keepsReplicas = retain || (isAhead && into === 'memory')
  if (!keepsReplicas)
    found.push({ names: ['evict'], why: 'with retain=false no replicas are kept', remedy: 'retain=true' })
  else if (replicas === 'unlimited') {
    found.push({
      names: ['evict'],
      why: 'with replicas=unlimited no replica ever leaves',
      remedy: 'replicas=physical',
    })
  }
  return found
}
