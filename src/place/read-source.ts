// Opens what a placement is made from: counts of any kind, or a trace.
import type { Io } from '../io.ts'
import type { TraceExpectation } from '../trace/expectation.ts'
import type { HistogramSource } from '../trace/histogram.ts'
import { readTrace } from '../trace/open.ts'
import type { TraceOptions } from '../trace/reading.ts'
import { countSource, type PlaceSource, tokenSource } from './source.ts'

/** A trace of any format. Throws UserError. */
export async function readPlaceSource(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  options: TraceOptions,
): Promise<PlaceSource> {
  const trace = await readTrace(io, path, expectation, options)
  const { model, layers } = expectation
  const allLayers = layers ?? Math.max(...expectation.moeLayers) + 1
  if (trace.gives === 'tokens') return tokenSource(path, model, allLayers, trace.source)
  return countSource(
    { path, model, experts: expectation.experts, allLayers, layers: trace.histograms.layers },
    [allPhases(trace.histograms)],
  )
}

function allPhases(histograms: HistogramSource): ReadonlyMap<number, Float64Array> {
  return new Map(
    histograms.layers.map((layer) => {
      const sum = new Float64Array(histograms.experts)
      for (const phase of histograms.phases) {
        for (const [expert, count] of histograms.counts(layer, phase).entries()) sum[expert]! += count
      }
      return [layer, sum] as const
    }),
  )
}
