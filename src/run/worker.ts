// What a worker thread runs: jobs in, their outcomes out, up to the first failure, which goes out as data too.
import { type Failure, failureOf } from './failure.ts'
import { type Job, type JobOutcome, runJob } from './job.ts'
import { JobRunner } from './layer-job.ts'

export interface BatchResult {
  /** Of the first jobs, in order: of all, unless there is a failure. */
  readonly outcomes: readonly JobOutcome[]
  /** What the job behind the last outcome threw. */
  readonly failure?: Failure
}

/** One for the life of the thread, so that what a job leaves behind serves the next one. */
const runner = new JobRunner()

export default async function runBatch(jobs: readonly Job[]): Promise<BatchResult> {
  const outcomes: JobOutcome[] = []
  for (const job of jobs) {
    try {
      outcomes.push(await runJob(runner, job))
    } catch (error) {
      return { outcomes, failure: failureOf(error) }
    }
  }
  return { outcomes }
}
