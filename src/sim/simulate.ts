// One scheduler over all layers and iterations of a run: the layer loop around the machine.
import { invariant } from '../errors.ts'
import type { HardwareSpec } from '../hardware/spec.ts'
import { buildTopology, type Topology } from '../hardware/topology.ts'
import type { ModelShape } from '../model/shape.ts'
import type { OptionValues } from '../schedulers/options.ts'
import type { Compat } from '../schedulers/scheduler.ts'
import { schedulers } from '../schedulers/table.ts'
import type { RoutingSource } from '../trace/source.ts'
import { buildWork, restingDies } from './batch.ts'
import { binding, layerBounds } from './bounds.ts'
import type { Iteration } from './iteration.ts'
import { LayerMachine } from './machine.ts'
import { metricsOf } from './metrics.ts'
import type { Probe } from './probe.ts'
import type { LayerResult, Metrics } from './result.ts'
import { Totals } from './totals.ts'

export interface SimulationInput {
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly compat: Compat
  readonly source: RoutingSource
  /** Model layer ids to simulate, a subset of the source's. */
  readonly layers: readonly number[]
  readonly iterations: readonly Iteration[]
  /** How tokens are dealt to dies, in contiguous equal blocks: token by token, or whole requests. */
  readonly spread: 'tokens' | 'requests'
  readonly scheduler: { readonly scheduler: string; readonly options: OptionValues }
  readonly probe?: Probe | undefined
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

/** All iterations of one layer on one machine. */
function simulateLayer(
  input: SimulationInput,
  topology: Topology,
  layer: number,
  restingDie: readonly Int32Array[],
): Totals {
  const { hardware, model, compat, source, probe } = input
  const { topK, experts } = model
  const definition = schedulers[input.scheduler.scheduler]!
  const scheduler = definition.create(input.scheduler.options, { hardware, topology, model, compat })
  const machine = new LayerMachine({ hardware, topology, model, compat, scheduler, probe })
  const layerExperts = source.layerExperts(layer)
  const totals = new Totals()
  for (const [i, iteration] of input.iterations.entries()) {
    const work = buildWork(
      { layer, iteration: i, topK, experts },
      iteration,
      layerExperts,
      restingDie[i]!,
      topology,
    )
    const bounds = layerBounds(work, { hardware, topology, model, compat, heldShare: machine.holdings.share })
    const flopBefore = machine.traffic.dieFlop.slice()
    const hopsBefore = machine.traffic.hops
    const latencyPs = machine.runIteration(work)
    const dieFlop = [...machine.traffic.dieFlop].map((flop, die) => flop - flopBefore[die]!)
    totals.addIteration(work, latencyPs, bounds, dieFlop, machine.traffic.hops - hopsBefore)
    invariant(
      latencyPs >= Math.floor(binding(bounds).ps * (1 - 1e-9)),
      () =>
        `layer ${layer} took ${latencyPs} ps, less than its ${binding(bounds).name} bound of ${binding(bounds).ps} ps`,
    )
  }
  totals.addMachine(machine)
  return totals
}
