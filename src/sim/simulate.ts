// From layers to the outcome of a run; and a whole run of one scheduler in one place, for what watches it.
import { buildTopology, type Topology } from '../hardware/topology.ts'
import { schedulers } from '../schedulers/table.ts'
import { simulateChain } from './ahead/chain.ts'
import { restingDies } from './batch.ts'
import { totalsOutsideLayers } from './end-to-end.ts'
import type { Iteration } from './iteration.ts'
import { type LayerSetting, type SchedulerSetting, simulateLayer } from './layer.ts'
import type { MetricSetting } from './metrics/metric.ts'
import { metricsOf } from './metrics/metrics.ts'
import { Totals } from './metrics/totals.ts'
import type { Probe } from './probe.ts'
import type { LayerResult, Metrics } from './result.ts'

/** All metrics but `speedup`, which needs the baseline. */
export interface SimulationOutcome {
  readonly boundBy: string
  readonly metrics: Metrics
  readonly layers: readonly LayerResult[]
}

/** How tokens are dealt to dies, in contiguous equal blocks: token by token, or whole requests. */
export type Spread = 'tokens' | 'requests'

/** The die of every token, by iteration: the same for all layers of a run. */
export function seatTokens(
  topology: Topology,
  iterations: readonly Iteration[],
  spread: Spread,
): readonly Int32Array[] {
  const requestCount = iterations.reduce((most, { requests }) => requests.reduce(larger, most), 0) + 1
  return iterations.map((iteration) => restingDies(iteration, topology, spread, requestCount))
}

/** One scheduler's layers, added up in the order in which they come. */
export class OutcomeSum {
  private readonly setting: MetricSetting
  private readonly run = new Totals()
  private readonly layers: LayerResult[] = []

  /** `outside`: what belongs to the run and to none of its MoE layers. */
  constructor(setting: MetricSetting, outside = new Totals()) {
    this.setting = setting
    this.run.addLayer(outside)
    this.run.deferrals = outside.deferrals
    this.run.flushIterations = outside.flushIterations
  }

  addLayer(layer: number, totals: Totals): void {
    this.run.addLayer(totals)
    this.layers.push({ layer, metrics: metricsOf(totals, this.setting) })
  }

  /** There must be at least one layer. */
  outcome(): SimulationOutcome {
    const { run, setting, layers } = this
    return { boundBy: run.boundBy, metrics: metricsOf(run, setting), layers }
  }
}

export interface SimulationInput
  extends Pick<LayerSetting, 'hardware' | 'model' | 'compat' | 'iterations' | 'endToEnd'> {
  readonly source: LayerSetting['routing']
  /** Model layer ids to simulate, a subset of the source's. */
  readonly layers: readonly number[]
  readonly spread: Spread
  readonly scheduler: SchedulerSetting
  readonly probe?: Probe | undefined
}

/** Simulates one scheduler layer by layer. `onLayer` is awaited after each, for progress and interruption. */
export async function simulate(
  input: SimulationInput,
  onLayer: (layersDone: number) => Promise<void>,
): Promise<SimulationOutcome> {
  const { hardware, model, compat, source: routing, iterations, endToEnd, scheduler, probe } = input
  const topology = buildTopology(hardware.topology)
  const restingDie = seatTokens(topology, iterations, input.spread)
  const context = { hardware, topology, model, compat }
  const sum = new OutcomeSum(
    { hardware, dies: topology.dies, moeLayers: model.moeLayers.length },
    totalsOutsideLayers(context, endToEnd, iterations, input.layers, undefined),
  )
  if (schedulers[scheduler.scheduler]!.readsAhead?.(scheduler.options)) {
    const setting = { ...context, routing, layers: input.layers, iterations, restingDie, endToEnd }
    const all = await simulateChain(setting, { ...scheduler, probe })
    for (const [done, totals] of all.entries()) {
      sum.addLayer(input.layers[done]!, totals)
      await onLayer(done + 1)
    }
    return sum.outcome()
  }
  for (const [done, layer] of input.layers.entries()) {
    const setting = { ...context, routing, layer, iterations, restingDie, endToEnd }
    const [totals] = await simulateLayer(setting, [{ ...scheduler, probe }])
    sum.addLayer(layer, totals!)
    await onLayer(done + 1)
  }
  return sum.outcome()
}

const larger = (most: number, request: number) => Math.max(most, request)
