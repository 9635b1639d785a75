// The --workers option of commands that simulate. Results do not depend on it, so it is no part of an experiment.
import { fail } from '../errors.ts'
import type { CliIo } from './ports.ts'

/** Far beyond what any machine has. */
const MOST_WORKERS = 1024

export const WORKERS_FLAG = '--workers <n>'
export const WORKERS_HELP =
  'threads to simulate on at most; 0: the main thread alone (default: one per core; results are the same)'

/** `io` with as many threads as the option says, or as it has. */
export function withThreads(io: CliIo, workers: string | undefined): CliIo {
  if (workers === undefined) return io
  const threads = /^\d{1,4}$/.test(workers) ? Number(workers) : Number.NaN
  if (threads <= MOST_WORKERS) return { ...io, workers: { ...io.workers, threads } }
  return fail('usage', {
    what: `--workers must be a whole number from 0 to ${MOST_WORKERS}, got "${workers}"`,
  })
}
