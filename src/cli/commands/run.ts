// `moesim run`: simulates an experiment and prints its speedup and memory tables.
import type { Command } from 'commander'
import type { Diagnostic } from '../../errors.ts'
import { assertWritable, writeFile } from '../output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { WORKERS_FLAG, WORKERS_HELP, withThreads } from '../workers.ts'

interface RunOptions {
  readonly hardware?: string
  readonly model?: string
  readonly trace?: string
  readonly from?: string
  readonly scheduler?: readonly string[]
  readonly baseline?: string
  readonly tokens?: string
  readonly requests?: string
  readonly iterations?: string
  readonly decodeSteps?: string
  readonly layers?: string
  readonly seed?: string
  readonly seeds?: string
  readonly set?: readonly string[]
  readonly format?: string
  readonly output?: string
  readonly quiet?: boolean
  readonly workers?: string
}

const append = (value: string, earlier: readonly string[] = []) => [...earlier, value]

export function addRun(program: Command, session: Session): Command {
  return program
    .command('run')
    .description('simulate an experiment and print its speedup and memory tables (no arguments: the demo)')
    .argument('[experiment]', 'experiment file (.yaml)')
    .option('--hardware <name>', 'bundled hardware, or a file')
    .option('--model <name>', 'bundled model, or a file (a Hugging Face config.json too)')
    .option('--trace <path>', 'routing trace: a file or a directory')
    .option('--from <format>', 'what to read the trace as (default: what its content shows)')
    .option('--scheduler <scheduler>', 'name or name:option=value,...; repeatable', append)
    .option('--baseline <scheduler>', 'what speedups refer to (default: the first scheduler)')
    .option('--tokens <n>', 'tokens of each iteration, requests one after the other')
    .option('--requests <n>', 'or: this many requests in lock step, prefill then decode')
    .option('--iterations <n>', 'iterations, with --tokens')
    .option('--decode-steps <n>', 'decode steps, with --requests (default: all)')
    .option(
      '--resample',
      'draw requests of the trace again, by the seed, where --requests asks for more than it has',
    )
    .option('--layers <layers>', 'all, a list such as 0,5,9, or sample:4')
    .option('--seed <n>', 'first seed of the generator and of sampled layers')
    .option('--seeds <n>', 'repeat over this many seeds: mean and 95 % interval')
    .option('--set <path=value>', 'override any config value, units allowed; repeatable', append)
    .option('--format <format>', 'table, json, csv or markdown')
    .option('--output <file>', 'write the result to a file')
    .option('--quiet', 'no progress, notes and warnings')
    .option(WORKERS_FLAG, WORKERS_HELP)
    .action((file: string | undefined, options: RunOptions) => run(session, file, options))
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Examples:
  moesim run
  moesim run experiment.yaml --seeds 5
  moesim run --hardware dojo-5x5 --model deepseek-v3 --scheduler ep --scheduler forecast-prefetch
  moesim run --scheduler ep --scheduler ep:prefetch=1 --set hardware.link.bandwidth="256 GB/s"
  moesim run --trace traces/chat.csv --layers sample:4 --format json --output result.json`

async function run(session: Session, file: string | undefined, options: RunOptions): Promise<void> {
  const { loadExperiment } = await import('../../config/load.ts')
  const { scheduler, set = [], quiet = false, workers, ...flags } = options
  const io = withThreads(session.io, workers)
  const { experiment, warnings } = await loadExperiment(session.io, {
    ...(file !== undefined && { file }),
    flags: { ...flags, schedulers: scheduler },
    sets: set,
  })
  const warn = (warning: Diagnostic) => {
    if (!quiet) session.diagnostic(warning)
  }
  for (const warning of warnings) warn(warning)
  const output = experiment.output.file
  if (output !== undefined) await assertWritable(session, output)

  const { runExperiments } = await import('../../study/run-many.ts')
  const progress = await Progress.create(session, quiet)
  let text: string
  try {
    const [result] = await runExperiments(io, [experiment], {
      version: session.ports.version,
      onTraceRead: progress.traceRead,
      onProgress: progress.layersDone,
      onWarning: warn,
    })
    const { formats } = await import('../../report/formats.ts')
    text = formats[experiment.output.format](result!, session.chalk(output === undefined ? 'stdout' : 'file'))
  } finally {
    progress.stop()
  }
  session.throwIfInterrupted()
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text)
}
