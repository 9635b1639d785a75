// `moesim trace analyze`: the statistics of a recorded trace beside what chance, popularity and shuffled tokens give.
import { type Command, Option } from 'commander'
import { UserError } from '../../errors.ts'
import type { TraceFormatId } from '../../trace/formats/format-ids.ts'
import type { RoutingSource } from '../../trace/source.ts'
import { EXIT_CODE_HELP } from '../failure.ts'
import { assertWritable, writeFile } from '../output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { expectationFor } from '../trace/files.ts'

interface AnalyzeOptions {
  readonly from?: TraceFormatId
  readonly model?: string
  readonly quiet?: boolean
  readonly layers?: string
  readonly seed?: string
  readonly format: 'table' | 'json' | 'csv'
  readonly output?: string
}

/** `command`: has the options of everything that reads a trace. */
export function addTraceAnalyze(command: Command, session: Session): void {
  command
    .description('skew, reuse, predictability and pairs of a trace, each beside its chance level and null')
    .argument('<trace>', 'a file or a directory')
    .option('--layers <layers>', 'all, a list such as 0,5,9, or sample:4')
    .option('--seed <n>', 'of the shuffles, uniform draws and batches')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['table', 'json', 'csv']).default('table'),
    )
    .option('--output <file>', 'write the result to a file')
    .action((path: string, options: AnalyzeOptions) => analyze(session, path, options))
    .addHelpText('after', `${HELP}\n${EXIT_CODE_HELP}`)
}

const HELP = `
Beside each value stands what it is without the structure it looks for: every expert equally likely (uniform), the popularity
of the layer alone (popularity), the same tokens shuffled (shuffled), two random tokens of one request (same request). A value
says something beyond skew as far as it exceeds these. S1 to S8 are the statistics of arXiv 2510.05497. Tasks (S7) are read from
request ids such as "subject/12". Held-out coverage fits on the requests 0, 2, 4, ... and tests on the others (with fewer than
20: on the halves of each).

Examples:
  moesim trace analyze chat.parquet
  moesim trace analyze requests/ --model gpt-oss-20b --layers sample:4 --format csv --output layers.csv
  moesim trace analyze counts.json --model deepseek-v3 --format json`

async function analyze(session: Session, path: string, options: AnalyzeOptions): Promise<void> {
  const { output, quiet = false, format } = options
  const { selection, seed } = await settings(options)
  if (output !== undefined) await assertWritable(session, output)
  const model = await expectationFor(session, { path, ...options })
  const { readTrace } = await import('../../trace/open.ts')
  const { analyzeHistograms, analyzeTokens } = await import('../../trace/statistics/analyze.ts')
  const { selectLayers } = await import('../../run/layers.ts')
  const { warningsOfTrace } = await import('../../trace/summary.ts')
  const progress = await Progress.create(session, quiet)
  let text: string
  try {
    const trace = await readTrace(session.io, path, model, {
      from: options.from,
      onProgress: progress.traceRead,
    })
    const covered: Pick<RoutingSource, 'label' | 'layers'> =
      trace.gives === 'tokens' ? trace.source : trace.histograms
    const common = {
      model,
      // Of the source only the label and the layers are looked at, which counts have too.
      layers: selectLayers(selection, covered as RoutingSource, seed),
      seed,
      onProgress: (done: number, total: number) => progress.layersDone(done, total, 'analyzing'),
    }
    if (!quiet) for (const warning of warningsOfTrace(trace, model)) session.remark(`note: ${warning}`)
    const statistics =
      trace.gives === 'tokens'
        ? await analyzeTokens(trace.source, {
            ...common,
            phases: trace.isPhaseAssumed ? 'assumed' : 'recorded',
          })
        : await analyzeHistograms(trace.histograms, {
            ...common,
            phases: trace.histograms.phases.includes('unknown') ? 'assumed' : 'recorded',
          })
    const { traceStatisticsFormats } = await import('../../report/trace/statistics.ts')
    text = traceStatisticsFormats[format](
      statistics,
      session.chalk(output === undefined ? 'stdout' : 'file'),
      session.tableWidth,
    )
  } finally {
    progress.stop()
  }
  session.throwIfInterrupted()
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text, quiet)
}

/** The flags that other commands have too, read as they read them. Throws UserError. */
async function settings({ layers, seed }: AnalyzeOptions) {
  const { flagOverrides } = await import('../../config/flags.ts')
  const { layerSelection } = await import('../../config/experiment/workload.ts')
  const { overrides, findings } = flagOverrides({ layers, seed }, {})
  if (findings.length > 0) throw new UserError(findings)
  const given = (label: string) => overrides.find((override) => override.label === label)?.value
  return {
    selection: layerSelection((given('--layers') as string | number[] | undefined) ?? 'all'),
    seed: (given('--seed') as number | undefined) ?? 0,
  }
}
