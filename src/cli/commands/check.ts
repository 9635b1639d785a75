// `moesim check`: reruns recorded cases and compares them, with limits too, so that CI notices when a speedup moves.
import { type Command, Option } from 'commander'
import type { CheckFormat } from '../../report/check/check.ts'
import { EXIT } from '../failure.ts'
import { assertWritable, writeFile } from '../output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { WORKERS_FLAG, WORKERS_HELP, withThreads } from '../workers.ts'

const FORMATS: readonly CheckFormat[] = ['table', 'json', 'markdown', 'junit', 'github']

interface CheckOptions {
  readonly update?: boolean
  readonly changedInput?: boolean
  readonly changed?: boolean
  readonly format: CheckFormat
  readonly output?: string
  readonly quiet?: boolean
  readonly workers?: string
}

export function addCheck(program: Command, session: Session): Command {
  return program
    .command('check')
    .description(
      'rerun recorded cases and compare metric by metric; exits with 1 where something changed or breaks a limit',
    )
    .argument('<file>', 'cases and what was recorded of them (.json)')
    .option('--update', 'record what comes out now, and show what changed')
    .option('--changed-input', 'compare although a configuration or trace is not the recorded one')
    .option('--changed', 'show only what changed or breaks a limit')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .option('--output <file>', 'write the comparison to a file')
    .option('--quiet', 'no progress, notes and warnings')
    .option(WORKERS_FLAG, WORKERS_HELP)
    .action((file: string, options: CheckOptions) => check(session, file, options))
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
A file to start with, whose results --update fills in:
  {"schemaVersion": 1, "tolerance": 0.01, "tolerances": {"speedup": 0.005},
   "cases": [{"name": "demo", "run": {"experiment": "demo", "layers": "sample:1"}}]}
"run" takes what moesim run takes: experiment, hardware, model, trace, from, schedulers, baseline, tokens, requests,
iterations, decode_steps, layers, seed, seeds, all as texts, and set, a list. Paths are relative to the file. "metrics" is a
list of what to record: see docs/metrics.md. A change of any size in either direction counts where no tolerance is given.
"limits" of a case bind a scheduler's metrics on one side, beside what is recorded or without, and --update keeps them:
  {"name": "demo", "run": {"experiment": "demo"}, "limits": {"fse-dp": ["speedup >= 1.01", "latency <= 24 ms"]}}

Examples:
  moesim check speedups.json --update
  moesim check speedups.json
  moesim check speedups.json --changed
  moesim check speedups.json --format github
  moesim check speedups.json --format junit --output report.xml`

async function check(session: Session, path: string, options: CheckOptions): Promise<void> {
  const { update = false, changedInput = false, changed = false, format, output, quiet = false } = options
  const io = withThreads(session.io, options.workers)
  if (output !== undefined) await assertWritable(session, output)
  if (update) await assertWritable(session, path)
  const { readCheckFile } = await import('../../config/results/check-load.ts')
  const { hasBrokenLimit, hasChanged, runCheck } = await import('../../check/run-check.ts')
  const read = await readCheckFile(session.io, path)
  const progress = await Progress.create(session, quiet)
  const request = { path, ...read, isUpdate: update, mayDiffer: update || changedInput }
  let result: Awaited<ReturnType<typeof runCheck>>
  try {
    result = await runCheck(io, request, {
      version: session.ports.version,
      onTraceRead: progress.traceRead,
      onProgress: progress.layersDone,
      onWarning: (warning) => {
        if (!quiet) session.diagnostic(warning)
      },
    })
  } finally {
    progress.stop()
  }
  const { renderCheck } = await import('../../report/check/check.ts')
  const text = await renderCheck(
    result,
    { format, isChangedOnly: changed, width: session.tableWidth },
    session.chalk(output === undefined ? 'stdout' : 'file'),
  )
  session.throwIfInterrupted()
  if (update) await writeFile(session, path, `${JSON.stringify(result.updated, null, 2)}\n`, quiet)
  if (output !== undefined) await writeFile(session, output, text, quiet)
  else if (format === 'github') session.orders(text)
  else session.result(text)
  if ((!update && hasChanged(result)) || hasBrokenLimit(result)) session.exitCode = EXIT.difference
}
