// What is odd about counts of a trace without tokens: those of one rank, layers that are copies, numbers that begin with one.
import type { HistogramSource } from '../histogram.ts'
import { allLayersAlike, oneEndUnused, oneRankOnly } from './unused.ts'

/** In words. */
export function oddCounts(histograms: HistogramSource): string[] {
  const { experts, layers, phases } = histograms
  const byLayer = layers.map((layer) => {
    const sums = new Float64Array(experts)
    for (const phase of phases) addTo(sums, histograms.counts(layer, phase))
    return sums
  })
  const totals = new Float64Array(experts)
  for (const counts of byLayer) addTo(totals, counts)
  const [first, ...others] = byLayer
  // Counts that are all equal are made up, and may be.
  const isUneven = first!.some((of) => of !== first![0])
  const areAlike = others.length > 0 && isUneven && others.every((of) => of.join() === first!.join())
  return [
    oneRankOnly(byLayer),
    areAlike ? allLayersAlike(layers.length, 'counts') : undefined,
    oneEndUnused(totals),
  ].filter((text) => text !== undefined)
}

function addTo(sums: Float64Array, counts: Float64Array): void {
  for (const [expert, of] of counts.entries()) sums[expert] = sums[expert]! + of
}
