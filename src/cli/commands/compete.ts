// `moesim compete`: all schedulers on all machines, a leaderboard against the optimum; goes on where it was stopped.
import { type Command, Option } from 'commander'
import { OUTPUT_FORMATS, type OutputFormat } from '../../config/experiment/experiment.ts'
import { fail } from '../../errors.ts'
import { commandLine } from '../command-line.ts'
import { assertWritable, writeFile } from '../output.ts'
import * as page from '../page-output.ts'
import type { Session } from '../session.ts'
import { noteOfPlan } from '../sweep/note-of-plan.ts'
import { runInto } from '../sweep/run-into.ts'
import { WORKERS_FLAG, WORKERS_HELP, withThreads } from '../workers.ts'

interface CompeteOptions extends page.PageOptions {
  readonly hardware?: string
  readonly model: string
  readonly tokens: string
  readonly scheduler?: readonly string[]
  readonly iterations?: string
  readonly layers?: string
  readonly seed: string
  readonly seeds?: string
  readonly combine?: string
  readonly set?: readonly string[]
  readonly outputDir: string
  readonly format: OutputFormat
  readonly output?: string
  readonly quiet?: boolean
  readonly workers?: string
}

const MODELS = 'qwen3-30b-a3b,mixtral-8x7b,deepseek-v2-lite'
const TOKENS = '16,64,256,1024'

const append = (value: string, earlier: readonly string[] = []) => [...earlier, value]

export function addCompete(program: Command, session: Session): Command {
  return program
    .command('compete')
    .description('all schedulers on all machines: a leaderboard against the optimum')
    .option(
      '--hardware <names>',
      'bundled hardware or files, such as fse-dp-3x3,dojo-5x5 (default: all bundled)',
    )
    .option('--model <names>', 'bundled models or files', MODELS)
    .option('--tokens <counts>', 'tokens of each iteration', TOKENS)
    .option('--scheduler <scheduler>', 'only this one; repeatable (default: all, presets too)', append)
    .option('--iterations <n>', 'iterations of each run')
    .option('--layers <layers>', 'all, or sample:4')
    .option('--seed <seeds>', 'each is a cell of its own, such as 1,2,3', '1')
    .option('--seeds <n>', 'means over so many seeds')
    .addOption(
      new Option(
        '--combine <whether>',
        'whether results are sent back, of all schedulers alike that do not say it themselves; with true those that cannot are left out (default: as each does by itself)',
      ).choices(['true', 'false']),
    )
    .option('--set <path=value>', 'override any config value at every point; repeatable', append)
    .option('--output-dir <dir>', 'where results are kept, to go on from', 'moesim-compete')
    .addOption(new Option('--format <format>', 'how to print it').choices(OUTPUT_FORMATS).default('table'))
    .option('--output <file>', 'write the leaderboard to a file')
    .option(page.REPORT_FLAG, page.REPORT_HELP)
    .option(page.CHARTS_FLAG, page.CHARTS_HELP)
    .option('--quiet', 'no progress, notes and warnings')
    .option(WORKERS_FLAG, WORKERS_HELP)
    .action((options: CompeteOptions, command: Command) =>
      compete(session, options, commandLine(command, page.WHERE_TO)),
    )
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Every scheduler runs by itself in every cell (hardware, model, tokens, seed), beside the optimum with weights anywhere. Results are kept
point by point: killed at any moment, the same command goes on from there. Where weights do not fit there is no result.

Examples:
  moesim compete --hardware fse-dp-3x3,dojo-5x5 --model qwen3-30b-a3b --tokens 64
  moesim compete --scheduler ep --scheduler fse-dp --seed 1,2,3
  moesim compete --hardware dojo-5x5 --combine true
  moesim compete --report compete.html --format csv --output compete.csv`

async function compete(session: Session, options: CompeteOptions, typed: string): Promise<void> {
  const { outputDir, format, output, quiet = false, report, charts } = options
  if (output !== undefined) await assertWritable(session, output)
  await page.assertPageOutput(session, options)
  const io = withThreads(session.io, options.workers)
  const { planSweep } = await import('../../sweep/points.ts')
  const { mergeSweep } = await import('../../sweep/merge.ts')
  const { storedPlan } = await import('../../sweep/plan-file.ts')
  const { leaderboard } = await import('../../compete/leaderboard.ts')
  const { version } = session.ports
  const plan = await planSweep(session.io, await requestOf(session, options))
  if (!quiet) noteOfPlan(session, plan)
  await runInto(session, { io, plan, shard: undefined, folder: outputDir, quiet })
  session.throwIfInterrupted()
  const merged = await mergeSweep(session.io, outputDir, storedPlan(plan, version), version)
  const board = await leaderboard(merged)
  const { competeFormats } = await import('../../report/compete.ts')
  const chalk = session.chalk(output === undefined ? 'stdout' : 'file')
  const text = competeFormats[format](board, chalk, session.tableWidth)
  await page.writePage(session, { report, charts, quiet }, async () => {
    const { competePage } = await import('../../report/page/compete-page.ts')
    return competePage(board, version, typed)
  })
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text)
}

/** What competitions are made of, and what to use instead of --set. */
const OWN: Readonly<Record<string, string>> = {
  hardware: 'use --hardware',
  model: 'use --model',
  'workload.tokens': 'use --tokens',
  seed: 'use --seed',
  schedulers: 'use --scheduler',
  optimum: 'leave it out: latencies are held against the optimum',
}

/** The bundled experiment of that name, with the axes of a competition. */
async function requestOf(session: Session, options: CompeteOptions) {
  const { listBundled } = await import('../../config/bundled.ts')
  const { entrants } = await import('../../compete/entrants.ts')
  const { AXES } = await import('../../compete/leaderboard.ts')
  const { setOverrides } = await import('../../config/flags.ts')
  const { iterations, layers, seed, seeds, set = [] } = options
  for (const { path, label } of setOverrides(set).overrides) {
    const hint = OWN[path.join('.')]
    if (hint !== undefined) fail('usage', { what: 'compete sets this itself', hint }, { file: label })
  }
  const hardware =
    options.hardware ?? (await listBundled(session.io, 'hardware')).map(({ name }) => name).join(',')
  const combines = options.combine === undefined ? undefined : options.combine === 'true'
  // A scheduler with several options has commas in it.
  const quoted = entrants(options.scheduler, combines)
    .map((entrant) => JSON.stringify(entrant))
    .join(',')
  const values = [hardware, options.model, options.tokens, seed, quoted]
  const sets = [
    ...(iterations === undefined ? [] : [`workload.iterations=${iterations}`]),
    ...(layers === undefined ? [] : [`layers=${/^[\d,]+$/.test(layers) ? `[${layers}]` : layers}`]),
    ...(seeds === undefined ? [] : [`seeds=${seeds}`]),
  ]
  return { file: 'compete', sets: [...sets, ...set], axes: AXES.map((axis, i) => `${axis}=${values[i]}`) }
}
