// `moesim validate`: every finding about configs and traces, and nothing simulated.
import type { Command } from 'commander'
import { type Diagnostic, fail, UserError } from '../../errors.ts'
import { countLine, EXIT } from '../failure.ts'
import type { Session } from '../session.ts'

interface ValidateOptions {
  readonly model?: string
  readonly showDefaults?: boolean
}

const DEFAULT_FILE = 'experiment.yaml'

export function addValidate(program: Command, session: Session): Command {
  return program
    .command('validate')
    .description('check configs and traces without simulating anything')
    .argument(
      '[config...]',
      'configs (.yaml, .json) and traces (.csv, .jsonl, .parquet, .npy, directories)',
      [DEFAULT_FILE],
    )
    .option('--model <name>', 'the model that traces must fit')
    .option('--show-defaults', 'print each config with every default filled in')
    .action((paths: readonly string[], options: ValidateOptions) => validate(session, paths, options))
    .addHelpText(
      'after',
      `
Examples:
  moesim validate experiment.yaml
  moesim validate configs/hardware/*.yaml --show-defaults
  moesim validate traces/chat.csv.gz --model mixtral-8x7b`,
    )
}

async function validate(session: Session, paths: readonly string[], options: ValidateOptions): Promise<void> {
  for (const path of paths) {
    const checked = (await isTrace(session, path))
      ? await checkTrace(session, path, options.model)
      : await checkConfig(session, path)
    for (const diagnostic of checked.diagnostics) session.diagnostic(diagnostic)
    const errors = checked.diagnostics.filter(({ severity }) => severity === 'error').length
    session.result(`${path}: ${countLine(errors, checked.diagnostics.length - errors)}\n`)
    if (errors > 0) session.exitCode = EXIT.badInput
    if (options.showDefaults && checked.resolved !== undefined) {
      session.result(`${JSON.stringify(checked.resolved, spellUnlimited, 2)}\n`)
    }
    session.throwIfInterrupted()
  }
}

/** JSON has no Infinity; config files say `unlimited`. */
function spellUnlimited(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? 'unlimited' : value
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[]
  /** The config with all defaults, where it is valid. */
  readonly resolved?: unknown
}

async function checkConfig(session: Session, path: string): Promise<Checked> {
  const { validateConfig } = await import('../../config/results/check-file.ts')
  return validateConfig(session.io, path)
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
  const { openTrace } = await import('../../trace/open.ts')
  const { expectationOf } = await import('../../trace/expectation.ts')
  try {
    await openTrace(session.io, path, expectationOf(model), () => session.throwIfInterrupted())
    return { diagnostics: [] }
  } catch (error) {
    if (error instanceof UserError) return { diagnostics: error.diagnostics }
    throw error
  }
}

async function isTrace(session: Session, path: string): Promise<boolean> {
  if (/\.(csv|jsonl|parquet|npy|npz)(\.gz)?$/i.test(path)) return true
  return (await session.io.stat(path))?.kind === 'directory'
}
