// From the outcomes of every scheduler and seed to results: speedups over the baseline, means and intervals.
import type { SchedulerChoice } from '../config/experiment/experiment.ts'
import { invariant } from '../errors.ts'
import type { LayerResult, Metric, Metrics, SchedulerResult } from '../sim/result.ts'
import { averageJitter, speedupJitter } from './jitter.ts'
import { layerInterval } from './layer-interval.ts'
import type { SimulationOutcome } from './outcome.ts'
import { estimate } from './statistics.ts'

/** The outcomes of one seed, by scheduler id. */
export type SeedOutcomes = ReadonlyMap<string, SimulationOutcome>

/**
 * `sampledFrom`: how many layers the simulated ones were drawn from. With several seeds each draws its own sample, and
 * intervals are those of the seeds; with one seed they are those of the sample.
 */
export function aggregate(
  schedulers: readonly SchedulerChoice[],
  baseline: string,
  seeds: readonly SeedOutcomes[],
  sampledFrom?: number,
): SchedulerResult[] {
  return schedulers.map(({ id, scheduler, options }) => {
    const outcomes = seeds.map((outcomesOfSeed) => withSpeedups(outcomesOfSeed, id, baseline))
    const metrics = withSeedValues(outcomes.map((outcome) => outcome.metrics))
    const isSample = outcomes.length === 1 && sampledFrom !== undefined
    return {
      id,
      scheduler,
      options,
      boundBy: mostFrequent(outcomes.map((outcome) => outcome.boundBy)),
      metrics: isSample ? withLayerIntervals(metrics, outcomes[0]!.layers, sampledFrom) : metrics,
      layers: averageLayers(outcomes.map((outcome) => outcome.layers)),
    }
  })
}

/** Speedups are paired: a scheduler against the baseline on the same seed, so on the same routing. */
function withSpeedups(outcomes: SeedOutcomes, id: string, baseline: string): SimulationOutcome {
  const own = outcomes.get(id)
  const reference = outcomes.get(baseline)
  invariant(
    own !== undefined && reference !== undefined,
    () => `no outcome of ${id} or of baseline ${baseline}`,
  )
  const referenceLayers = new Map(reference.layers.map(({ layer, metrics }) => [layer, metrics]))
  return {
    ...own,
    metrics: addSpeedup(own.metrics, reference.metrics),
    layers: own.layers.map(({ layer, metrics }) => {
      const referenceMetrics = referenceLayers.get(layer)
      invariant(referenceMetrics !== undefined, () => `baseline ${baseline} has no layer ${layer}`)
      return { layer, metrics: addSpeedup(metrics, referenceMetrics) }
    }),
  }
}

/** Puts `speedup` right behind `latency`. */
function addSpeedup(own: Metrics, reference: Metrics): Metrics {
  const { latency, ...others } = own
  const referenceLatency = reference.latency
  invariant(
    latency !== undefined &&
      referenceLatency !== undefined &&
      latency.value > 0 &&
      referenceLatency.value > 0,
    'a simulation reports no latency above zero',
  )
  const value = referenceLatency.value / latency.value
  return {
    latency,
    speedup: { value, unit: 'ratio', ...speedupJitter(latency, referenceLatency) },
    ...others,
  }
}

/** Layers may differ between seeds (sampled layers): each is averaged over the seeds that simulated it. */
function averageLayers(perSeed: readonly (readonly LayerResult[])[]): LayerResult[] {
  const byLayer = new Map<number, Metrics[]>()
  for (const { layer, metrics } of perSeed.flat()) {
    const known = byLayer.get(layer)
    if (known) known.push(metrics)
    else byLayer.set(layer, [metrics])
  }
  return [...byLayer]
    .sort(([a], [b]) => a - b)
    .map(([layer, metrics]) => ({ layer, metrics: average(metrics) }))
}

/** Metric by metric, over the seeds that report it, in the order in which they first appear. */
function average(perSeed: readonly Metrics[]): Metrics {
  const names = new Set(perSeed.flatMap((metrics) => Object.keys(metrics)))
  const averaged: Record<string, Metric> = {}
  for (const name of names) {
    const reported = perSeed.map((metrics) => metrics[name]).filter((metric) => metric !== undefined)
    const { mean, ci95 } = estimate(reported.map((metric) => metric.value))
    const { unit } = reported[0]!
    averaged[name] = { value: mean, unit, ...(ci95 !== undefined && { ci95 }), ...averageJitter(reported) }
  }
  return averaged
}

/** The averages with what they are averages of, so that saved results can be compared seed by seed. */
function withSeedValues(perSeed: readonly Metrics[]): Metrics {
  const averaged = average(perSeed)
  if (perSeed.length === 1) return averaged
  const entries = Object.entries(averaged).map(([name, metric]): [string, Metric] => {
    const bySeed = perSeed.flatMap((metrics) => metrics[name]?.value ?? [])
    return [name, bySeed.length === perSeed.length ? { ...metric, bySeed } : metric]
  })
  return Object.fromEntries(entries)
}

/** Gives each metric the interval that the spread of its layers leaves, where that says something. */
function withLayerIntervals(metrics: Metrics, layers: readonly LayerResult[], sampledFrom: number): Metrics {
  const entries = Object.entries(metrics).map(([name, metric]): [string, Metric] => {
    const ci95 = layerInterval(name, layers, sampledFrom)
    return [name, ci95 === undefined ? metric : { ...metric, ci95 }]
  })
  return Object.fromEntries(entries)
}

/** The first of the most frequent names. */
function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0]
}
