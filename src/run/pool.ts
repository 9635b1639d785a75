// Runs jobs, on worker threads where that is worth their start, and hands what they give over in their order.
import type { Piscina } from 'piscina'
import { finding, UserError } from '../errors.ts'
import type { Io, Workers } from '../io.ts'
import { formatQuantity } from '../units.ts'
import { errorOf } from './failure.ts'
import type { BatchOutcome, Job, JobOutcome, QueuedJob } from './jobs.ts'
import { JobRunner } from './worker.ts'

/** A job that is over; `refused`: its work cannot run. */
export interface Done<T extends QueuedJob> {
  readonly queued: T
  readonly outcome: JobOutcome | { readonly kind: 'refused'; readonly error: UserError }
}

/** Most objects of an iteration die before they are copied. With half as much a step of Kimi-K2's 384 experts takes half as long again. */
const YOUNG_MB = 96
/** A shorter run is over before threads have started and their code has become fast. */
const WORTH_THREADS_US = 500_000
/** Short jobs travel together, so that a message (about 0.1 ms) costs little beside them. */
const BATCH_US = 200_000
const MOST_JOBS_IN_BATCH = 64
/** Batches under way or waiting to be handed over: enough to keep all threads busy while one batch takes long. */
const BATCHES_PER_THREAD = 16
/** Of jobs that take long fewer wait, since each brings its tokens along; one behind the one at work is enough. */
const LONG_BATCHES_PER_THREAD = 2
const WAITING_US_PER_THREAD = 5_000_000
/** Beyond this much work, better code pays for what it takes to compile. */
const LONG_US = 5_000_000

/** Threads stay between runs until `close`, which must be called at the end. */
export class JobPool {
  private readonly io: Pick<Io, 'workers' | 'interruption'>
  private readonly runner = new JobRunner()
  private threads: Threads | undefined
  /** Work that has been given out so far. */
  private givenUs = 0

  constructor(io: Pick<Io, 'workers' | 'interruption'>) {
    this.io = io
  }

  /**
   * What comes of the jobs of a queue, in their order; they are taken when there is room for them. The same for any number of threads.
   * Throws what a job throws, other than UserError, or the reason of the interruption. Where it ends early, whoever ends it,
   * no job runs on.
   */
  async *run<T extends QueuedJob>(queue: Iterable<T> | AsyncIterable<T>): AsyncGenerator<Done<T>, void> {
    const { workers, interruption } = this.io
    if (workers.threads === 0) return yield* this.runInline(queue)
    const source = each(queue)
    const first: T[] = []
    let costUs = 0
    while (this.threads === undefined && costUs < WORTH_THREADS_US) {
      const { done, value } = await source.next()
      if (done === true) return yield* this.runInline(first)
      first.push(value)
      costUs += value.costUs
    }
    this.threads ??= await Threads.start(workers)
    const stop = () => void this.close()
    interruption.signal.addEventListener('abort', stop)
    let isWhole = false
    try {
      yield* this.runOnThreads(this.threads, batchesOf(chain(first, source)))
      isWhole = true
    } finally {
      interruption.signal.removeEventListener('abort', stop)
      if (!isWhole) await this.close()
    }
  }

  /** Stops the threads, whatever they are doing. */
  async close(): Promise<void> {
    await this.threads?.stop()
    this.threads = undefined
  }

  private async *runInline<T extends QueuedJob>(
    queue: Iterable<T> | AsyncIterable<T>,
  ): AsyncGenerator<Done<T>, void> {
    const { checkpoint } = this.io.interruption
    for await (const queued of queue) {
      this.noteWork(queued.costUs)
      yield { queued, outcome: await this.outcomeOf(queued.job, checkpoint) }
    }
  }

  private noteWork(costUs: number): void {
    const beforeUs = this.givenUs
    this.givenUs += costUs
    if (beforeUs < LONG_US && this.givenUs >= LONG_US) this.io.workers.onLong?.()
  }

  private async outcomeOf(job: Job, checkpoint: () => Promise<void>): Promise<Done<QueuedJob>['outcome']> {
    try {
      return await this.runner.run(job, checkpoint)
    } catch (error) {
      return refusalOf(error)
    }
  }

  private async *runOnThreads<T extends QueuedJob>(
    threads: Threads,
    batches: AsyncIterable<readonly T[]>,
  ): AsyncGenerator<Done<T>, void> {
    const { workers, interruption } = this.io
    /** In the order of the queue. */
    const posted: Posted<T>[] = []
    for await (const batch of batches) {
      interruption.signal.throwIfAborted()
      this.noteWork(costOf(batch))
      posted.push({ batch, answer: threads.post(batch.map(({ job }) => job)) })
      if (isEnough(posted, workers.threads)) yield* this.handOver(threads, posted.shift()!)
    }
    while (posted.length > 0) yield* this.handOver(threads, posted.shift()!)
  }

