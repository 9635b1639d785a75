// From the totals of layers to what a scheduler makes of a run.
import type { Package } from '../hardware/package.ts'
import { addCounters } from '../sim/counters.ts'
import { metricsOf } from '../sim/metrics/metrics.ts'
import { boundBy, Totals } from '../sim/metrics/totals.ts'
import type { LayerResult, Metrics } from '../sim/result.ts'
import { withLatencyJitter } from './jitter.ts'

/** All metrics but `speedup`, which needs the baseline. */
export interface SimulationOutcome {
  readonly boundBy: string
  readonly metrics: Metrics
  readonly layers: readonly LayerResult[]
}

/** One scheduler's layers, added up in the order in which they come. */
export class OutcomeSum {
  private readonly pkg: Package
  private readonly run = new Totals()
  private readonly layers: LayerResult[] = []

  /** `outside`: what belongs to the run and to none of its MoE layers. */
  constructor(pkg: Package, outside: Totals) {
    this.pkg = pkg
    addCounters(this.run, outside)
  }

  addLayer(layer: number, totals: Totals): void {
    addCounters(this.run, totals)
    this.layers.push({ layer, metrics: jitteredMetricsOf(totals, this.pkg) })
  }

  /** There must be at least one layer. */
  outcome(): SimulationOutcome {
    const { run, pkg, layers } = this
    return { boundBy: boundBy(run), metrics: jitteredMetricsOf(run, pkg), layers }
  }
}

function jitteredMetricsOf(totals: Totals, pkg: Package): Metrics {
  const { latency, ...others } = metricsOf(totals, pkg)
  return { ...(latency && { latency: withLatencyJitter(latency, totals.laterPs) }), ...others }
}
