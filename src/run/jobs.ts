// What threads are given to do and what comes of it, as plain data; and jobs with their place in the queue of a run.
import type { PackageSpec } from '../hardware/package.ts'
import type { EndToEnd } from '../sim/end-to-end.ts'
import type { Iteration } from '../sim/iteration.ts'
import type { SchedulerSetting } from '../sim/layer.ts'
import type { Totals } from '../sim/metrics/totals.ts'
import type { PortableRouting } from '../trace/source.ts'
import type { Failure } from './failure.ts'
import type { Plan } from './plan.ts'
import type { Workload } from './workload.ts'

/** What the jobs of one seed have in common. */
export interface JobSetting extends PackageSpec {
  readonly seed: number
  readonly iterations: readonly Iteration[]
  /** The die of every token, by iteration. */
  readonly restingDie: readonly Int32Array[]
  readonly endToEnd?: EndToEnd | undefined
  /** As in LayerSetting. */
  readonly findsOptimum?: boolean | undefined
  readonly routing: PortableRouting
  /** Repetitions with a late message. */
  readonly jitter: number
}

/** Some schedulers on one layer, or on several in a row that each read ahead for the next. */
export interface LayerJob {
  readonly kind: 'layers'
  readonly setting: JobSetting
  readonly layers: readonly number[]
  readonly schedulers: readonly (SchedulerSetting & { readonly id: string })[]
}

/** A whole experiment that is soon over: added up and written out where it runs, so that only text travels. */
export interface PointJob {
  readonly kind: 'point'
  /** Of the record, and what it says of where it comes from. */
  readonly head: { readonly id: string; readonly moesim: string; readonly traceSha256: string }
  readonly plan: Plan
  readonly workload: Workload
  /** By seed. */
  readonly routings: readonly PortableRouting[]
}

export type Job = LayerJob | PointJob

/** Of one layer of one seed under one scheduler. */
export interface LayerTotals {
  readonly seed: number
  readonly layer: number
  readonly id: string
  readonly totals: Totals
}

/** `totals` of a LayerJob, the `record` of a PointJob as JSON. */
export type JobOutcome =
  | { readonly kind: 'totals'; readonly totals: readonly LayerTotals[] }
  | { readonly kind: 'record'; readonly record: string }

/** What comes of jobs that are sent together. */
export interface BatchOutcome {
  /** Of the first jobs, in order: of all, unless there is a failure. */
  readonly outcomes: readonly JobOutcome[]
  /** What the job behind the last outcome threw. */
  readonly failure?: Failure
}

/** A job in the queue: what is on it beside the job stays on the main thread. */
export interface QueuedJob<J extends Job = Job> {
  readonly job: J
  /** Roughly how long it takes, in microseconds: see costUsOf. */
  readonly costUs: number
  /** Goes to the thread of the job before it, however long both take: it finds there what that one has made. */
  readonly follows?: boolean
}

/** Of an experiment, `index` among those that run together. */
export interface ExperimentJob<J extends Job = Job> extends QueuedJob<J> {
  readonly index: number
  /** Layers that it simulates, each counted once for every scheduler. */
  readonly simulations: number
}
