// `moesim run`: simulates an experiment and prints its speedup and memory tables.
import type { Command } from 'commander'
import type { Diagnostic } from '../../errors.ts'
import type { RunResult } from '../../sim/result.ts'
import { commandLine } from '../command-line.ts'
import { addExperimentOptions, type ExperimentOptions, requestOf } from '../experiment-options.ts'
import { assertWritable, writeFile } from '../output.ts'
import * as page from '../page-output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import * as timeline from '../timeline-output.ts'
import { WORKERS_FLAG, WORKERS_HELP, withThreads } from '../workers.ts'

interface RunOptions extends ExperimentOptions, page.PageOptions, timeline.TimelineOptions {
  readonly format?: string
  readonly output?: string
  readonly quiet?: boolean
  readonly workers?: string
  readonly explainTime?: boolean
}

export function addRun(program: Command, session: Session): Command {
  const command = program
    .command('run')
    .description('simulate an experiment and print its speedup and memory tables (no arguments: the demo)')
    .argument('[experiment]', 'experiment file (.yaml), or the name of a bundled one')
  return addExperimentOptions(command)
    .option(
      '--explain-time',
      'also say where the time goes and what would help: runs some ten variants of the hardware',
    )
    .option('--format <format>', 'table, json, csv or markdown')
    .option('--output <file>', 'write the result to a file')
    .option(page.REPORT_FLAG, page.REPORT_HELP)
    .option(page.CHARTS_FLAG, page.CHARTS_HELP)
    .option(timeline.TIMELINE_FLAG, timeline.TIMELINE_HELP)
    .option(timeline.WINDOW_FLAG, timeline.WINDOW_HELP)
    .option('--quiet', 'no progress, notes and warnings')
    .option(WORKERS_FLAG, WORKERS_HELP)
    .action((file: string | undefined, options: RunOptions, command: Command) =>
      run(session, file, options, commandLine(command, page.WHERE_TO)),
    )
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Examples:
  moesim run
  moesim run experiment.yaml --seeds 5
  moesim run experiment.yaml --jitter 9        how much of a difference is chance
  moesim run --hardware dojo-5x5 --model deepseek-v3 --scheduler ep --scheduler forecast-prefetch
  moesim run --scheduler ep --scheduler ep:prefetch=1 --set hardware.link.bandwidth="256 GB/s"
  moesim run --trace traces/chat.csv --layers sample:4 --format json --output result.json
  moesim run --report demo.html                a page to look at, in one file
  moesim run --layers 0 --timeline demo.json.gz --timeline-window "0 us..200 us"`

async function run(
  session: Session,
  file: string | undefined,
  options: RunOptions,
  typed: string,
): Promise<void> {
  const { loadExperiment } = await import('../../config/load.ts')
  const { format, output: outputFile, quiet = false, workers, report, charts, ...rest } = options
  const { explainTime = false, ...others } = rest
  const { timeline: timelineFile, timelineWindow, ...changes } = others
  const drawn = { timeline: timelineFile, timelineWindow }
  const io = withThreads(session.io, workers)
  const { experiment, warnings } = await loadExperiment(session.io, {
    ...(file !== undefined && { file }),
    ...(await requestOf({ ...changes, format, output: outputFile })),
  })
  const warn = (warning: Diagnostic) => {
    if (!quiet) session.diagnostic(warning)
  }
  for (const warning of warnings) warn(warning)
  const output = experiment.output.file
  if (output !== undefined) await assertWritable(session, output)
  await page.assertPageOutput(session, options)
  await timeline.assertTimelineOutput(session, experiment, options)

  const { runExperiments } = await import('../../run/run-many.ts')
  const { explainTime: explain } = await import('../../whatif/explain-time.ts')
  const progress = await Progress.create(session, quiet)
  let result: RunResult
  try {
    const hooks = {
      version: session.ports.version,
      onTraceRead: progress.traceRead,
      onProgress: progress.layersDone,
      onWarning: warn,
    }
    result = explainTime
      ? await explain(io, experiment, hooks)
      : (await runExperiments(io, [experiment], hooks))[0]!
  } finally {
    progress.stop()
  }
  session.throwIfInterrupted()
  const { sameResults } = await import('../../run/same-results.ts')
  for (const warning of sameResults(result)) warn(warning)
  const { formats } = await import('../../report/formats.ts')
  const text = formats[experiment.output.format](
    result,
    session.chalk(output === undefined ? 'stdout' : 'file'),
    session.tableWidth,
  )
  const build = async () => {
    const observed = await page.observed(session, experiment, quiet)
    return (await import('../../report/page/run-page.ts')).runPage(result, typed, observed)
  }
  await page.writePage(session, { report, charts, quiet }, build)
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text)
  await timeline.writeTimeline(session, experiment, drawn, quiet)
}
