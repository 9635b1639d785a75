// In which order a die takes its slices: those that compute long and those that read long in turn, so that unit and channel keep pace.

import type { SliceCosts } from './costs.ts'
import type { Part } from './setting.ts'

export interface SliceJob {
  readonly part: Part
  readonly slice: number
}

/**
 * Slices of parts whose computing is long for their reading come whenever the compute unit would fall behind its share of the
 * layer, the others in between: the first ones with few tokens, which are there soon.
 */
export function orderSlices(
  parts: readonly Part[],
  costs: SliceCosts,
): { jobs: SliceJob[]; evenness: number } {
  const timed = parts.map((part) => ({
    part,
    readPs: costs.readPs + costs.innerPs(part.tokens) + costs.inputPs(part.tokens) / part.slices.length,
    computePs: costs.computePs(part.tokens),
  }))
  const sum = (of: (one: (typeof timed)[number]) => number) =>
    timed.reduce((total, one) => total + of(one) * one.part.slices.length, 0)
  const shareOfReading = sum(({ computePs }) => computePs) / sum(({ readPs }) => readPs)
  const isHeavy = (one: (typeof timed)[number]) => one.computePs > shareOfReading * one.readPs
  const byTokens = [...timed].sort((a, b) => a.part.tokens - b.part.tokens || a.part.expert - b.part.expert)
  const jobsOf = (list: typeof timed) =>
    list.flatMap(({ part, ...times }) => part.slices.map((slice) => ({ job: { part, slice }, ...times })))
  const heavy = jobsOf(byTokens.filter(isHeavy).reverse())
  const light = jobsOf(byTokens.filter((one) => !isHeavy(one)))
  const order: SliceJob[] = []
  let readPs = 0
  let computePs = 0
  for (let h = 0, l = 0; h < heavy.length || l < light.length; ) {
    const isBehind = computePs < shareOfReading * readPs
    const next = h < heavy.length && (isBehind || l === light.length) ? heavy[h++]! : light[l++]!
    readPs += next.readPs
    computePs += next.computePs
    order.push(next.job)
  }
  const evenness = Math.min(shareOfReading, 1 / shareOfReading)
  return { jobs: order, evenness }
}
