// What a thread can be asked to do: layers of an experiment for their totals, or a whole point of a sweep for its record.
import type { TotalsData } from '../sim/metrics/totals.ts'
import type { JobRunner, JobSetting, LayerJob } from './layer-job.ts'
import { type PointJob, runPoint } from './point-job.ts'

export type Job = LayerJob | PointJob

/** Totals of a LayerJob, as JobRunner gives them; the text of a PointJob. */
export type JobOutcome = readonly TotalsData[] | string

/** Throws UserError. */
export function runJob(runner: JobRunner, job: Job, checkpoint?: () => Promise<void>): Promise<JobOutcome> {
  return 'plan' in job ? runPoint(runner, job, checkpoint) : runner.run(job, checkpoint)
}

/** What it simulates, for people. */
export function subjectOf(job: Job): Pick<JobSetting, 'model' | 'hardware'> {
  return 'plan' in job ? job.plan.experiment : job.setting
}
