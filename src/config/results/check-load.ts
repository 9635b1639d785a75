// Reads the file of `moesim check`, and the experiments that its cases run.
import { UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { parseConfig } from '../document.ts'
import { locateTrace } from '../experiment/routing.ts'
import { besideFile, isPath, readConfig } from '../library.ts'
import { limitableMetrics } from '../limits.ts'
import { type LoadedExperiment, loadExperiment } from '../load.ts'
import { readWith, reporter, reportReserved } from '../validate.ts'
import { viewOf } from '../view.ts'
import { type CaseLimit, readCaseLimits } from './check-limits.ts'
import { type CheckCase, type CheckFile, checkSchema } from './check-schema.ts'

export interface ReadCheckFile {
  readonly file: CheckFile
  /** Of each case. */
  readonly limits: readonly (readonly CaseLimit[])[]
}

/** Throws UserError with everything that is wrong with the file. */
export async function readCheckFile(io: Io, path: string): Promise<ReadCheckFile> {
  const view = viewOf(parseConfig(path, await readConfig(io, path)))
  const report = reporter(view, 'the file')
  const file = readWith(checkSchema, view, 'the file', report)
  if (file !== undefined) {
    const known = limitableMetrics()
    const unknown = (name: string) => !known.includes(name)
    file.metrics?.forEach((name, i) => {
      if (unknown(name)) report.badValue(['metrics', i], `one of ${known.join(', ')}`)
    })
    reportReserved(view.value, [], report)
    for (const name of Object.keys(file.tolerances ?? {}).filter(unknown)) {
      report.at(
        'unknown-key',
        ['tolerances', name],
        { key: name, within: 'tolerances', allowed: known },
        'key',
      )
    }
    const names = file.cases.map(({ name }) => name)
    names.forEach((name, i) => {
      if (names.indexOf(name) < i) report.badValue(['cases', i, 'name'], 'a name that no other case has')
    })
  }
  const limits = file?.cases.map((one, i) => readCaseLimits(one, i, view, report.findings))
  if (file === undefined || limits === undefined || report.findings.length > 0)
    throw new UserError(report.findings)
  return { file, limits }
}

/**
 * The experiment of a case of the file at `path`; paths in it are relative to that file. Throws UserError, of which what
 * is not in a file of its own is said to be in this case.
 */
export async function loadCase(io: Io, one: CheckCase, path: string): Promise<LoadedExperiment> {
  const where = `${path}, case "${one.name}"`
  try {
    return await loadRun(io, one.run, path, where)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const isOfFlag = (file: string | undefined) => file === undefined || file.startsWith('--')
    throw new UserError(
      error.diagnostics.map((diagnostic) => {
        const { file } = diagnostic
        if (!isOfFlag(file)) return diagnostic
        return { ...diagnostic, file: file === undefined ? where : `${where}, ${file}` }
      }),
    )
  }
}

async function loadRun(
  io: Io,
  run: CheckCase['run'],
  path: string,
  where: string,
): Promise<LoadedExperiment> {
  const beside = (text: string | undefined) =>
    text !== undefined && isPath(text) ? besideFile(text, path) : text
  const { experiment, set, decode_steps: decodeSteps, trace, ...flags } = run
  const file = beside(experiment)
  return loadExperiment(io, {
    ...(file !== undefined && { file }),
    flags: {
      ...flags,
      decodeSteps,
      hardware: beside(run.hardware),
      model: beside(run.model),
      ...(trace !== undefined && {
        trace: await locateTrace(io, trace, besideFile(trace, path), { file: where }),
      }),
    },
    sets: set ?? [],
  })
}
