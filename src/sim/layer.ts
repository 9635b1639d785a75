// All iterations of one MoE layer, under one scheduler, on one machine: the unit of parallel work.
import { invariant } from '../errors.ts'
import type { HardwareSpec } from '../hardware/spec.ts'
import type { Topology } from '../hardware/topology.ts'
import type { ModelShape } from '../model/shape.ts'
import type { OptionValues } from '../schedulers/options.ts'
import type { Compat } from '../schedulers/scheduler.ts'
import { schedulers } from '../schedulers/table.ts'
import type { RoutingSource } from '../trace/source.ts'
import { buildWork } from './batch.ts'
import { binding, layerBounds } from './bounds.ts'
import type { Iteration } from './iteration.ts'
import { LayerMachine } from './machine.ts'
import type { Probe } from './probe.ts'
import { Totals } from './totals.ts'

export interface LayerSetting {
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly compat: Compat
  readonly source: RoutingSource
  readonly iterations: readonly Iteration[]
  readonly scheduler: { readonly scheduler: string; readonly options: OptionValues }
  readonly probe?: Probe | undefined
}

/** `restingDie`: the die of every token, by iteration. Layers share nothing, so any order of them gives the same. */
export function simulateLayer(
  setting: LayerSetting,
  topology: Topology,
  layer: number,
  restingDie: readonly Int32Array[],
): Totals {
  const { hardware, model, compat, source, probe } = setting
  const { topK, experts } = model
  const definition = schedulers[setting.scheduler.scheduler]!
  const scheduler = definition.create(setting.scheduler.options, { hardware, topology, model, compat })
  const machine = new LayerMachine({ hardware, topology, model, compat, scheduler, probe })
  const layerExperts = source.layerExperts(layer)
  const totals = new Totals()
  for (const [i, iteration] of setting.iterations.entries()) {
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
