// What is kept of a point that is done, and the line that holds it: checked by a hash, so that damage never passes.
import { canonicalExperiment } from '../config/canonical.ts'
import type { Experiment } from '../config/experiment/experiment.ts'
import type { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { RunResult, SchedulerResult } from '../sim/result.ts'
import { seedsOf } from './plan.ts'

/** Layers are left out: `moesim run` shows them. */
export type PointScheduler = Omit<SchedulerResult, 'layers'>

export interface PointRecord {
  readonly id: string
  readonly moesim: string
  readonly seeds: readonly number[]
  readonly baseline: string
  /** The resolved experiment: what `id` is the hash of. */
  readonly experiment: unknown
  /** Absent where the point cannot run. */
  readonly traceSha256?: string
  /** None where the point cannot run. */
  readonly results: readonly PointScheduler[]
  /** Why it cannot run, such as too little SRAM. */
  readonly error?: string
}

/** What results and records say of an experiment. */
export function subjectOf(experiment: Experiment): Pick<PointRecord, 'baseline' | 'seeds' | 'experiment'> {
  const { baseline } = experiment
  return { baseline, seeds: seedsOf(experiment), experiment: canonicalExperiment(experiment) }
}

/** Of a result, and the id of its point. */
export function recordOf(
  result: Pick<PointRecord, 'id'> & Omit<RunResult, 'schemaVersion' | 'configSha256'>,
): PointRecord {
  const { id, moesim, seeds, baseline, experiment, traceSha256, results } = result
  return {
    ...{ id, moesim, seeds, baseline, experiment, traceSha256 },
    results: results.map(({ id, scheduler, options, boundBy, metrics }) => ({
      ...{ id, scheduler, options, boundBy, metrics },
    })),
  }
}

/** Of a point that cannot run. */
export function refusalOf(
  head: Pick<PointRecord, 'id' | 'moesim'>,
  experiment: Experiment,
  error: UserError,
): PointRecord {
  return { ...head, ...subjectOf(experiment), results: [], error: error.message }
}

const CHECK_DIGITS = 16
const LINE = /^\{"check":"([0-9a-f]{16})","point":(\{.*\})\}$/

/** With its line break. `point`: a record as JSON; equal records have equal lines. */
export function lineOf(io: Pick<Io, 'hash'>, point: string): string {
  return `{"check":"${checkOf(io, point)}","point":${point}}\n`
}

/** The record of a line without its break; undefined where it is not as it was written. */
export function recordIn(io: Pick<Io, 'hash'>, line: string): PointRecord | undefined {
  const [, check, point = ''] = LINE.exec(line) ?? []
  return check !== undefined && check === checkOf(io, point) ? (JSON.parse(point) as PointRecord) : undefined
}

function checkOf(io: Pick<Io, 'hash'>, text: string): string {
  const hash = io.hash()
  hash.update(text)
  return hash.hex().slice(0, CHECK_DIGITS)
}
