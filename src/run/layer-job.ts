// The unit of parallel work as plain data: one layer of one seed of an experiment, under some of its schedulers.

import type { HardwareSpec, TopologySpec } from '../hardware/spec.ts'
import { buildTopology, type Topology } from '../hardware/topology.ts'
import type { ModelShape } from '../model/shape.ts'
import type { Compat } from '../schedulers/scheduler.ts'
import { simulateChain } from '../sim/ahead/chain.ts'
import type { EndToEnd } from '../sim/end-to-end.ts'
import type { Iteration } from '../sim/iteration.ts'
import { type SchedulerSetting, simulateLayer } from '../sim/layer.ts'
import type { TotalsData } from '../sim/metrics/totals.ts'
import { type PortableRouting, RoutingOpener } from '../trace/portable.ts'
import type { LayerRouting } from '../trace/source.ts'

/** What the jobs of one seed have in common. */
export interface JobSetting {
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly compat: Compat
  readonly iterations: readonly Iteration[]
  /** The die of every token, by iteration. */
  readonly restingDie: readonly Int32Array[]
  readonly endToEnd?: EndToEnd | undefined
  readonly routing: PortableRouting
}

export interface LayerJob {
  readonly setting: JobSetting
  readonly layer: number
  /** Layers that are simulated in a row with it, each reading ahead for the next one; absent = the layer stands alone. */
  readonly following?: readonly number[]
  readonly schedulers: readonly SchedulerSetting[]
}

/** Time that a scheduler takes for the tokens of one die that chose one expert, within a factor of four or so. */
const US_PER_CELL = 50

/**
 * About how long a layer takes under one scheduler, in microseconds. Decides where and in which company jobs run, never
 * what comes out of them.
 */
export function layerCostUs(
  { model, iterations }: Pick<JobSetting, 'model' | 'iterations'>,
  dies: number,
): number {
  const cells = iterations.map(({ rows }) => Math.min(rows.length * model.topK, model.experts * dies))
  return US_PER_CELL * cells.reduce((sum, count) => sum + count, 0)
}

/** Runs jobs one after the other; keeps what the next job may need again. */
export class JobRunner {
  private readonly routings = new RoutingOpener()
  private topology: { readonly key: string; readonly value: Topology } | undefined

  /** Totals by scheduler; of layers in a row by layer, and by scheduler for each. Throws UserError. */
  async run(job: LayerJob, checkpoint?: () => Promise<void>): Promise<TotalsData[]> {
    const { setting, layer, following, schedulers } = job
    const { hardware, model, compat, iterations, restingDie, endToEnd } = setting
    const topology = this.topologyOf(hardware.topology)
    const routing = this.routings.open(setting.routing)
    const shared = { hardware, topology, model, compat, endToEnd, routing, iterations, restingDie }
    if (following === undefined) return simulateLayer({ ...shared, layer }, schedulers, checkpoint)
    const chain = { ...shared, layers: [layer, ...following] }
    const byScheduler: TotalsData[][] = []
    for (const scheduler of schedulers) byScheduler.push(await simulateChain(chain, scheduler, checkpoint))
    return chain.layers.flatMap((_, at) => byScheduler.map((totals) => totals[at]!))
  }

  /** As the jobs find it: what is open already is not opened again. */
  routing(portable: PortableRouting): LayerRouting {
    return this.routings.open(portable)
  }

  private topologyOf(spec: TopologySpec): Topology {
    const key = JSON.stringify(spec)
    if (this.topology?.key !== key) this.topology = { key, value: buildTopology(spec) }
    return this.topology.value
  }
}
