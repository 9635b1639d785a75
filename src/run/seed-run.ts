// One seed of an experiment: its layers as jobs, and what the totals that come of them add up to.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import type { Package } from '../hardware/package.ts'
import type { ExpertMap } from '../schedulers/placements/expert-map.ts'
import type { Slots } from '../schedulers/placements/search/problem.ts'
import type { DeferralPlan } from '../sim/deferral/plan.ts'
import { totalsOutsideLayers } from '../sim/end-to-end.ts'
import type { Iteration } from '../sim/iteration.ts'
import type { LayerRouting, PortableRouting } from '../trace/source.ts'
import { deferralPlans } from './buffering.ts'
import type { JobSetting, LayerJob, LayerTotals } from './jobs.ts'
import { OutcomeSum, type SimulationOutcome } from './outcome.ts'
import type { SeedPlan } from './plan.ts'
import type { Workload } from './workload.ts'

/** What the seeds of an experiment have in common. */
export interface SeedSetting {
  readonly experiment: Pick<Experiment, 'endToEnd' | 'schedulers' | 'jitter' | 'optimum'>
  readonly pkg: Package
  readonly workload: Workload
  /** The die of every token, by iteration. */
  readonly restingDie: readonly Int32Array[]
}

/** By layer id: all that a job needs of a placement. */
function slotsOfLayers(map: ExpertMap, layers: readonly number[]): ReadonlyMap<number, Slots> {
  return new Map(layers.map((layer) => [layer, map.slots[map.layers.indexOf(layer)]!]))
}

export class SeedRun {
  readonly seed: number
  readonly layers: readonly number[]
  readonly pkg: Package
  private readonly setting: JobSetting
  /** By scheduler id. */
  private readonly deferrals: ReadonlyMap<string, DeferralPlan>
  private readonly sums: ReadonlyMap<string, OutcomeSum>

  /** `routing` is what comes of opening `portable`. */
  constructor(
    { experiment, pkg, workload, restingDie }: SeedSetting,
    { seed, layers }: SeedPlan,
    portable: PortableRouting,
    routing: LayerRouting,
  ) {
    const { endToEnd, schedulers, jitter, optimum } = experiment
    const { iterations } = workload
    const { hardware, model, compat } = pkg
    this.seed = seed
    this.layers = layers
    this.pkg = pkg
    this.setting = {
      ...{ hardware, model, compat, seed, endToEnd, iterations, restingDie, jitter },
      routing: portable,
      ...(optimum && { findsOptimum: true }),
    }
    this.deferrals = deferralPlans(schedulers, pkg, workload, layers, routing)
    this.sums = new Map(
      schedulers.map(({ id }) => {
        const outside = totalsOutsideLayers(pkg, endToEnd, iterations, layers, this.deferrals.get(id))
        return [id, new OutcomeSum(pkg, outside)]
      }),
    )
  }

  get iterations(): readonly Iteration[] {
    return this.setting.iterations
  }

  /** Some schedulers on a layer, or on several that follow one another. */
  job(layers: readonly number[], schedulers: readonly SchedulerChoice[]): LayerJob {
    const place = this.layers.indexOf(layers[0]!)
    const planned = schedulers.map(({ id, scheduler, options, placement }) => ({
      ...{ id, scheduler, options },
      plan: this.deferrals.get(id)?.layers[place],
      ...(placement && { slots: slotsOfLayers(placement.map, layers) }),
    }))
    return { kind: 'layers', setting: this.setting, layers, schedulers: planned }
  }

  /** Layers must be added in ascending order. */
  add({ layer, id, totals }: LayerTotals): void {
    this.sums.get(id)!.addLayer(layer, totals)
  }

  /** By scheduler id. */
  outcomes(): ReadonlyMap<string, SimulationOutcome> {
    return new Map([...this.sums].map(([id, sum]) => [id, sum.outcome()]))
  }
}
