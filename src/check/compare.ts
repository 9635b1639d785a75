// Saved results side by side: each against the first, paired over the seeds that both have, and what differs in their configs.
import type { SavedMetric, SavedResult } from '../config/results/result-schema.ts'
import { fail, invariant } from '../errors.ts'
import { estimate } from '../run/statistics.ts'
import { type ConfigChange, configChanges } from './config-changes.ts'

/** What is compared where nothing else is asked for. */
export const COMPARED_METRICS = ['latency', 'speedup', 'peakSramPackage', 'memoryRead', 'd2dByteHops']

export interface ComparedFile {
  readonly file: string
  readonly result: SavedResult
}

/** How a value relates to that of the first result. */
interface Relation {
  /** For times how many times faster it is, first / own; for all other metrics own / first. */
  readonly value: number
  /** Half-width of the 95 % interval, over pairs of equal seed; absent where there is no more than one pair. */
  readonly ci95?: number
  /** The seeds that were paired; none: it is the ratio of the two means. */
  readonly pairedSeeds: readonly number[]
}

export interface ComparedCell {
  readonly value: number
  /** As the result has it. */
  readonly ci95?: number
  /** Absent in the first result, and where the first result has no such value or a ratio to it means nothing. */
  readonly relation?: Relation
}

export interface ComparedMetric {
  readonly metric: string
  readonly unit: string
  /** Whether relations say how many times faster: first / own. */
  readonly isTime: boolean
  /** A row per scheduler id; a cell per result, undefined where it has no such scheduler or metric. */
  readonly rows: readonly {
    readonly scheduler: string
    readonly cells: readonly (ComparedCell | undefined)[]
  }[]
}

export interface Comparison {
  readonly files: readonly ComparedFile[]
  readonly changes: readonly ConfigChange[]
  readonly metrics: readonly ComparedMetric[]
}

/** Metrics that any scheduler of any of the results has, in order of first appearance. */
export function metricNames(files: readonly ComparedFile[]): string[] {
  const all = files.flatMap(({ result }) => result.results.flatMap(({ metrics }) => Object.keys(metrics)))
  return [...new Set(all)]
}

/** At least one result; `metrics` of those that `metricNames` gives, others are left out. Throws UserError where units differ. */
export function compareResults(files: readonly ComparedFile[], metrics: readonly string[]): Comparison {
  invariant(files.length > 0, 'no results to compare')
  const known = metricNames(files)
  return {
    files,
    changes: configChanges(files.map(({ result }) => settingOf(result))),
    metrics: metrics.filter((name) => known.includes(name)).map((name) => compareMetric(files, name)),
  }
}

/** All that decides about the numbers of a result. */
function settingOf({ experiment, moesim, traceSha256 }: SavedResult): Record<string, unknown> {
  return { moesim, ...experiment, traceSha256 }
}

function compareMetric(files: readonly ComparedFile[], metric: string): ComparedMetric {
  const results = files.map(({ result }) => result)
  const metricOf = (result: SavedResult, id: string) =>
    result.results.find((scheduler) => scheduler.id === id)?.metrics[metric]
  const ids = [...new Set(results.flatMap((result) => result.results.map(({ id }) => id)))]
  const withMetric = ids.filter((id) => results.some((result) => metricOf(result, id) !== undefined))
  const unit = unitOf(files, metric)
  const isTime = unit === 'ps'
  const [first] = results
  const rows = withMetric.map((scheduler) => ({
    scheduler,
    cells: results.map((result, i): ComparedCell | undefined => {
      const own = metricOf(result, scheduler)
      const reference = metricOf(first!, scheduler)
      if (own === undefined) return undefined
      const relation =
        i === 0 || reference === undefined
          ? undefined
          : relationOf(bySeed(first!, reference), bySeed(result, own), isTime)
      return {
        value: own.value,
        ...(own.ci95 !== undefined && { ci95: own.ci95 }),
        ...(relation !== undefined && { relation }),
      }
    }),
  }))
  return { metric, unit, isTime, rows }
}

/** The unit of a metric that one of the results has. Throws UserError where they have it in several. */
function unitOf(files: readonly ComparedFile[], metric: string): string {
  const found = files.flatMap(({ file, result }) =>
    result.results.flatMap(({ metrics }) => {
      const unit = metrics[metric]?.unit
      return unit === undefined ? [] : [{ file, unit }]
    }),
  )
  const [first] = found
  invariant(first !== undefined, `no result has the metric ${metric}`)
  const other = found.find(({ unit }) => unit !== first.unit)
  if (other !== undefined) {
    const what = `${metric} is in ${other.unit} here and in ${first.unit} in ${first.file}`
    fail('conflict', { what, hint: 'compare results of one version of moesim' }, { file: other.file })
  }
  return first.unit
}

interface Repeated {
  readonly mean: number
  readonly seeds: readonly number[]
  /** Empty where the result does not hold them. */
  readonly values: ReadonlyMap<number, number>
}

function bySeed({ seeds }: SavedResult, { value, bySeed: values }: SavedMetric): Repeated {
  const all = values ?? (seeds.length === 1 ? [value] : [])
  return { mean: value, seeds, values: new Map(all.map((one, i) => [seeds[i]!, one])) }
}

/** undefined where a denominator is zero. */
function relationOf(first: Repeated, own: Repeated, isTime: boolean): Relation | undefined {
  const ratio = (a: number, b: number) => (isTime ? a / b : b / a)
  const common = first.seeds.filter((seed) => first.values.has(seed) && own.values.has(seed))
  // One pair out of several seeds says less than the two means.
  const isWorthPairing = common.length > 1 || (first.seeds.length === 1 && own.seeds.length === 1)
  const pairedSeeds = isWorthPairing ? common : []
  const ratios =
    pairedSeeds.length > 0
      ? pairedSeeds.map((seed) => ratio(first.values.get(seed)!, own.values.get(seed)!))
      : [ratio(first.mean, own.mean)]
  if (!ratios.every(Number.isFinite)) return undefined
  const { mean, ci95 } = estimate(ratios)
  return { value: mean, ...(ci95 !== undefined && { ci95 }), pairedSeeds }
}
