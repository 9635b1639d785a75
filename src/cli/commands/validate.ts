// `moesim validate`: every finding about configs and traces, and nothing simulated.
import type { Command } from 'commander'
import { type Diagnostic, fail, finding, UserError } from '../../errors.ts'
import { addExperimentOptions, type ExperimentOptions, requestOf } from '../experiment-options.ts'
import { countLine, EXIT } from '../failure.ts'
import type { Session } from '../session.ts'

interface ValidateOptions extends ExperimentOptions {
  readonly showDefaults?: boolean
}

const DEFAULT_FILE = 'experiment.yaml'

export function addValidate(program: Command, session: Session): Command {
  const command = program
    .command('validate')
    .description('check configs and traces without simulating anything')
    .argument(
      '[config...]',
      'configs (.yaml, .json, bundled names) and traces (.csv, .jsonl, .parquet, .npy, directories)',
      [DEFAULT_FILE],
    )
    .option('--show-defaults', 'print a config that says the same with every default filled in')
  return addExperimentOptions(command)
    .action((paths: readonly string[], options: ValidateOptions) => validate(session, paths, options))
    .addHelpText(
      'after',
      `
--hardware to --set change experiments, as in moesim run; --model also says what traces must fit.

Examples:
  moesim validate experiment.yaml
  moesim validate demo --hardware my-package.yaml --set workload.tokens=64
  moesim validate experiment.yaml --show-defaults > whole.yaml
  moesim validate traces/chat.csv.gz --model mixtral-8x7b`,
    )
}

async function validate(session: Session, paths: readonly string[], options: ValidateOptions): Promise<void> {
  const { showDefaults = false, ...changes } = options
  if (showDefaults && paths.length > 1) {
    fail('usage', { what: '--show-defaults with several configs', hint: 'print one at a time' })
  }
  for (const path of paths) {
    const checked = (await isTrace(session, path))
      ? await checkTrace(session, path, options.model)
      : await checkConfig(session, path, changes)
    for (const diagnostic of checked.diagnostics) session.diagnostic(diagnostic)
    const errors = checked.diagnostics.filter(({ severity }) => severity === 'error').length
    const summary = `${path}: ${countLine(errors, checked.diagnostics.length - errors)}`
    if (errors > 0) session.exitCode = EXIT.badInput
    // What is printed is a config, so that it can be saved as one.
    if (showDefaults) session.note(summary)
    else session.result(`${summary}\n`)
    if (showDefaults && checked.filled !== undefined) session.result(checked.filled)
    session.throwIfInterrupted()
  }
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[]
  /** The config with all defaults, where it is valid. */
  readonly filled?: string
}

async function checkConfig(session: Session, path: string, changes: ExperimentOptions): Promise<Checked> {
  const { validateConfig } = await import('../../config/results/check-file.ts')
  return validateConfig(session.io, path, await requestOf(changes))
}

async function checkTrace(session: Session, path: string, modelName: string | undefined): Promise<Checked> {
  if (modelName === undefined) {
    fail(
      'usage',
      { what: 'a trace is checked against a model', hint: 'say which one with --model NAME' },
      { file: path },
    )
  }
  const { loadModel } = await import('../../config/model/model.ts')
  const model = await loadModel(session.io, modelName)
  const { readTrace } = await import('../../trace/open.ts')
  const { warningsOfTrace } = await import('../../trace/summary.ts')
  const { expectationOf } = await import('../../trace/expectation.ts')
  try {
    const expectation = expectationOf(model)
    const trace = await readTrace(session.io, path, expectation, {
      onProgress: () => session.throwIfInterrupted(),
    })
    const at = { file: path, severity: 'warning' } as const
    const warnings = warningsOfTrace(trace, expectation).map((what) => finding('trace', { what }, at))
    return { diagnostics: warnings }
  } catch (error) {
    if (error instanceof UserError) return { diagnostics: error.diagnostics }
    throw error
  }
}

async function isTrace(session: Session, path: string): Promise<boolean> {
  if (/\.(csv|jsonl|parquet|npy|npz)(\.gz)?$/i.test(path)) return true
  return (await session.io.stat(path))?.kind === 'directory'
}
