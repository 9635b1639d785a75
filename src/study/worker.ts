// What a worker thread runs: layer jobs in, their totals out, up to the first failure, which goes out as data too.
import type { TotalsData } from '../sim/totals.ts'
import { type Failure, failureOf } from './failure.ts'
import { JobRunner, type LayerJob } from './layer-job.ts'

export interface BatchResult {
  /** Of the first jobs, in order: of all, unless there is a failure. */
  readonly totals: readonly TotalsData[][]
  /** What the job behind the last totals threw. */
  readonly failure?: Failure
}

/** One for the life of the thread, so that what a job leaves behind serves the next one. */
const runner = new JobRunner()

export default async function runBatch(jobs: readonly LayerJob[]): Promise<BatchResult> {
  const totals: TotalsData[][] = []
  for (const job of jobs) {
    try {
      totals.push(await runner.run(job))
    } catch (error) {
      return { totals, failure: failureOf(error) }
    }
  }
  return { totals }
}
