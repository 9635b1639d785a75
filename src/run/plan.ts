// What an experiment will simulate, and about how long it takes: laid out and checked before anything runs.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import type { Diagnostic } from '../errors.ts'
import { dieCount } from '../hardware/die-count.ts'
import type { ModelShape } from '../model/shape.ts'
import type { Iteration } from '../sim/iteration.ts'
import { assertBufferingHasAllLayers } from './buffering.ts'
import { assertContextFits } from './context-fit.ts'
import { idleOptions } from './idle-options.ts'
import { assertLayersFollow } from './layer-row.ts'
import { selectLayers } from './layers.ts'
import { assertOptimumFits } from './optimum-fit.ts'
import type { ExperimentRouting } from './routing.ts'

/** Small, so that the plans of a whole sweep are kept; what they are about is opened again when their turn comes. */
export interface Plan {
  readonly experiment: Experiment
  /** Of the experiment, among those that run together. */
  readonly index: number
  readonly seeds: readonly SeedPlan[]
  /** Layers to simulate, each counted once for every seed and scheduler. */
  readonly simulations: number
  /** Of a layer by one scheduler, for each slice that it cuts an expert into: see sliceCostUs. */
  readonly sliceUs: number
  /** What the user should know of it. */
  readonly warnings: readonly Diagnostic[]
}

export interface SeedPlan {
  readonly seed: number
  readonly layers: readonly number[]
}

/** Throws UserError where the routing does not hold the work. */
export function planExperiment(experiment: Experiment, index: number, routing: ExperimentRouting): Plan {
  const { model, hardware, schedulers, jitter } = experiment
  const seeds = seedsOf(experiment).map((seed) => {
    const source = routing.of(seed)
    const layers = selectLayers(experiment.layers, source, seed)
    assertBufferingHasAllLayers(experiment, layers, source)
    assertLayersFollow(experiment, layers, source)
    return { seed, layers }
  })
  const workload = routing.workload(experiment)
  const { iterations } = workload
  const layers = seeds.reduce((sum, seed) => sum + seed.layers.length, 0)
  assertContextFits(experiment, iterations)
  const first = { routing: routing.of(seeds[0]!.seed), layer: seeds[0]!.layers[0]! }
  assertOptimumFits(experiment, { layers, workload, ...first })
  return {
    ...{ experiment, index, seeds },
    simulations: layers * schedulers.length,
    sliceUs: (1 + jitter) * sliceCostUs({ model, iterations }, dieCount(hardware.topology)),
    warnings: idleOptions(experiment, iterations, first.routing, seeds[0]!.layers),
  }
}

export function seedsOf({ seed, seeds }: Experiment): number[] {
  return Array.from({ length: seeds }, (_, i) => seed + i)
}

/** About how long an experiment takes, in microseconds. Decides where and in which company jobs run, never what comes out of them. */
export function costUsOf({
  seeds,
  experiment,
  sliceUs,
}: Pick<Plan, 'seeds' | 'sliceUs'> & { readonly experiment: Pick<Experiment, 'schedulers'> }): number {
  const layers = seeds.reduce((sum, seed) => sum + seed.layers.length, 0)
  return layers * sliceUs * slicesOf(experiment.schedulers)
}

/** Slices that schedulers cut an expert into, summed: those that cut it say so in an option of that name. */
export function slicesOf(schedulers: readonly Pick<SchedulerChoice, 'options'>[]): number {
  return schedulers.reduce((sum, { options }) => sum + (Number(options.slices) || 1), 0)
}

/** Time that a scheduler takes for a slice of an expert and the tokens of one die that chose it, within a factor of four or so. */
const US_PER_CELL = 2

/** About how long a layer takes under a scheduler, for each slice that it cuts an expert into, in microseconds. */
export function sliceCostUs(
  { model, iterations }: { readonly model: ModelShape; readonly iterations: readonly Iteration[] },
  dies: number,
): number {
  const cells = iterations.map(({ rows }) => Math.min(rows.length * model.topK, model.experts * dies))
  return US_PER_CELL * cells.reduce((sum, count) => sum + count, 0)
}
