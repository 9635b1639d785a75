// `moesim reproduce`: a paper's experiments, its statements, our numbers and a verdict.
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { OutputFormat } from '../../config/experiment/experiment.ts'
import { type Diagnostic, fail } from '../../errors.ts'
import type { Reproduction } from '../../papers/reproduce.ts'
import { commandLine } from '../command-line.ts'
import { assertWritable, writeFile } from '../output.ts'
import * as page from '../page-output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { WORKERS_FLAG, WORKERS_HELP, withThreads } from '../workers.ts'

const FORMATS: readonly OutputFormat[] = ['table', 'json', 'csv', 'markdown']

interface ReproduceOptions extends page.PageOptions {
  readonly quick?: boolean
  readonly seed: string
  readonly trace?: string
  readonly outputDir?: string
  readonly format: OutputFormat
  readonly output?: string
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly workers?: string
}

export function addReproduce(program: Command, session: Session): Command {
  return program
    .command('reproduce')
    .description("run a paper's experiments: its statement, our number and a verdict for each")
    .argument('<paper>', 'fse-dp, forecasting or offload')
    .argument('[figure]', 'one figure such as F9, or "claims" (default: all figures, then the claims)')
    .option('--quick', 'fewer layers, tokens and points; the output says which')
    .option('--seed <n>', 'seed of the generated routing', '1')
    .option('--trace <dir>', 'recorded traces (a folder, or a file), for figures that need or take them')
    .option('--output-dir <dir>', 'also write the numbers behind each figure to this folder, as CSV')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .option('--output <file>', 'write the result to a file')
    .option(page.REPORT_FLAG, page.REPORT_HELP)
    .option(page.CHARTS_FLAG, page.CHARTS_HELP)
    .option(
      '--verbose',
      'with each row its rule, its settings, the command to run it, and all of its reasons',
    )
    .option('--quiet', 'no progress, notes and warnings')
    .option(WORKERS_FLAG, WORKERS_HELP)
    .action((paper: string, figure: string | undefined, options: ReproduceOptions, command: Command) =>
      reproducePaper(session, { paper, figure, options, typed: commandLine(command, page.WHERE_TO) }),
    )
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Verdicts (pass, partly, fail) follow from the simulated numbers by the rule that --verbose prints with each. This is a report: the exit
code is 0 whatever the verdicts are.

Examples:
  moesim reproduce fse-dp --quick                  all figures and claims, in less than a minute
  moesim reproduce fse-dp F9                       one figure
  moesim reproduce fse-dp claims --format markdown
  moesim reproduce forecasting claims --quick
  moesim reproduce offload --quick                 measured placements and caches of experts
  moesim reproduce fse-dp F16a --output-dir maps   the map as maps/fse-dp-f16a-....csv
  moesim run fse-dp-f9-latency                     the experiment behind a figure`

interface Asked {
  readonly paper: string
  readonly figure: string | undefined
  readonly options: ReproduceOptions
  /** The command, for its page. */
  readonly typed: string
}

async function reproducePaper(session: Session, { paper, figure, options, typed }: Asked): Promise<void> {
  const { quick = false, outputDir, format, output, quiet = false } = options
  const { planReproduction, reproduce } = await import('../../papers/reproduce.ts')
  const io = withThreads(session.io, options.workers)
  const seed = await seedOf(options.seed)
  const request = { paper, figure, isQuick: quick, seed, trace: options.trace }
  const { leftOut } = planReproduction(request)
  if (leftOut.length > 0 && !quiet) {
    session.remark(`note: left out without --trace DIR, a folder of recorded traces: ${leftOut.join(', ')}`)
  }
  if (outputDir !== undefined) await assertFolder(session, outputDir)
  if (output !== undefined) await assertWritable(session, output)
  await page.assertPageOutput(session, options)

  const progress = await Progress.create(session, quiet)
  let reproduction: Reproduction
  try {
    reproduction = await reproduce(io, request, {
      version: session.ports.version,
      onTraceRead: progress.traceRead,
      onProgress: progress.layersDone,
      onWarning: (warning: Diagnostic) => {
        if (!quiet) session.diagnostic(warning)
      },
    })
  } finally {
    progress.stop()
  }
  const { reproductionFormats } = await import('../../report/reproduce/reproduce.ts')
  const text = reproductionFormats[format](
    reproduction,
    session.chalk(output === undefined ? 'stdout' : 'file'),
    options.verbose === true,
    session.tableWidth,
  )
  session.throwIfInterrupted()
  if (outputDir !== undefined) await writeData(session, outputDir, reproduction)
  await page.writePage(session, options, async () => {
    const { reproducePage } = await import('../../report/page/reproduce-page.ts')
    return reproducePage(reproduction, session.ports.version, typed)
  })
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text)
}

async function seedOf(text: string): Promise<number> {
  const { MAX_SEED } = await import('../../config/experiment/schema.ts')
  const seed = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (seed <= MAX_SEED) return seed
  return fail('usage', { what: `--seed must be a whole number from 0 to ${MAX_SEED}, got "${text}"` })
}

/** Fails now rather than after minutes of simulation where no file can be written into `folder`. */
async function assertFolder(session: Session, folder: string): Promise<void> {
  if (folder === '') fail('usage', { what: '--output-dir needs a folder' })
  const found = await session.io.stat(folder)
  if (found?.kind !== 'directory') {
    const reason = found === undefined ? 'there is no such folder' : 'it is not a folder'
    fail('file', { action: 'write', reason, hint: 'create it first' }, { file: folder })
  }
  await assertWritable(session, join(folder, 'data.csv'))
}

async function writeData(session: Session, folder: string, reproduction: Reproduction): Promise<void> {
  const { dataFiles } = await import('../../report/reproduce/data.ts')
  for (const { name, content } of dataFiles(reproduction))
    await writeFile(session, join(folder, name), content)
}
