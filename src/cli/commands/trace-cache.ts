// `moesim trace cache`: the hit rates of expert caches on a recorded trace, by policy and size.
import { type Command, Option } from 'commander'
import { CACHE_POLICIES, CACHE_POLICY_IDS } from '../../cache/table.ts'
import { fail } from '../../errors.ts'
import type { CacheReport } from '../../report/trace/cache-report.ts'
import type { TraceExpectation } from '../../trace/expectation.ts'
import type { HistogramSource } from '../../trace/histogram.ts'
import type { RoutingSource } from '../../trace/source.ts'
import { commandLine } from '../command-line.ts'
import { EXIT_CODE_HELP } from '../failure.ts'
import { assertWritable, writeFile } from '../output.ts'
import * as page from '../page-output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import {
  type CacheOptions,
  type ChosenCaches,
  chosenCaches,
  DEFAULT_HALF_LIFE_TOKENS,
  inSlots,
  type SizedModel,
  slotsFor,
} from '../trace/cache-options.ts'
import { shownModelFor } from '../trace/files.ts'

/** `command`: has the options of everything that reads a trace. */
export function addTraceCache(command: Command, session: Session): void {
  command
    .description('hit rates of expert caches on a trace, by policy and size')
    .argument('<trace>', 'a file or a directory')
    .option('--policy <names>', 'some of the policies below (default: all that need no more than the trace)')
    .option('--slots <counts>', 'sizes in experts of all layers together, such as 201,402, or all')
    .option('--capacity <sizes>', 'sizes in bytes, such as "2 GiB,4 GiB"; needs --model')
    .option('--per-layer', 'divide the slots among the layers instead of one pool for all')
    .option(
      '--half-life <tokens>',
      `tokens after which the counts of lfru halve (default: ${DEFAULT_HALF_LIFE_TOKENS})`,
    )
    .option('--profile <trace>', 'what static goes by: another trace, or counts')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['table', 'json', 'csv']).default('table'),
    )
    .option('--output <file>', 'write the result to a file')
    .option(page.REPORT_FLAG, page.REPORT_HELP)
    .option(page.CHARTS_FLAG, page.CHARTS_HELP)
    .action((path: string, options: CacheOptions, called: Command) =>
      cache(session, path, options, commandLine(called, page.WHERE_TO)),
    )
    .addHelpText('after', `${HELP}\n${EXIT_CODE_HELP}`)
}

const HELP = `
Policies:
${CACHE_POLICY_IDS.map((id) => `  ${id.padEnd(6)}  ${CACHE_POLICIES[id].summary}`).join('\n')}

An access is one (token, layer, expert): token by token, layer by layer, a token's experts in the order of the trace, requests
one after the other. Caches start empty; what is used comes in. Without --slots and --capacity: all experts, half of them and
so on. JSON and CSV have each phase and each layer; with --slots all no layers. ± is the 95 % interval over requests.

Examples:
  moesim trace cache chat.parquet
  moesim trace cache decode.jsonl --policy lru,lfu,min --slots 201,402 --format json
  moesim trace cache chat.parquet --model mixtral-8x7b --capacity "8 GiB,16 GiB" --per-layer
  moesim trace cache chat.parquet --policy static,min --profile yesterday.parquet --charts charts
  moesim trace cache chat.parquet --policy lru --slots all --format csv --output lru.csv`

async function cache(session: Session, path: string, options: CacheOptions, typed: string): Promise<void> {
  const { output, quiet = false, format } = options
  const typedCaches = chosenCaches(options)
  if (output !== undefined) await assertWritable(session, output)
  await page.assertPageOutput(session, options)
  const sized = await sizedModel(session, options)
  const chosen = inSlots(typedCaches, sized)
  const model = await shownModelFor(session, { path, ...options })
  const progress = await Progress.create(session, quiet)
  let report: CacheReport
  try {
    report = await reportOf(session, { path, options, chosen, model, sized }, progress)
  } finally {
    progress.stop()
  }
  session.throwIfInterrupted()
  await page.writePage(session, options, async () => {
    const { cachePage } = await import('../../report/page/cache-page.ts')
    return cachePage(report, session.ports.version, typed)
  })
  const { cacheFormats } = await import('../../report/trace/cache.ts')
  const text = cacheFormats[format](
    report,
    session.chalk(output === undefined ? 'stdout' : 'file'),
    session.tableWidth,
  )
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text, quiet)
}

