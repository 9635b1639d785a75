// Analyzes the routing of a source, one layer after the other, or what counts alone give.
import { randomStream } from '../../engine/random.ts'
import type { HistogramSource } from '../histogram.ts'
import type { RoutingSource } from '../source.ts'
import { drawBatches } from './batches.ts'
import { type LayerContext, layerStatistics } from './layer.ts'
import { MeasureSheet } from './measure.ts'
import { reasonsMissing } from './not-measured.ts'
import { uniformCounts } from './nulls.ts'
import { setPhaseLoads } from './phases.ts'
import { type AnalyzedTrace, type LayerStatistics, summaryOf, type TraceStatistics } from './result.ts'
import { hottestExpert, setSkew } from './skew.ts'
import { tasksOf } from './tasks.ts'
import { TokenRows } from './token-rows.ts'

export interface AnalysisOptions {
  /** Of the model the trace was recorded with: layers that follow each other here are neighbours. */
  readonly model: {
    readonly model: string
    readonly topK: number
    readonly moeLayers: readonly number[]
  }
  /** Ids of the layers to analyze, ascending; default all that the source covers. */
  readonly layers?: readonly number[]
  readonly phases: 'recorded' | 'assumed'
  /** Of shuffles, uniform draws and batches. */
  readonly seed: number
  /** Told after every layer. */
  readonly onProgress?: (done: number, total: number) => Promise<void>
}

/**
 * All statistics of `STATISTICS` that the source can give. Memory: two layers of the source, a few row numbers per token
 * and a few maps [expert][expert] of doubles.
 */
export async function analyzeTokens(
  source: RoutingSource,
  options: AnalysisOptions,
): Promise<TraceStatistics> {
  const { experts, topK, requests } = source
  const { seed, model, layers = source.layers } = options
  const rows = new TokenRows(requests)
  const tasks = tasksOf(requests)
  const context: LayerContext = {
    ...{ experts, topK, rows, tasks, seed },
    halves: rows.halves(),
    batches: drawBatches(rows, source, randomStream(seed, 'trace-statistics/batches')),
    uniformCounts: uniformCache(experts, topK, seed),
  }
  const results: LayerStatistics[] = []
  let kept: { readonly layer: number; readonly table: Uint16Array } | undefined
  for (const layer of layers) {
    const table = kept?.layer === layer ? kept.table : source.layerExperts(layer)
    const nextLayer = model.moeLayers[model.moeLayers.indexOf(layer) + 1]
    const next =
      nextLayer !== undefined && source.layers.includes(nextLayer)
        ? { layer: nextLayer, table: source.layerExperts(nextLayer) }
        : undefined
    results.push(layerStatistics(context, layer, table, next?.table))
    kept = next
    await options.onProgress?.(results.length, layers.length)
  }
  const trace: AnalyzedTrace = {
    ...{ path: source.label, sha256: source.sha256, gives: 'tokens', model: model.model, experts, topK },
    ...{ layers, requests: requests.length, phases: options.phases },
    tokens: { prefill: rows.prefill.length, decode: rows.decode.length },
    ...(tasks && { tasks: tasks.tasks }),
  }
  return resultOf(trace, seed, results)
}

/** The statistics of loads; `notMeasured` of the result names the others. */
export async function analyzeHistograms(
  source: HistogramSource,
  options: AnalysisOptions,
): Promise<TraceStatistics> {
  const { experts } = source
  const { seed, model, layers = source.layers } = options
  const { topK } = model
  const uniform = uniformCache(experts, topK, seed)
  const results: LayerStatistics[] = []
  for (const layer of layers) {
    const counts = new Map(source.phases.map((phase) => [phase, source.counts(layer, phase)]))
    const all = new Float64Array(experts)
    for (const phase of counts.values()) for (let e = 0; e < experts; e++) all[e]! += phase[e]!
    const sheet = new MeasureSheet()
    const selections = total(all)
    setSkew(sheet, all, uniform(Math.round(selections / topK)), topK, 'all')
    const prefill = counts.get('prefill')
    const decode = counts.get('decode')
    if (prefill !== undefined && decode !== undefined) {
      setSkew(sheet, prefill, uniform(Math.round(total(prefill) / topK)), topK, 'prefill')
      setSkew(sheet, decode, uniform(Math.round(total(decode) / topK)), topK, 'decode')
      setPhaseLoads(sheet, { prefill, decode })
    }
    results.push({ layer, selections, hottestExpert: hottestExpert(all), measures: sheet.measures })
    await options.onProgress?.(results.length, layers.length)
  }
  const trace: AnalyzedTrace = {
    ...{ path: source.label, sha256: source.sha256, gives: 'histograms', model: model.model, experts, topK },
    ...{ layers, phases: options.phases },
  }
  return resultOf(trace, seed, results)
}

function resultOf(trace: AnalyzedTrace, seed: number, layers: readonly LayerStatistics[]): TraceStatistics {
  const summary = summaryOf(layers)
  return { schemaVersion: 1, trace, seed, layers, summary, notMeasured: reasonsMissing(trace, summary) }
}

/** One uniform draw per number of tokens: layers of a trace mostly have the same. */
function uniformCache(experts: number, topK: number, seed: number): (tokens: number) => Float64Array {
  const known = new Map<number, Float64Array>()
  return (tokens) => {
    let counts = known.get(tokens)
    if (counts === undefined) {
      const random = randomStream(seed, `trace-statistics/uniform-${tokens}`)
      counts = uniformCounts(tokens, experts, topK, random)
      known.set(tokens, counts)
    }
    return counts
  }
}

function total(counts: Float64Array): number {
  return counts.reduce((a, b) => a + b, 0)
}
