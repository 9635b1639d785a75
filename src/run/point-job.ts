// A short experiment as one job: simulated, added up and written out where it runs, so that only text travels.
import { canonicalExperiment } from '../config/canonical.ts'
import { ExperimentRun, type RunPlan } from './experiment-run.ts'
import type { JobRunner } from './layer-job.ts'
import { recordOf } from './point-record.ts'

/** Survives a structured clone. */
export interface PointJob {
  /** Of the record, and what it says of where it comes from. */
  readonly head: { readonly id: string; readonly moesim: string; readonly traceSha256: string }
  readonly plan: PortablePlan
}

/** A plan without its routing, which is opened where it is needed. */
interface PortablePlan extends Omit<RunPlan, 'seeds'> {
  readonly seeds: readonly Omit<RunPlan['seeds'][number], 'source'>[]
}

/** The record of the point as JSON: the same text as from its result. Throws UserError where the point cannot run. */
export async function runPoint(
  runner: JobRunner,
  { head, plan }: PointJob,
  checkpoint?: () => Promise<void>,
): Promise<string> {
  const seeds = plan.seeds.map((seed) => ({ ...seed, source: runner.routing(seed.portable) }))
  const run = new ExperimentRun(0, { ...plan, seeds })
  for (const [seed, layer] of run.seedLayers) {
    for (const task of run.tasksOf(seed, layer, 1)) run.add(task, await runner.run(task.job, checkpoint))
  }
  const { experiment } = plan
  return JSON.stringify(
    recordOf({
      ...head,
      seeds: seeds.map(({ seed }) => seed),
      baseline: experiment.baseline,
      experiment: canonicalExperiment(experiment),
      results: run.results(),
    }),
  )
}
