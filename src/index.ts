// The library's door: what a program that imports moesim gets. Results are those of the command line, byte for byte.
import { nodeIo } from './cli/node/io.ts'
import { readVersion } from './cli/node/version.ts'
import type { Experiment } from './config/experiment/experiment.ts'
import type { ExperimentFlags } from './config/flags.ts'
import { loadExperiment as load } from './config/load.ts'
import { loadModel } from './config/model/model.ts'
import type { Diagnostic } from './errors.ts'
import { runExperiments } from './run/run-many.ts'
import type { RunResult } from './sim/result.ts'
import { expectationOf } from './trace/expectation.ts'
import { type OpenedTrace, readTrace as read } from './trace/open.ts'

export type { Experiment } from './config/experiment/experiment.ts'
export { type Diagnostic, render as renderDiagnostic, UserError } from './errors.ts'
export type { OptionTable } from './schedulers/options.ts'
export { taskScheduler } from './schedulers/round-robin.ts'
export type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from './schedulers/scheduler.ts'
export { addScheduler } from './schedulers/table.ts'
export { expertFrom, expertTo, type LayerWork } from './schedulers/work.ts'
export type { LayerResult, Metric, Metrics, RunResult, SchedulerResult } from './sim/result.ts'
export type { OpenedTrace } from './trace/open.ts'
export type { RoutingSource } from './trace/source.ts'

/** What changes an experiment, as the options of `moesim run` do, and who hears of what is odd in it. */
export interface ExperimentChanges extends Omit<ExperimentFlags, 'format' | 'output'> {
  /** As `--set`: `path.to.key=value` texts, such as `hardware.link.bandwidth=96 GB/s`. */
  readonly set?: readonly string[]
  readonly onWarning?: (warning: Diagnostic) => void
}

/**
 * An experiment by the path of its file or the name of a bundled one, validated and in base units. Throws UserError with
 * everything that is wrong.
 */
export async function loadExperiment(file = 'demo', changes: ExperimentChanges = {}): Promise<Experiment> {
  const { set = [], onWarning = () => {}, ...flags } = changes
  const { experiment, warnings } = await load(nodeIo, { file, flags, sets: set })
  for (const warning of warnings) onWarning(warning)
  return experiment
}

export interface RunOptions {
  /** Threads beside the main one; the result does not depend on it. Default: none. */
  readonly threads?: number
  readonly onWarning?: (warning: Diagnostic) => void
}

/** Simulates an experiment: what `moesim run --format json` prints, as data. Throws UserError where it cannot run. */
export async function run(experiment: Experiment, options: RunOptions = {}): Promise<RunResult> {
  const { threads = 0, onWarning = () => {} } = options
  const io = { ...nodeIo, workers: { ...nodeIo.workers, threads } }
  const [result] = await runExperiments(io, [experiment], {
    version: readVersion(),
    onTraceRead: () => {},
    onProgress: async () => {},
    onWarning,
  })
  return result!
}

/** A recorded trace, a file or a directory, for a model: a bundled name or the path of its file. Throws UserError. */
export async function readTrace(path: string, model: string): Promise<OpenedTrace> {
  return read(nodeIo, path, expectationOf(await loadModel(nodeIo, model)))
}
