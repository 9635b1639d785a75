// A whole machine that decodes, as rows of systems.csv measured it, and what a run of moesim says of it.
import { loadExperiment } from '../../config/load.ts'
import { invariant } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { runExperiments } from '../../run/run-many.ts'

export interface SystemCase {
  /** Bundled names or files. */
  readonly hardware: string
  readonly model: string
  /** Requests that decode together, a token each. */
  readonly streams: number
  /** That each attends to, on average. */
  readonly contextTokens: number
}

/** Benchmarks decode random tokens, which want any expert alike. */
const ROUTING = ['model.routing.skew=0', 'model.routing.reuse=0']

/** Decode steps whose routing is drawn, of all layers. */
const STEPS = 4

/** Tokens per second of all streams. `sets`: changes of the hardware, as of `--set`. Throws UserError. */
export async function systemTokensPerS(
  io: Io,
  { hardware, model, streams, contextTokens }: SystemCase,
  sets: readonly string[] = [],
): Promise<number> {
  const flags = {
    ...{ hardware, model, schedulers: ['ep'], layers: 'all' },
    ...{ tokens: `${streams}`, iterations: `${STEPS}` },
  }
  const { experiment } = await loadExperiment(io, {
    flags,
    sets: [...sets, `end_to_end.context=${contextTokens}`, ...ROUTING],
  })
  const alone = { ...io, workers: { ...io.workers, threads: 0 } }
  const [result] = await runExperiments(alone, [experiment], QUIET)
  const rate = result?.results[0]?.metrics.throughput
  invariant(rate !== undefined, 'a run without a throughput')
  return rate.value
}

const QUIET = {
  version: '',
  onTraceRead: () => undefined,
  onProgress: () => Promise.resolve(),
  onWarning: () => undefined,
}
