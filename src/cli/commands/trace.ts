// `moesim trace`: converts recorded traces, says what is in them, shows their first rows; its larger commands have files of their own.
import { type Command, Option } from 'commander'
import { fail } from '../../errors.ts'
import {
  READABLE_FORMAT_IDS,
  TRACE_FORMAT_IDS,
  TRACE_FORMATS,
  type TraceFormatId,
} from '../../trace/formats/format-ids.ts'
import { EXIT_CODE_HELP } from '../failure.ts'
import { assertWritable, writeFile } from '../output.ts'
import { Progress } from '../progress.ts'
import { counted, type Session } from '../session.ts'
import { expectationFor, formOf, nativeContent, originOf } from '../trace/files.ts'
import { addTraceAnalyze } from './trace-analyze.ts'
import { addTraceCache } from './trace-cache.ts'
import { addTraceSynth } from './trace-synth.ts'

interface ReadOptions {
  readonly from?: TraceFormatId
  readonly model?: string
  readonly quiet?: boolean
}

export function addTrace(program: Command, session: Session): Command {
  const trace = program
    .command('trace')
    .description('convert recorded routing traces, look into them, and make synthetic ones')
    .addHelpText('after', `${EXAMPLES}\n${formatHelp()}`)
  reading(trace.command('convert'))
    .description("write a trace in one of moesim's own forms, CSV or Parquet")
    .argument('<trace>', 'a file or a directory')
    .argument('<file>', 'where to write it: .csv, .csv.gz or .parquet')
    .addOption(
      new Option('--to <form>', 'the form, where the name does not say it').choices(['csv', 'parquet']),
    )
    .action((path: string, file: string, options: ConvertOptions) => convert(session, path, file, options))
    .addHelpText('after', `${CONVERT_EXAMPLES}\n${EXIT_CODE_HELP}`)
  reading(trace.command('info'))
    .description('what is in a trace: format, model, requests, tokens, layers, SHA-256')
    .argument('<trace>', 'a file or a directory')
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .action((path: string, options: InfoOptions) => info(session, path, options))
    .addHelpText('after', `${INFO_EXAMPLES}\n${EXIT_CODE_HELP}`)
  addTraceAnalyze(reading(trace.command('analyze')), session)
  addTraceCache(reading(trace.command('cache')), session)
  reading(trace.command('head'))
    .description('the first rows of a trace, as native CSV')
    .argument('<trace>', 'a file or a directory')
    .option('-n, --rows <n>', 'how many rows, one per token and layer', '10')
    .action((path: string, options: HeadOptions) => head(session, path, options))
    .addHelpText('after', `${HEAD_EXAMPLES}\n${EXIT_CODE_HELP}`)
  addTraceSynth(trace.command('synth'), session)
  return trace
}

/** The options of everything that reads a trace. */
function reading(command: Command): Command {
  return command
    .addOption(
      new Option('--from <format>', 'read it as this format (default: what its content shows)').choices(
        READABLE_FORMAT_IDS,
      ),
    )
    .option('--model <name>', 'the model it was recorded with, where the trace does not say')
    .option('--quiet', 'no progress, notes and warnings')
}

const EXAMPLES = `
Examples:
  moesim trace info traces/chat --model mixtral-8x7b
  moesim trace convert traces/chat chat.parquet --model mixtral-8x7b
  moesim trace head chat.parquet -n 20
  moesim trace analyze chat.parquet --layers 0,12,23
  moesim trace cache chat.parquet --slots 201,402
  moesim trace synth like.parquet --like chat.parquet --requests 500`

const CONVERT_EXAMPLES = `
Examples:
  moesim trace convert requests/ requests.csv.gz --model gpt-oss-20b
  moesim trace convert routed.npy routed.parquet --from vllm-npy --model config.json
  moesim trace convert chat.parquet chat.csv`

const INFO_EXAMPLES = `
Examples:
  moesim trace info chat.parquet
  moesim trace info counts.json --model deepseek-v3 --format json`

