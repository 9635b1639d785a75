// A batch of tokens of the reference simulator: its trace, opened and checked, and the work it is on our package.
import { join } from 'node:path'
import type { Experiment } from '../../../config/experiment/experiment.ts'
import { fail, invariant } from '../../../errors.ts'
import { buildTopology, type Topology } from '../../../hardware/topology.ts'
import { openRouting } from '../../../run/routing.ts'
import type { LayerWork } from '../../../schedulers/work.ts'
import { buildWork, seatTokens } from '../../../sim/batch.ts'
import { choicesOf } from '../../../sim/choices.ts'
import type { RoutingSource } from '../../../trace/source.ts'
import type { Changes, Lab } from '../../lab.ts'
import type { ReferenceCase } from './results.ts'

export interface Batch {
  /** The flags with which the experiment runs on this trace. */
  readonly flags: Changes['flags'] & {}
  readonly experiment: Experiment
  readonly routing: RoutingSource
  /** The one layer of the trace. */
  readonly layer: number
  readonly topology: Topology
  readonly work: LayerWork
}

/** Opens the trace of a case in `folder`. Throws UserError where it is not the one that was measured. */
export async function openBatch(lab: Lab, config: string, folder: string, of: ReferenceCase): Promise<Batch> {
  const trace = join(folder, of.traceFile)
  const flags = { model: of.model, tokens: `${of.tokens}`, trace }
  const { experiment } = await lab.load(config, { flags })
  const opened = await openRouting(lab.io, experiment, () => undefined)
  const routing = opened.of(experiment.seed)
  if (routing.sha256 !== of.routingSha256) {
    fail(
      'conflict',
      {
        what: `this is not the routing that the reference simulator ran: its results are of SHA-256 ${of.routingSha256}, this is ${routing.sha256}`,
        hint: 'give the folder of the traces that configs/reference/fse-dp/README.md describes',
      },
      { file: trace },
    )
  }
  const [layer] = routing.layers
  invariant(layer !== undefined, 'a trace without layers')
  const { hardware, model } = experiment
  const { iterations, spread } = opened.workload(experiment)
  const topology = buildTopology(hardware.topology)
  const restingDie = seatTokens(topology, iterations, spread)
  const shape = { layer, iteration: 0, topK: model.topK, experts: model.experts }
  const choices = choicesOf(iterations[0]!, routing.layerExperts(layer), model.topK)
  const work = buildWork(shape, iterations[0]!, choices, restingDie[0]!, topology)
  return { flags, experiment, routing, layer, topology, work }
}
