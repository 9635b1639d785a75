// A result as one JSON document: keys in a fixed order, so equal runs give equal bytes.
import { invariant } from '../errors.ts'
import type { RunResult } from '../sim/result.ts'

export function renderJson(result: RunResult): string {
  const document = {
    schemaVersion: result.schemaVersion,
    moesim: result.moesim,
    baseline: result.baseline,
    seeds: result.seeds,
    experiment: result.experiment,
    configSha256: result.configSha256,
    traceSha256: result.traceSha256,
    constants: result.constants,
    extrapolated: result.extrapolated,
    results: result.results.map(({ id, scheduler, options, boundBy, metrics, layers }) => ({
      id,
      scheduler,
      options,
      boundBy,
      metrics,
      layers: layers.map(({ layer, metrics: layerMetrics }) => ({ layer, metrics: layerMetrics })),
    })),
  }
  return `${JSON.stringify(document, refuseNonFinite, 2)}\n`
}

/** JSON has no Infinity and no NaN: JSON.stringify would write null and lose the value without a word. */
function refuseNonFinite(key: string, value: unknown): unknown {
  invariant(
    typeof value !== 'number' || Number.isFinite(value),
    () => `result holds ${String(value)} at "${key}"`,
  )
  return value
}
