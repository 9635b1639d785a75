// The layers of an experiment once more with an observer: the very jobs of the run, on this thread.
import type { Experiment, SchedulerChoice } from '../config/experiment/experiment.ts'
import { invariant } from '../errors.ts'
import type { Package } from '../hardware/package.ts'
import type { Io } from '../io.ts'
import { ExperimentRun } from '../run/experiment-run.ts'
import { runsInRow } from '../run/layer-row.ts'
import { planExperiment } from '../run/plan.ts'
import { type ExperimentRouting, openRouting } from '../run/routing.ts'
import type { RunHooks } from '../run/run-many.ts'
import type { SeedRun } from '../run/seed-run.ts'
import { JobRunner } from '../run/worker.ts'
import type { Iteration } from '../sim/iteration.ts'
import { metricsOf } from '../sim/metrics/metrics.ts'
import type { Probe } from '../sim/probe.ts'
import type { Metrics } from '../sim/result.ts'
import { RoutingOpener } from '../trace/portable.ts'

/** Ends a simulation whose rest nobody will look at. */
class SeenEnough extends Error {}

/** An experiment on its first seed. */
export class Stage {
  /** The schedulers that can be observed. */
  readonly schedulers: readonly SchedulerChoice[]
  /** Ids of those that cannot: their layers run interleaved. */
  readonly leftOut: readonly string[]
  private readonly interruption: Io['interruption']
  private readonly run: SeedRun
  private readonly runner = new JobRunner()

  /** Throws UserError where the routing does not hold the work. */
  constructor(
    { interruption }: Pick<Io, 'interruption'>,
    experiment: Experiment,
    routing: ExperimentRouting,
  ) {
    const plan = planExperiment({ ...experiment, seeds: 1 }, 0, routing)
    const { portable } = routing.of(experiment.seed)
    const { seeds } = new ExperimentRun(plan, routing.workload(experiment), [portable], new RoutingOpener())
    this.interruption = interruption
    this.run = seeds[0]!
    this.schedulers = experiment.schedulers.filter((scheduler) => !runsInRow(scheduler))
    this.leftOut = experiment.schedulers.filter(runsInRow).map(({ id }) => id)
  }

  get seed(): number {
    return this.run.seed
  }

  get layers(): readonly number[] {
    return this.run.layers
  }

  get pkg(): Package {
    return this.run.pkg
  }

  /** Of the workload: the same for all layers. */
  get iterations(): readonly Iteration[] {
    return this.run.iterations
  }

  /** What a scheduler makes of the iterations of a layer. */
  iterationsOf(scheduler: SchedulerChoice, layer: number): readonly Iteration[] {
    const [planned] = this.run.job([layer], [scheduler]).schedulers
    return planned!.plan?.iterations ?? this.iterations
  }

  /**
   * One layer under one scheduler: its metrics, those of the run. `hasSeenEnough` is asked after each iteration: the rest is
   * not simulated then, and there are none.
   */
  async observe(
    scheduler: SchedulerChoice,
    layer: number,
    probe?: Probe,
    hasSeenEnough: () => boolean = () => false,
  ): Promise<Metrics | undefined> {
    invariant(this.layers.includes(layer), () => `layer ${layer} is observed and not simulated`)
    const checkpoint = async () => {
      if (hasSeenEnough()) throw new SeenEnough()
      await this.interruption.checkpoint()
    }
    try {
      const job = this.run.job([layer], [scheduler])
      const [one] = await this.runner.runLayers(job, { probe, checkpoint })
      return metricsOf(one!.totals, this.pkg)
    } catch (error) {
      if (error instanceof SeenEnough) return undefined
      throw error
    }
  }
}

/** Throws UserError where the routing does not hold the work. */
export async function openStage(
  io: Io,
  experiment: Experiment,
  onTraceRead: RunHooks['onTraceRead'],
): Promise<Stage> {
  return new Stage(io, experiment, await openRouting(io, experiment, onTraceRead))
}
