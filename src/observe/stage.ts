// What it takes to simulate the layers of an experiment once more with an observer, exactly as the run simulates them.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import { buildTopology, type Topology } from '../hardware/topology.ts'
import type { Io } from '../io.ts'
import { deferralPlans } from '../run/buffering.ts'
import type { RunHooks } from '../run/experiment-run.ts'
import { readsAhead } from '../run/layer-row.ts'
import { selectLayers } from '../run/layers.ts'
import { openRouting } from '../run/routing.ts'
import { buildWorkload } from '../run/workload.ts'
import type { Iteration } from '../sim/iteration.ts'
import { type LayerSetting, simulateLayer } from '../sim/layer.ts'
import type { Probe } from '../sim/probe.ts'
import { seatTokens } from '../sim/simulate.ts'

export interface Stage {
  readonly topology: Topology
  /** The first one of the experiment. */
  readonly seed: number
  readonly layers: readonly number[]
  /** Of the workload: the same for all layers. */
  readonly iterations: readonly Iteration[]
  /** The schedulers that can be observed. */
  readonly choices: readonly SchedulerChoice[]
  /** Ids of those that cannot: their layers run interleaved. */
  readonly leftOut: readonly string[]
  /** What a scheduler makes of the iterations of a layer, by the layer's place in `layers`. */
  iterationsOf(choice: SchedulerChoice, place: number): readonly Iteration[]
  /** One layer under one scheduler. `hasSeenEnough` is asked after each iteration: the rest is not simulated. */
  observe(choice: SchedulerChoice, place: number, probe: Probe, hasSeenEnough: () => boolean): Promise<void>
}

/** Ends a simulation whose rest nobody will look at. */
class SeenEnough extends Error {}

/** Throws UserError where the routing does not hold the work. */
export async function openStage(
  io: Io,
  experiment: Experiment,
  onTraceRead: RunHooks['onTraceRead'],
): Promise<Stage> {
  const { hardware, model, compat, endToEnd, seed, schedulers } = experiment
  const source = (await openRouting(io, experiment, onTraceRead))(seed)
  const workload = buildWorkload(experiment.workload, compat, source)
  const layers = selectLayers(experiment.layers, source, seed)
  const topology = buildTopology(hardware.topology)
  const { iterations } = workload
  const restingDie = seatTokens(topology, iterations, workload.spread)
  const plans = deferralPlans(experiment, topology, workload, layers, source)
  const planOf = ({ id }: SchedulerChoice, place: number) => plans.get(id)?.layers[place]
  return {
    ...{ topology, seed, layers, iterations },
    choices: schedulers.filter((choice) => !readsAhead(choice)),
    leftOut: schedulers.filter(readsAhead).map(({ id }) => id),
    iterationsOf: (choice, place) => planOf(choice, place)?.iterations ?? iterations,
    observe: async (choice, place, probe, hasSeenEnough) => {
      const layer = layers[place]!
      const setting: LayerSetting = {
        ...{ hardware, topology, model, compat, endToEnd, iterations, restingDie, layer, routing: source },
      }
      const { scheduler, options } = choice
      try {
        await simulateLayer(
          setting,
          [{ scheduler, options, plan: planOf(choice, place), probe }],
          async () => {
            if (hasSeenEnough()) throw new SeenEnough()
            await io.interruption.checkpoint()
          },
        )
      } catch (error) {
        if (!(error instanceof SeenEnough)) throw error
      }
    },
  }
}
