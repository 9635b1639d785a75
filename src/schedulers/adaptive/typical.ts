// What a layer of the run looks like before it is known: how many experts are active, with how many tokens each.
import type { SchedulerContext } from '../scheduler.ts'
import type { SliceCosts } from './costs.ts'

export interface TypicalLayer {
  readonly activeExperts: number
  /** Of an active expert. */
  readonly tokens: number
}

/** Tokens of an iteration, on average, each choosing its experts blindly; one token where nothing is known of the run. */
export function typicalLayer({ knowledge, model }: SchedulerContext): TypicalLayer {
  const counts = knowledge?.iterations.map((iteration) => iteration.tokens) ?? [1]
  const tokens = Math.max(1, counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length))
  const { experts, topK } = model
  const activeExperts = Math.max(1, experts * (1 - (1 - topK / experts) ** tokens))
  return { activeExperts, tokens: Math.max(1, Math.round((tokens * topK) / activeExperts)) }
}

/** Of the variance of an expert's tokens over their mean squared: the few hottest experts are dealt between their holders anyway. */
const MOST_SKEW = 0.6
/** The fullest of some dozens of dies lies so many standard deviations above the mean: homes are not dealt by chance. */
const FULLEST = 1.3
/** Of that, what dealing slices between the holders of copies mends: so much for each copy, and of the rest all but a part. */
const MENDED_BY_COPY = 0.25
const UNMENDED = 0.1

/**
 * The number of parts, lying apart, in which experts are best kept: more parts even out which experts are active and how many
 * tokens they have, but each makes a die read the inputs of its expert once more.
 */
export function bestParts(
  layer: TypicalLayer,
  costs: SliceCosts,
  { context, slices, copies }: { context: SchedulerContext; slices: number; copies: number },
): number {
  const { model, topology } = context
  const { dies } = topology
  const { activeExperts, tokens } = layer
  const onDies = (perExpertPs: number) => (activeExperts * perExpertPs) / dies
  const inputPs = onDies(costs.inputPs(tokens))
  const channelPs = onDies(slices * (costs.readPs + costs.innerPs(tokens))) + inputPs
  const computePs = onDies(slices * costs.computePs(tokens))
  const fullerPs = Math.max(channelPs, computePs)
  const active = activeExperts / model.experts
  const skew = Math.min(MOST_SKEW, Math.exp(model.routing.skew ** 2) - 1)
  const variance = (1 - active) / active + (computePs / fullerPs) ** 2 * skew
  const overheadOf = (parts: number) => {
    const partsPerDie = (activeExperts * parts) / dies
    const excess = FULLEST * Math.sqrt(variance / partsPerDie)
    const imbalance = Math.max(0, excess - MENDED_BY_COPY * copies) + UNMENDED * excess
    return imbalance + Math.max(channelPs + (parts - 1) * inputPs, computePs) / fullerPs
  }
  let best = 1
  for (let parts = 2; parts <= Math.min(slices, dies); parts++) {
    if (overheadOf(parts) < overheadOf(best)) best = parts
  }
  return best
}
