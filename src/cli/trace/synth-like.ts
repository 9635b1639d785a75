// The knobs of `moesim trace synth --like`: reads a trace, or the statistics of one, and fits.
import { fail } from '../../errors.ts'
import type { RoutingSource } from '../../trace/source.ts'
import type { TraceStatistics } from '../../trace/statistics/result.ts'
import type { RoutingShape } from '../../trace/synth/generator-spec.ts'
import type { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { expectationFor } from './files.ts'
import type { ChosenKnobs, SynthOptions } from './synth-options.ts'

const LIMIT_BYTES = 256 * 2 ** 20

/** Throws UserError where it cannot be read, or has no tokens. */
export async function fittedKnobs(
  session: Session,
  like: string,
  options: SynthOptions,
  progress: Progress,
): Promise<ChosenKnobs> {
  const { statistics, source } =
    (await savedStatistics(session, like, options)) ?? (await analyzed(session, like, options, progress))
  if (statistics.trace.gives === 'histograms') {
    return fail(
      'trace',
      {
        what: 'counts alone, which say nothing about reuse, neighbours and pairs',
        hint: 'an experiment can generate from them: generator.counts',
      },
      { file: like },
    )
  }
  const { knobsLike } = await import('../../trace/synth/like.ts')
  const router = await routerOf(session, options.model)
  const onProgress = (done: number, total: number) => progress.layersDone(done, total, 'fitting')
  return { model: statistics.trace.model, ...(await knobsLike(statistics, source, router, onProgress)) }
}

interface Analyzed {
  readonly statistics: TraceStatistics
  readonly source?: RoutingSource
}

/** What `moesim trace analyze --format json` wrote; undefined where `like` is a trace. */
async function savedStatistics(
  session: Session,
  like: string,
  { from }: SynthOptions,
): Promise<Analyzed | undefined> {
  if (from !== undefined || !/\.json$/i.test(like)) return undefined
  const { readConfig } = await import('../../config/library.ts')
  const { parseTraceStatistics } = await import('../../trace/statistics/document.ts')
  const text = await readConfig(session.io, like, LIMIT_BYTES)
  // Several formats of traces are JSON as well: only what says that it holds statistics is read as such.
  if (!/"schemaVersion"\s*:/.test(text.slice(0, 200))) return undefined
  return { statistics: parseTraceStatistics(text, like) }
}

async function analyzed(
  session: Session,
  path: string,
  options: SynthOptions,
  progress: Progress,
): Promise<Analyzed> {
  const { from, model: modelName } = options
  const model = await expectationFor(session, { path, from, model: modelName })
  const { readTrace, refuseHistograms } = await import('../../trace/open.ts')
  const { analyzeTokens } = await import('../../trace/statistics/analyze.ts')
  const trace = await readTrace(session.io, path, model, { from, onProgress: progress.traceRead })
  if (trace.gives === 'histograms') return refuseHistograms(path, trace)
  const statistics = await analyzeTokens(trace.source, {
    model,
    phases: trace.isPhaseAssumed ? 'assumed' : 'recorded',
    seed: 0,
    onProgress: (done, total) => progress.layersDone(done, total, 'analyzing'),
  })
  return { statistics, source: trace.source }
}

/** The limit to groups of experts, which no trace says: that of the model the user named. */
async function routerOf(session: Session, name: string | undefined): Promise<RoutingShape['router']> {
  if (name === undefined) return undefined
  const { loadModel } = await import('../../config/model/model.ts')
  return (await loadModel(session.io, name)).router
}
