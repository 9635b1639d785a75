// What synthetic routing is fitted to: a few statistics of each layer, and what the trace itself gives beyond them.

import type { RoutingSource } from '../source.ts'
import type { Measure, StatisticId } from '../statistics/measure.ts'
import type { LayerStatistics, TraceStatistics } from '../statistics/result.ts'
import { countsOf, TokenRows } from '../statistics/token-rows.ts'
import type { LayerPopularity, StructureKnobs } from './knobs.ts'

/** Of one layer; a statistic that the trace does not have is absent. */
export interface LayerTargets {
  /** Model layer id. */
  readonly layer: number
  readonly cv: number
  readonly coverage?: number
  readonly reuse?: number
  readonly sameRequest?: number
  readonly pairShare?: number
  readonly phaseSpearman?: number
}

/** The targets of every layer of an analysis of tokens. Reuse is that of the phases together, by their tokens. */
export function targetsOf(statistics: TraceStatistics): LayerTargets[] {
  const { prefill = 0, decode = 0 } = statistics.trace.tokens ?? {}
  const mixed = (of: (measure: Measure) => number | undefined, layer: LayerStatistics) => {
    const { reuse } = layer.measures
    const found = [
      { weight: prefill, value: reuse?.prefill && of(reuse.prefill) },
      { weight: decode, value: reuse?.decode && of(reuse.decode) },
    ].filter((part) => part.value !== undefined)
    const weights = found.reduce((sum, { weight }) => sum + weight, 0)
    return weights === 0
      ? undefined
      : found.reduce((sum, { weight, value }) => sum + weight * value!, 0) / weights
  }
  return statistics.layers.map((layer) => {
    const measured = (id: StatisticId) => layer.measures[id]?.all?.value
    const parts = {
      coverage: measured('cross-layer-coverage'),
      reuse: mixed(({ value }) => value, layer),
      sameRequest: mixed(({ sameRequest }) => sameRequest, layer),
      pairShare: measured('pair-share'),
      phaseSpearman: measured('phase-spearman'),
    }
    const known = Object.entries(parts).filter(([, value]) => value !== undefined)
    return { layer: layer.layer, cv: measured('cv') ?? 0, ...Object.fromEntries(known) }
  })
}

/** What only the trace knows: the popularity of each expert by layer and phase, and the length of each request. */
export function tablesOf(source: RoutingSource): Required<Pick<StructureKnobs, 'popularity' | 'lengths'>> {
  const { experts, topK, requests, layers } = source
  const rows = new TokenRows(requests)
  const shares = (table: Uint16Array, of: Int32Array) =>
    Array.from(countsOf(table, of, { experts, topK }), (count) => rounded(count / of.length))
  const popularity = layers.map((layer): LayerPopularity => {
    const table = source.layerExperts(layer)
    // A phase without tokens gets the shares of the other, should somebody ask for more of it.
    const of = (phase: Int32Array) => shares(table, phase.length > 0 ? phase : rows.all)
    return { layer, prefill: of(rows.prefill), decode: of(rows.decode) }
  })
  const lengths = requests.map(
    ({ prefillTokens, tokens }) => [prefillTokens, tokens - prefillTokens] as const,
  )
  return { popularity, lengths }
}

/** Six digits keep a knobs file readable; the sum of a layer's shares stays right to a millionth each. */
const rounded = (share: number) => Math.round(share * 1e6) / 1e6
