// Reruns the cases of a check file and compares them with what was recorded and with their limits, or records them anew.

import type { Experiment } from '../config/experiment/experiment.ts'
import { assertSchedulersRun } from '../config/results/check-limits.ts'
import { loadCase, type ReadCheckFile } from '../config/results/check-load.ts'
import type { CheckCase, CheckFile } from '../config/results/check-schema.ts'
import { type Diagnostic, finding, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type RunHooks, runExperiments } from '../run/run-many.ts'
import type { RunResult } from '../sim/result.ts'
import { type CheckRow, compareRecorded, recordedOf } from './differences.ts'
import { judgeLimits, type LimitRow } from './limits.ts'

/** Metrics that are recorded where a file names none. */
const CHECKED_METRICS = ['speedup', 'latency', 'peakSramPackage', 'memoryRead', 'd2dByteHops']
/** Relative change that is let pass where a file names none: results are deterministic. */
const DEFAULT_TOLERANCE = 0

interface CheckedCase {
  readonly name: string
  readonly rows: readonly CheckRow[]
  readonly limits: readonly LimitRow[]
}

export interface CheckResult {
  readonly file: string
  readonly cases: readonly CheckedCase[]
  /** The file with what came out now in the place of what was recorded. */
  readonly updated: CheckFile
}

export interface CheckRequest extends ReadCheckFile {
  readonly path: string
  /** What comes out is to be recorded: nothing has to be as it was. */
  readonly isUpdate: boolean
  /** Nothing has to be recorded, and configurations and traces may be others than those recorded. */
  readonly mayDiffer: boolean
}

/** Throws UserError where a case cannot run, or must not be compared. */
export async function runCheck(
  io: Io,
  { path, file, limits, isUpdate, mayDiffer }: CheckRequest,
  hooks: RunHooks,
): Promise<CheckResult> {
  const experiments: Experiment[] = []
  for (const [i, one] of file.cases.entries()) {
    const { experiment, warnings } = await loadCase(io, one, path)
    assertSchedulersRun(
      limits[i]!,
      experiment.schedulers.map(({ id }) => id),
    )
    for (const warning of warnings) hooks.onWarning(warning)
    experiments.push(experiment)
  }
  if (!mayDiffer)
    throwIfAny(
      file.cases.flatMap((one) => (one.results || hasOnlyLimits(one) ? [] : [unrecorded(one.name, path)])),
    )
  const results = await runExperiments(io, experiments, hooks)
  if (!mayDiffer) throwIfAny(file.cases.flatMap((one, i) => differences(one, results[i]!, path)))
  const metrics = file.metrics ?? CHECKED_METRICS
  const toleranceOf = (metric: string) => file.tolerances?.[metric] ?? file.tolerance ?? DEFAULT_TOLERANCE
  return {
    file: path,
    cases: file.cases.map((one, i) => ({
      name: one.name,
      rows:
        isUpdate || !hasOnlyLimits(one)
          ? compareRecorded(one.results ?? {}, results[i]!, metrics, toleranceOf)
          : [],
      limits: judgeLimits(limits[i]!, results[i]!),
    })),
    updated: {
      ...file,
      cases: file.cases.map(({ name, run, limits }, i) => {
        const { configSha256, traceSha256 } = results[i]!
        const asked = { name, run, ...(limits && { limits }) }
        return { ...asked, configSha256, traceSha256, results: recordedOf(results[i]!, metrics) }
      }),
    },
  }
}

export const hasChanged = ({ cases }: CheckResult): boolean =>
  cases.some(({ rows }) => rows.some(({ verdict }) => verdict !== 'same'))

export const hasBrokenLimit = ({ cases }: CheckResult): boolean =>
  cases.some(({ limits }) => limits.some(({ verdict }) => verdict === 'broken'))

/** What is not as it should be, and nothing else. */
export function onlyChanged(result: CheckResult): CheckResult {
  const cases = result.cases.map((one) => ({
    ...one,
    rows: one.rows.filter(({ verdict }) => verdict !== 'same'),
    limits: one.limits.filter(({ verdict }) => verdict !== 'kept'),
  }))
  return { ...result, cases: cases.filter(({ rows, limits }) => rows.length + limits.length > 0) }
}

/** A case that is judged by its limits alone, whatever its values. */
const hasOnlyLimits = ({ results, limits }: CheckCase) => results === undefined && limits !== undefined

function throwIfAny(findings: readonly Diagnostic[]): void {
  if (findings.length > 0) throw new UserError(findings)
}

function unrecorded(name: string, file: string): Diagnostic {
  const what = `case "${name}" has no results to compare with`
  return finding('conflict', { what, hint: 'record them with --update' }, { file })
}

function differences(one: CheckCase, result: RunResult, file: string): Diagnostic[] {
  if (hasOnlyLimits(one)) return []
  const { name, configSha256, traceSha256 } = one
  const different = [
    ...(configSha256 === result.configSha256 ? [] : ['configuration']),
    ...(traceSha256 === result.traceSha256 ? [] : ['routing']),
  ]
  if (different.length === 0) return []
  const what = `case "${name}" has another ${different.join(' and ')} than was recorded`
  const hint = 'compare all the same with --changed-input, or record the new results with --update'
  return [finding('conflict', { what, hint }, { file })]
}