  private async *handOver<T extends QueuedJob>(
    threads: Threads,
    of: Posted<T>,
  ): AsyncGenerator<Done<T>, void> {
    let { batch, answer } = of
    while (batch.length > 0) {
      const { result, error } = await answer
      this.io.interruption.signal.throwIfAborted()
      if (result === undefined) throw error
      const { outcomes, failure } = result
      for (const [i, outcome] of outcomes.entries()) yield { queued: batch[i]!, outcome }
      if (failure === undefined) return
      yield { queued: batch[outcomes.length]!, outcome: refusalOf(errorOf(failure)) }
      // The thread has stopped at the failure: what is behind it goes there anew.
      batch = batch.slice(outcomes.length + 1)
      if (batch.length > 0) answer = threads.post(batch.map(({ job }) => job))
    }
  }
}

/** A message under way. */
interface Posted<T extends QueuedJob> {
  readonly batch: readonly T[]
  readonly answer: Promise<Answer>
}

/** Whether no more batches should be posted before one has been handed over. */
function isEnough(posted: readonly Posted<QueuedJob>[], threads: number): boolean {
  if (posted.length >= threads * BATCHES_PER_THREAD) return true
  if (posted.length < threads * LONG_BATCHES_PER_THREAD) return false
  const us = posted.reduce((sum, { batch }) => sum + costOf(batch), 0)
  return us >= threads * WAITING_US_PER_THREAD
}

function costOf(batch: readonly QueuedJob[]): number {
  return batch.reduce((sum, { costUs }) => sum + costUs, 0)
}

/** Throws whatever is not the user's. */
function refusalOf(error: unknown): Done<QueuedJob>['outcome'] {
  if (!(error instanceof UserError)) throw error
  return { kind: 'refused', error }
}

/** Settled without rejecting, because it may be looked at late. */
interface Answer {
  readonly result?: BatchOutcome
  readonly error?: unknown
}

/** The threads themselves. They start when there is work for them, at most so many, and keep what they have learnt. */
class Threads {
  private readonly piscina: Piscina<readonly Job[], BatchOutcome>
  private readonly workers: Workers
  /** Why no thread can start. */
  private broken: unknown
  private stopped: Promise<void> | undefined

  private constructor(piscina: Piscina<readonly Job[], BatchOutcome>, workers: Workers) {
    this.piscina = piscina
    this.workers = workers
    piscina.on('error', (error) => {
      this.broken = error
      void this.stop()
    })
  }

  static async start(workers: Workers): Promise<Threads> {
    const { Piscina } = await import('piscina')
    const { threads, file, heapBytes } = workers
    const maxOldGenerationSizeMb = Math.max(1, Math.floor(heapBytes / threads / 2 ** 20))
    const piscina = new Piscina<readonly Job[], BatchOutcome>({
      filename: file,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_MB,
        ...(heapBytes !== Infinity && { maxOldGenerationSizeMb }),
      },
    })
    return new Threads(piscina, workers)
  }

  async post(jobs: readonly Job[]): Promise<Answer> {
    try {
      return { result: await this.piscina.run(jobs) }
    } catch (error) {
      const cause = this.broken ?? error
      return { error: isOutOfMemory(cause) ? outOfMemory(jobs[0]!, this.workers) : cause }
    }
  }

  stop(): Promise<void> {
    this.stopped ??= this.piscina.destroy()
    return this.stopped
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

/** Threads run out of their heap because the run is large: no bug. */
function outOfMemory(job: Job, { threads, heapBytes }: Workers): UserError {
  const { model, hardware } = job.kind === 'point' ? job.plan.experiment : job.setting
  const share = formatQuantity(heapBytes / threads, 'size')
  const args = {
    what: `simulating a layer of ${model.name} on ${hardware.name}`,
    needs: `more than ${share} of memory`,
    has: `${share} for each of ${threads} threads`,
    hint: 'use fewer threads (--workers 1), fewer schedulers at a time, or fewer tokens per iteration',
  }
  return new UserError([finding('capacity', args)])
}

async function* each<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void> {
  yield* items
}

async function* chain<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield* first
  yield* rest
}

async function* batchesOf<T extends QueuedJob>(queue: AsyncIterable<T>): AsyncGenerator<readonly T[], void> {
  let batch: T[] = []
  let costUs = 0
  for await (const queued of queue) {
    const isFull = costUs >= BATCH_US || batch.length >= MOST_JOBS_IN_BATCH
    if (isFull && !queued.follows) {
      yield batch
      batch = []
      costUs = 0
    }
    batch.push(queued)
    costUs += queued.costUs
  }
  if (batch.length > 0) yield batch
}
