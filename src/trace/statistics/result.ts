// The result of an analysis as plain data, per layer and summarized, and the summary of its layers.
import {
  type Measure,
  type Measures,
  type ReferenceLevels,
  STATISTIC_IDS,
  STATISTIC_PHASES,
  type StatisticId,
  type StatisticPhase,
  type SummaryMeasure,
} from './measure.ts'
import type { TaskGroup } from './tasks.ts'

export interface LayerStatistics {
  /** Model layer id. */
  readonly layer: number
  readonly selections: number
  /** The expert with most selections of all phases, the lowest of equals. */
  readonly hottestExpert: number
  readonly measures: Measures
  /** Absent where the requests name no tasks. */
  readonly taskGroups?: readonly TaskGroup[]
  /** Ids of the experts that are common in every group; absent for fewer than two groups. */
  readonly sharedExperts?: readonly number[]
}

export interface AnalyzedTrace {
  /** As it was given. */
  readonly path: string
  readonly sha256: string
  readonly gives: 'tokens' | 'histograms'
  readonly model: string
  readonly experts: number
  readonly topK: number
  /** Model layer ids that were analyzed, ascending. */
  readonly layers: readonly number[]
  readonly requests?: number
  readonly tokens?: { readonly prefill: number; readonly decode: number }
  /** `assumed`: the format does not say which tokens are the prompt. */
  readonly phases: 'recorded' | 'assumed'
  /** Of the requests' ids, where they name any. */
  readonly tasks?: readonly string[]
}

export interface TraceStatistics {
  readonly schemaVersion: 1
  readonly trace: AnalyzedTrace
  /** Of shuffles, uniform draws and batches. */
  readonly seed: number
  readonly layers: readonly LayerStatistics[]
  /** Over the layers. */
  readonly summary: Measures<SummaryMeasure>
  /** What this trace cannot give, and why. */
  readonly notMeasured: Readonly<Partial<Record<StatisticId, string>>>
}

/** One cell of the result, in the order of the catalogue and its phases. */
export interface MeasureEntry<M> {
  readonly id: StatisticId
  readonly phase: StatisticPhase
  readonly measure: M
}

export function entriesOf<M>(measures: Measures<M>): MeasureEntry<M>[] {
  return STATISTIC_IDS.flatMap((id) =>
    STATISTIC_PHASES.flatMap((phase) => {
      const measure = measures[id]?.[phase]
      return measure === undefined ? [] : [{ id, phase, measure }]
    }),
  )
}

/** Mean, least and most of every statistic over the layers that have it. */
export function summaryOf(layers: readonly Pick<LayerStatistics, 'measures'>[]): Measures<SummaryMeasure> {
  const summary: Partial<Record<StatisticId, Partial<Record<StatisticPhase, SummaryMeasure>>>> = {}
  for (const id of STATISTIC_IDS) {
    for (const phase of STATISTIC_PHASES) {
      const found = layers.flatMap(({ measures }) => measures[id]?.[phase] ?? [])
      if (found.length > 0) summary[id] = { ...summary[id], [phase]: summaryMeasure(found) }
    }
  }
  return summary
}

const LEVELS = ['uniform', 'popularity', 'shuffled', 'sameRequest'] as const

function summaryMeasure(measures: readonly Measure[]): SummaryMeasure {
  const values = measures.map(({ value }) => value)
  const levels: { -readonly [K in keyof ReferenceLevels]: number } = {}
  for (const level of LEVELS) {
    const found = measures.flatMap((measure) => measure[level] ?? [])
    if (found.length > 0) levels[level] = mean(found)
  }
  return {
    mean: mean(values),
    min: Math.min(...values),
    max: Math.max(...values),
    layers: values.length,
    ...levels,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b) / values.length
}