const HEAD_EXAMPLES = `
Examples:
  moesim trace head chat.csv.gz -n 100
  moesim trace head logits.npz --model olmoe-1b-7b`

function formatHelp(): string {
  const width = Math.max(...TRACE_FORMAT_IDS.map((id) => id.length))
  const lines = TRACE_FORMAT_IDS.map((id) => {
    const { gives, summary } = TRACE_FORMATS[id]
    return `  ${id.padEnd(width)}  ${summary}${gives === 'histograms' ? '; histograms only' : ''}`
  })
  return `\nFormats:\n${lines.join('\n')}`
}

interface ConvertOptions extends ReadOptions {
  readonly to?: 'csv' | 'parquet'
}

async function convert(session: Session, path: string, file: string, options: ConvertOptions): Promise<void> {
  const { quiet = false } = options
  const form = formOf(file, options.to)
  await assertWritable(session, file)
  const expectation = await expectationFor(session, { path, ...options })
  const { refuseHistograms } = await import('../../trace/open.ts')
  const { streamedRequests, tallyTrace } = await import('../../trace/streamed.ts')
  const { manifestOf } = await import('../../trace/manifest.ts')
  const progress = await Progress.create(session, quiet)
  try {
    const { from } = options
    const trace = await tallyTrace(session.io, path, expectation, {
      from,
      onProgress: progress.traceRead,
    })
    if (trace.gives === 'histograms') return refuseHistograms(path, trace)
    const { source } = trace
    const manifest = manifestOf(source, expectation.model, trace.isPhaseAssumed, originOf(trace, path))
    const rows = streamedRequests(session.io, source, expectation, { from })
    const onProgress = (done: number, total: number) => progress.layersDone(done, total, 'writing')
    const content = await nativeContent(form, { ...source, rows }, manifest, onProgress)
    if (!quiet) {
      for (const warning of trace.oddities) session.remark(`note: ${warning}`)
      if (trace.leftOut.length > 0) {
        session.remark(
          `note: ${counted(trace.leftOut.length, 'file')} left out; "moesim trace info" says why`,
        )
      }
    }
    await writeFile(session, file, content, quiet)
  } finally {
    progress.stop()
  }
}

interface InfoOptions extends ReadOptions {
  readonly format: 'table' | 'json'
}

async function info(session: Session, path: string, options: InfoOptions): Promise<void> {
  const expectation = await expectationFor(session, { path, ...options })
  const { tallyTrace } = await import('../../trace/streamed.ts')
  const { summaryOf } = await import('../../trace/summary.ts')
  const progress = await Progress.create(session, options.quiet ?? false)
  try {
    const trace = await tallyTrace(session.io, path, expectation, {
      from: options.from,
      onProgress: progress.traceRead,
    })
    const summary = summaryOf(trace, expectation)
    progress.stop()
    const { traceInfoFormats } = await import('../../report/trace/info.ts')
    session.result(
      traceInfoFormats[options.format](path, summary, session.chalk('stdout'), session.tableWidth),
    )
  } finally {
    progress.stop()
  }
}

interface HeadOptions extends ReadOptions {
  readonly rows: string
}

async function head(session: Session, path: string, options: HeadOptions): Promise<void> {
  const rows = /^[1-9]\d{0,8}$/.test(options.rows) ? Number(options.rows) : 0
  if (rows === 0) fail('usage', { what: `--rows must be a whole number from 1 on, got "${options.rows}"` })
  const expectation = await expectationFor(session, { path, ...options })
  const { readTrace, refuseHistograms } = await import('../../trace/open.ts')
  const { firstRows } = await import('../../trace/formats/native/writer.ts')
  const progress = await Progress.create(session, options.quiet ?? false)
  const { from } = options
  try {
    const trace = await readTrace(session.io, path, expectation, {
      from,
      rowLimit: rows,
      onProgress: progress.traceRead,
    })
    if (trace.gives === 'histograms') return refuseHistograms(path, trace)
    progress.stop()
    session.result(firstRows(trace.source, rows))
  } finally {
    progress.stop()
  }
}
