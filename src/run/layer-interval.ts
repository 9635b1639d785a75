// The 95 % interval that a metric of sampled layers has.
import { METRICS } from '../sim/metrics/metrics.ts'
import type { LayerResult } from '../sim/result.ts'
import { estimateFrom } from './statistics.ts'

/** Units of metrics that add up over layers; the others with an interval are means over layers, of a kind. */
const SUMS = ['ps', 'B', 'B.hop', 'count', 'J']
const MEANS = ['ratio', 'token/s', 'token']

/**
 * Half-width of the 95 % interval of metric `name` over all samples of so many layers out of `sampledFrom`:
 * that of the mean of the layers' own values (see estimateFrom), and as many times that for metrics that add up over
 * layers. A ratio of sums, such as a speedup, has the interval of the mean of its layers' ratios. undefined for one layer,
 * for all layers, which are no sample, for peaks, and for what is not a matter of single layers.
 */
export function layerInterval(
  name: string,
  layers: readonly LayerResult[],
  sampledFrom: number,
): number | undefined {
  const reported = layers.map(({ metrics }) => metrics[name]).filter((metric) => metric !== undefined)
  const [first] = reported
  const isPartial = reported.length < layers.length
  if (first === undefined || isPartial || METRICS[name]?.isPeak) return undefined
  const times = SUMS.includes(first.unit) ? layers.length : MEANS.includes(first.unit) ? 1 : undefined
  const { ci95 } = estimateFrom(
    reported.map(({ value }) => value),
    sampledFrom,
  )
  return times === undefined || ci95 === undefined ? undefined : times * ci95
}
