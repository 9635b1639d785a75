// One scheduler over all layers and iterations of a run: the layer loop around the machine.
import { buildTopology } from '../hardware/topology.ts'
import { restingDies } from './batch.ts'
import { type LayerSetting, simulateLayer } from './layer.ts'
import { metricsOf } from './metrics.ts'
import type { LayerResult, Metrics } from './result.ts'
import { Totals } from './totals.ts'

export interface SimulationInput extends LayerSetting {
  /** Model layer ids to simulate, a subset of the source's. */
  readonly layers: readonly number[]
  /** How tokens are dealt to dies, in contiguous equal blocks: token by token, or whole requests. */
  readonly spread: 'tokens' | 'requests'
}

/** All metrics but `speedup`, which needs the baseline. */
export interface SimulationOutcome {
  readonly boundBy: string
  readonly metrics: Metrics
  readonly layers: readonly LayerResult[]
}

/**
 * Simulates every (layer, iteration), layer by layer: layers share nothing, so each has a machine of its own.
 * `onLayer` is awaited after each layer, for progress and interruption.
 */
export async function simulate(
  input: SimulationInput,
  onLayer: (layersDone: number) => Promise<void>,
): Promise<SimulationOutcome> {
  const { hardware, model, layers } = input
  const topology = buildTopology(hardware.topology)
  const setting = { hardware, dies: topology.dies, moeLayers: model.moeLayers.length }
  const requestCount = input.iterations.reduce((most, { requests }) => requests.reduce(larger, most), 0) + 1
  const restingDie = input.iterations.map((iteration) =>
    restingDies(iteration, topology, input.spread, requestCount),
  )
  const run = new Totals()
  const results: LayerResult[] = []
  for (const [done, layer] of layers.entries()) {
    const totals = simulateLayer(input, topology, layer, restingDie)
    run.addLayer(totals)
    results.push({ layer, metrics: metricsOf(totals, setting) })
    await onLayer(done + 1)
  }
  return { boundBy: run.boundBy, metrics: metricsOf(run, setting), layers: results }
}

const larger = (most: number, request: number) => Math.max(most, request)
