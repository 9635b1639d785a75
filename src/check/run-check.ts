// Reruns the cases of a check file and compares them with what was recorded, or records them anew.

import type { Experiment } from '../config/experiment/experiment.ts'
import { loadCase } from '../config/results/check-load.ts'
import { CHECKED_METRICS, type CheckFile, DEFAULT_TOLERANCE } from '../config/results/check-schema.ts'
import { type Diagnostic, finding, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type RunHooks, runExperiments } from '../run/run-many.ts'
import type { RunResult } from '../sim/result.ts'
import { type CheckRow, compareRecorded, recordedOf } from './differences.ts'

export interface CheckedCase {
  readonly name: string
  readonly rows: readonly CheckRow[]
}

export interface CheckResult {
  readonly file: string
  readonly cases: readonly CheckedCase[]
  /** The file with what came out now in the place of what was recorded. */
  readonly updated: CheckFile
}

export interface CheckRequest {
  readonly path: string
  readonly file: CheckFile
  /** Nothing has to be recorded, and configurations and traces may be others than those recorded. */
  readonly mayDiffer: boolean
}

/** Throws UserError where a case cannot run, or must not be compared. */
export async function runCheck(
  io: Io,
  { path, file, mayDiffer }: CheckRequest,
  hooks: RunHooks,
): Promise<CheckResult> {
  const experiments: Experiment[] = []
  for (const one of file.cases) {
    const { experiment, warnings } = await loadCase(io, one, path)
    for (const warning of warnings) hooks.onWarning(warning)
    experiments.push(experiment)
  }
  if (!mayDiffer) throwIfAny(file.cases.flatMap((one) => (one.results ? [] : [unrecorded(one.name, path)])))
  const results = await runExperiments(io, experiments, hooks)
  if (!mayDiffer) throwIfAny(file.cases.flatMap((one, i) => differences(one, results[i]!, path)))
  const metrics = file.metrics ?? CHECKED_METRICS
  const toleranceOf = (metric: string) => file.tolerances?.[metric] ?? file.tolerance ?? DEFAULT_TOLERANCE
  return {
    file: path,
    cases: file.cases.map(({ name, results: recorded = {} }, i) => ({
      name,
      rows: compareRecorded(recorded, results[i]!, metrics, toleranceOf),
    })),
    updated: {
      ...file,
      cases: file.cases.map(({ name, run }, i) => {
        const { configSha256, traceSha256 } = results[i]!
        return { name, run, configSha256, traceSha256, results: recordedOf(results[i]!, metrics) }
      }),
    },
  }
}

export const hasChanged = ({ cases }: CheckResult): boolean =>
  cases.some(({ rows }) => rows.some(({ verdict }) => verdict !== 'same'))

function throwIfAny(findings: readonly Diagnostic[]): void {
  if (findings.length > 0) throw new UserError(findings)
}

function unrecorded(name: string, file: string): Diagnostic {
  const what = `case "${name}" has no results to compare with`
  return finding('conflict', { what, hint: 'record them with --update' }, { file })
}

function differences(
  { name, configSha256, traceSha256 }: CheckFile['cases'][number],
  result: RunResult,
  file: string,
): Diagnostic[] {
  const different = [
    ...(configSha256 === result.configSha256 ? [] : ['configuration']),
    ...(traceSha256 === result.traceSha256 ? [] : ['routing']),
  ]
  if (different.length === 0) return []
  const what = `case "${name}" has another ${different.join(' and ')} than was recorded`
  const hint = 'compare all the same with --changed-input, or record the new results with --update'
  return [finding('conflict', { what, hint }, { file })]
}
