// Runs jobs, on a thread of its own or on the main one: jobs in, what comes of them out.
import { packageOf } from '../hardware/package.ts'
import type { TopologySpec } from '../hardware/spec.ts'
import { buildTopology, type Topology } from '../hardware/topology.ts'
import { simulateChain } from '../sim/ahead/chain.ts'
import { simulateLayer, type WatchedScheduler } from '../sim/layer.ts'
import type { Totals } from '../sim/metrics/totals.ts'
import type { Probe } from '../sim/probe.ts'
import { simulateWithTrials } from '../sim/trials.ts'
import { RoutingOpener } from '../trace/portable.ts'
import { ExperimentRun } from './experiment-run.ts'
import { failureOf } from './failure.ts'
import type { BatchOutcome, Job, JobOutcome, LayerJob, LayerTotals, PointJob } from './jobs.ts'
import { recordOf, subjectOf } from './point-record.ts'

/** Who looks on while a layer runs. */
interface Watch {
  readonly probe?: Probe | undefined
  /** Awaited after every iteration: a place to stop by throwing. */
  readonly checkpoint?: (() => Promise<void>) | undefined
}

/** Runs jobs one after the other; keeps what the next job may need again. */
export class JobRunner {
  private readonly routings = new RoutingOpener()
  private topology: { readonly key: string; readonly value: Topology } | undefined

  /** Throws UserError. */
  async run(job: Job, checkpoint?: () => Promise<void>): Promise<JobOutcome> {
    return job.kind === 'layers'
      ? { kind: 'totals', totals: await this.runLayers(job, { checkpoint }) }
      : { kind: 'record', record: await this.runPoint(job, checkpoint) }
  }

  /** Totals layer by layer, of each scheduler in the order of the job. Throws UserError. */
  async runLayers(job: LayerJob, { probe, checkpoint }: Watch = {}): Promise<LayerTotals[]> {
    const { layers, schedulers } = job
    const { iterations, restingDie, endToEnd, findsOptimum, seed, jitter, ...spec } = job.setting
    const pkg = packageOf(spec, this.topologyOf(spec.hardware.topology))
    const routing = this.routings.open(spec.routing)
    const setting = {
      ...{ pkg, routing, iterations, restingDie, endToEnd, findsOptimum, seed },
      jitter: { repetitions: jitter, seed },
    }
    const watched = schedulers.map((scheduler) => ({ ...scheduler, probe }))
    const [layer, ...following] = layers
    const simulate = async (some: readonly WatchedScheduler[]): Promise<Totals[][]> => {
      if (some.length === 0) return []
      if (following.length === 0) {
        const totals = await simulateLayer({ ...setting, layer: layer! }, some, checkpoint)
        return totals.map((one) => [one])
      }
      const chains: Totals[][] = []
      for (const one of some) chains.push(await simulateChain({ ...setting, layers }, one, checkpoint))
      return chains
    }
    const byScheduler = await simulateWithTrials(watched, simulate)
    return layers.flatMap((of, at) =>
      schedulers.map(({ id }, i) => ({ seed, layer: of, id, totals: byScheduler[i]![at]! })),
    )
  }

  /** The record of the point as JSON: the same text as from its result. Throws UserError where the point cannot run. */
  private async runPoint(
    { head, plan, workload, routings }: PointJob,
    checkpoint?: () => Promise<void>,
  ): Promise<string> {
    const run = new ExperimentRun(plan, workload, routings, this.routings)
    for (const [seed, layer] of run.seedLayers) {
      for (const queued of run.jobsOf(seed, layer, 1)) {
        run.add(queued, await this.runLayers(queued.job, { checkpoint }))
      }
    }
    return JSON.stringify(recordOf({ ...head, ...subjectOf(plan.experiment), results: run.results() }))
  }

  private topologyOf(spec: TopologySpec): Topology {
    const key = JSON.stringify(spec)
    if (this.topology?.key !== key) this.topology = { key, value: buildTopology(spec) }
    return this.topology.value
  }
}

/** One for the life of the thread, so that what a job leaves behind serves the next one. */
const runner = new JobRunner()

/** Up to the first failure, which goes out as data too. */
export default async function runBatch(jobs: readonly Job[]): Promise<BatchOutcome> {
  const outcomes: JobOutcome[] = []
  for (const job of jobs) {
    try {
      outcomes.push(await runner.run(job))
    } catch (error) {
      return { outcomes, failure: failureOf(error) }
    }
  }
  return { outcomes }
}
