// What is odd about counts of a trace without tokens: those of one rank, tokens or layers that are copies, numbers from one.
import type { HistogramSource } from '../histogram.ts'
import { deadLayers, LEAST_TOKENS_OF_LAYER, sameChoice, sameLayers } from './copies.ts'
import { oneEndUnused, oneRankOnly } from './unused.ts'

/** In words. `topK`: experts that a token chooses in a layer. */
export function oddCounts(histograms: HistogramSource, topK: number): string[] {
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
    oneRankOnly(byLayer) ?? oneChoiceOnly(layers, byLayer, topK),
    areAlike ? sameLayers(layers.length, 'counts') : undefined,
    oneEndUnused(totals),
  ].filter((text) => text !== undefined)
}

/** Where as few experts have counts as a single token chooses, all tokens chose these. */
function oneChoiceOnly(
  layers: readonly number[],
  byLayer: readonly Float64Array[],
  topK: number,
): string | undefined {
  const choices = new Map<number, number[]>()
  let fewest = Infinity
  for (const [i, counts] of byLayer.entries()) {
    const chosen = [...counts.keys()].filter((expert) => counts[expert]! > 0)
    if (chosen.length !== topK || topK === counts.length) continue
    const tokens = counts[chosen[0]!]!
    if (chosen.some((expert) => counts[expert] !== tokens) || tokens < LEAST_TOKENS_OF_LAYER) continue
    choices.set(layers[i]!, chosen)
    fewest = Math.min(fewest, tokens)
  }
  if (choices.size === 0) return undefined
  return choices.size === layers.length ? sameChoice(fewest, 'every layer') : deadLayers(fewest, choices)
}

function addTo(sums: Float64Array, counts: Float64Array): void {
  for (const [expert, of] of counts.entries()) sums[expert] = sums[expert]! + of
}