interface Asked {
  readonly path: string
  readonly options: CacheOptions
  readonly chosen: ChosenCaches
  readonly sized: SizedModel | undefined
  readonly model: { readonly expectation: TraceExpectation; readonly experts: number | undefined }
}

async function reportOf(
  session: Session,
  { path, options, chosen, sized, model: { expectation, experts } }: Asked,
  progress: Progress,
): Promise<CacheReport> {
  const { readTrace, refuseHistograms } = await import('../../trace/open.ts')
  const { warningsOfTrace } = await import('../../trace/summary.ts')
  const { accessesOf } = await import('../../cache/replay/accesses.ts')
  const { studyCaches } = await import('../../cache/replay/study.ts')
  const onProgress = progress.traceRead
  const trace = await readTrace(session.io, path, expectation, { from: options.from, onProgress })
  if (trace.gives === 'histograms') return refuseHistograms(path, trace)
  const { source } = trace
  if (!options.quiet)
    for (const warning of warningsOfTrace(trace, expectation)) session.remark(`note: ${warning}`)
  const accesses = accessesOf(source)
  const perLayer = experts ?? accesses.width
  const profile = await profileOf(session, options, { ...expectation, experts: perLayer }, source)
  const results = await studyCaches(source, accesses, {
    ...chosen,
    slots: slotsFor(chosen, { experts: perLayer * source.layers.length, layers: source.layers.length }),
    profile: profile?.counts,
    hasLayers: chosen.sizes.kind !== 'all',
    onProgress: progress.layersDone,
  })
  const prefill = source.requests.reduce((sum, request) => sum + request.prefillTokens, 0)
  return {
    trace: {
      ...{ path, sha256: source.sha256, model: expectation.model, experts: perLayer },
      ...{ expertsAre: experts === undefined ? 'seen' : 'stated', topK: source.topK, layers: source.layers },
      requests: source.requests.length,
      tokens: { prefill, decode: accesses.tokens - prefill },
      phases: trace.isPhaseAssumed ? 'assumed' : 'recorded',
      ...{ accesses: accesses.count, expertsUsed: accesses.expertsUsed },
    },
    pool: chosen.isPerLayer ? 'per-layer' : 'shared',
    ...(sized && { expertBytes: sized.expertBytes }),
    ...(chosen.policies.includes('lfru') && { halfLifeTokens: chosen.halfLifeTokens }),
    ...(profile && { profile: { path: profile.counts.label, isThisTrace: profile.isThisTrace } }),
    results,
  }
}

async function sizedModel(session: Session, { model }: CacheOptions): Promise<SizedModel | undefined> {
  if (model === undefined) return undefined
  const { loadModel } = await import('../../config/model/model.ts')
  const { expertBytes } = await import('../../model/shape.ts')
  const shape = await loadModel(session.io, model)
  return { model: shape.name, expertBytes: expertBytes(shape) }
}

interface Profile {
  readonly counts: HistogramSource
  readonly isThisTrace: boolean
}

/** What `--profile` names. Throws UserError where it lacks a layer of the trace. */
async function profileOf(
  session: Session,
  { profile }: CacheOptions,
  expectation: TraceExpectation,
  source: RoutingSource,
): Promise<Profile | undefined> {
  if (profile === undefined) return undefined
  const { openHistograms } = await import('../../trace/open.ts')
  const { histogramsOf } = await import('../../trace/histogram.ts')
  const counts = await openHistograms(session.io, profile, expectation)
  const missing = source.layers.find((layer) => !counts.layers.includes(layer))
  if (missing !== undefined) {
    const hint = `a profile must cover the layers of ${source.label}`
    fail('trace', { what: `layer ${missing} is not in it`, hint }, { file: profile })
  }
  const own = histogramsOf(session.io, { ...source, experts: expectation.experts })
  return { counts, isThisTrace: own.sha256 === counts.sha256 }
}
