// The facts of an opened trace, for people and for other programs.
import type { TraceExpectation } from './expectation.ts'
import type { HistogramPhase } from './histogram.ts'
import type { Manifest } from './manifest-schema.ts'
import { oddCounts } from './oddities/counts.ts'
import { TokenOddities } from './oddities/tokens.ts'
import type { OpenedTrace } from './open.ts'
import { requestRows } from './source.ts'
import type { TalliedTrace } from './streamed.ts'

export interface TraceSummary {
  readonly gives: TalliedTrace['gives']
  /** Files read, by format. */
  readonly formats: Readonly<Record<string, number>>
  readonly model: Pick<TraceExpectation, 'model' | 'experts' | 'topK' | 'moeLayers'>
  /** Model layer ids that the trace covers. */
  readonly layers: readonly number[]
  readonly requests?: number
  readonly tokens?: { readonly prefill: number; readonly decode: number }
  /** `assumed`: the format does not say which tokens are the prompt. */
  readonly phases?: Manifest['phases']
  /** Of a trace without tokens: choices of an expert by a token, over all layers. */
  readonly selections?: Readonly<Partial<Record<HistogramPhase, number>>>
  /** What a native trace was converted from. */
  readonly source?: Manifest['source']
  readonly sha256: string
  /** Files of a directory that could be traces and were not used, and why. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
  readonly warnings: readonly string[]
}

/** `expectation` is what the trace was read with. */
export function summaryOf(trace: TalliedTrace, expectation: TraceExpectation): TraceSummary {
  const { gives, leftOut, manifest } = trace
  const { model, experts, topK, moeLayers } = expectation
  const common = {
    formats: Object.fromEntries(trace.formats),
    model: { model, experts, topK, moeLayers },
    ...(manifest && { source: manifest.source }),
    leftOut,
  }
  if (trace.gives === 'histograms') {
    const { layers, phases, sha256 } = trace.histograms
    const sum = (phase: HistogramPhase) =>
      layers.reduce((all, layer) => trace.histograms.counts(layer, phase).reduce((a, b) => a + b, all), 0)
    const selections = Object.fromEntries(phases.map((phase) => [phase, sum(phase)]))
    return { gives, ...common, layers, selections, sha256, warnings: oddCounts(trace.histograms, topK) }
  }
  const { layers, requests, sha256 } = trace.source
  const prefill = requests.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0)
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  return {
    gives,
    ...common,
    layers,
    requests: requests.length,
    tokens: { prefill, decode: tokens - prefill },
    phases: trace.isPhaseAssumed ? 'assumed' : 'recorded',
    sha256,
    warnings: trace.oddities,
  }
}

/** Of a trace that is held: what is not wrong with it and should be known before its numbers are believed, see oddities/. */
export function warningsOfTrace(trace: OpenedTrace, expectation: TraceExpectation): readonly string[] {
  if (trace.gives === 'histograms') return oddCounts(trace.histograms, expectation.topK)
  const oddities = new TokenOddities(expectation)
  for (const request of requestRows(trace.source)) oddities.take(request)
  return oddities.found
}
