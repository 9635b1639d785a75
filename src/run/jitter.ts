// Mean and spread of a run and its repetitions with a late message.
import type { Jitter, Metric } from '../sim/result.ts'
import { estimate } from './statistics.ts'

/** `values`: of the run, then of each repetition. */
function jitterOf(values: readonly number[]): Jitter {
  const { mean } = estimate(values)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { mean, spread: Math.sqrt(variance), values }
}

/** `laterPs`: by how much each repetition took longer; none: the metric as it is. */
export function withLatencyJitter(latency: Metric, laterPs: Float64Array): Metric {
  if (laterPs.length === 0) return latency
  return { ...latency, jitter: jitterOf([latency.value, ...Array.from(laterPs, (ps) => latency.value + ps)]) }
}

/** Speedups of equal repetitions. */
export function speedupJitter(own: Metric, reference: Metric): Pick<Metric, 'jitter'> {
  if (own.jitter === undefined || reference.jitter === undefined) return {}
  const references = reference.jitter.values
  return { jitter: jitterOf(own.jitter.values.map((value, i) => references[i]! / value)) }
}

/** Of the means over several seeds, repetition by repetition. */
export function averageJitter(perSeed: readonly Metric[]): Pick<Metric, 'jitter'> {
  const jitters = perSeed.flatMap(({ jitter }) => jitter?.values ?? [])
  if (jitters.length === 0) return {}
  const count = jitters.length / perSeed.length
  const values = Array.from(
    { length: count },
    (_, i) => estimate(jitters.filter((_value, at) => at % count === i)).mean,
  )
  return { jitter: jitterOf(values) }
}
