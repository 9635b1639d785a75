// What a trace without tokens still offers: how often each expert of each layer was chosen, by phase.
import type { Io } from '../io.ts'
import type { RoutingSource } from './source.ts'

/** `unknown` where the recorder did not say which tokens were the prompt. */
export type HistogramPhase = 'prefill' | 'decode' | 'unknown'

/** Enough for popularity and placements; not for anything that looks at a token, its neighbours or two layers at once. */
export interface HistogramSource {
  /** For people: the path as given. */
  readonly label: string
  readonly experts: number
  /** Model layer ids it covers, ascending. */
  readonly layers: readonly number[]
  readonly phases: readonly HistogramPhase[]
  /** Of the counts themselves: equal counts, equal hash. */
  readonly sha256: string
  /** Selections of one layer in one of `phases`: [expert], tokens times top-k in sum. */
  counts(layer: number, phase: HistogramPhase): Float64Array
}

/** The histograms of a trace that has tokens, in every phase that has any. */
export function histogramsOf(io: Pick<Io, 'hash'>, source: RoutingSource): HistogramSource {
  const { label, experts, layers, requests } = source
  const prefill = requests.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0)
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  const phases: HistogramPhase[] = []
  if (prefill > 0) phases.push('prefill')
  if (tokens > prefill) phases.push('decode')
  const counts = (layer: number, phase: HistogramPhase) => countLayer(source, layer, phase)
  const histograms = { label, experts, layers, phases, counts }
  return { ...histograms, sha256: histogramSha256(io, histograms) }
}

function countLayer(source: RoutingSource, layer: number, phase: HistogramPhase): Float64Array {
  const { experts, topK, requests } = source
  const ids = source.layerExperts(layer)
  const counts = new Float64Array(experts)
  let start = 0
  for (const { prefillTokens, tokens } of requests) {
    const split = start + prefillTokens * topK
    const end = start + tokens * topK
    for (let i = phase === 'prefill' ? start : split; i < (phase === 'prefill' ? split : end); i++) {
      counts[ids[i]!]!++
    }
    start = end
  }
  return counts
}

/** SHA-256 (hex) over experts, layers, phases and all counts. */
export function histogramSha256(io: Pick<Io, 'hash'>, source: Omit<HistogramSource, 'sha256'>): string {
  const hash = io.hash()
  hash.update(JSON.stringify(['moesim-histogram', 1, source.experts, source.layers, source.phases]))
  for (const layer of source.layers) {
    for (const phase of source.phases) {
      const counts = source.counts(layer, phase)
      hash.update(new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength))
    }
  }
  return hash.hex()
}
