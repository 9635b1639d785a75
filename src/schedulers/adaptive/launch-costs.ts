// What experts cost dies whose kernels take all their experts in one launch: there tokens are shared out, and experts stay whole.
import { type KernelTime, kernelMemory, kernelPs, kernelShape, kernelTime } from '../../hardware/kernel.ts'
import type { KernelSpec } from '../../hardware/spec.ts'
import { expertBytes } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { expertFrom, expertTokens, type LayerWork } from '../work.ts'
import { type SliceCosts, tokenPs } from './costs.ts'
import type { Part } from './setting.ts'
import type { TypicalLayer } from './typical.ts'

/** Parts of an expert's tokens that its holders share: planned with like slices. */
export const TOKEN_SHARES = 8

/**
 * Of one share of an expert's tokens. All time of a launch is one, and weights are read by each die that computes some: what goes
 * beyond reading them is shared.
 */
export function launchCosts(context: SchedulerContext, compute: KernelSpec, layer: TypicalLayer): SliceCosts {
  const { hardware, model } = context
  const readPs = expertBytes(model) / kernelMemory(hardware).readBytesPerPs
  return {
    wayPs: 0,
    readPs: 0,
    inputPs: () => readPs,
    innerPs: (tokens) => Math.max(0, expertPs(context, compute, layer, tokens) - readPs) / TOKEN_SHARES,
    portPs: 0,
    computePs: () => 0,
    tokenPs: tokenPs(context),
    messagePs: hardware.link.startup?.messagePs ?? 0,
    firstReadPs: 0,
    firstTokenPs: 0,
  }
}

/** Of the variance of an expert's tokens over their mean squared: tokens of the hottest experts are shared out. */
const SKEW = 0.6
/** So many standard deviations above the mean is the fullest die. */
const FULLEST = 0.65

/**
 * What a typical layer takes on its fullest die, if experts stay whole and are dealt evenly: those of a die in one launch. The
 * fewer they are, the more one hot expert among them counts.
 */
export function typicalLaunchPs(context: SchedulerContext, compute: KernelSpec, layer: TypicalLayer): number {
  const expertsPerDie = Math.ceil(layer.activeExperts / context.topology.dies)
  const evenPs = kernelPs(
    launchTime(context, compute, layer, { experts: expertsPerDie, tokens: layer.tokens }),
  )
  const unevenness = context.topology.dies === 1 ? 0 : FULLEST * Math.sqrt(SKEW / expertsPerDie)
  return evenPs * (1 + unevenness)
}

/** Of a die by itself, on which experts have so many tokens each. */
export function loneLaunchPs(
  { hardware, model }: SchedulerContext,
  compute: KernelSpec,
  tokensOf: Int32Array,
): number {
  const expertRows = Array.from(tokensOf).filter((tokens) => tokens > 0)
  const pairs = expertRows.reduce((sum, tokens) => sum + tokens, 0)
  const work = { expertRows, meanRows: pairs / model.experts, pairs, tokens: pairs / model.topK }
  return kernelPs(kernelTime(compute, kernelMemory(hardware), kernelShape(model), work))
}

/** For which a die of a typical layer waits before its launch, as tokens come in, and after it, as results go: launches overlap with neither. */
export function typicalMovePs(context: SchedulerContext, layer: TypicalLayer): number {
  const { dies } = context.topology
  const pairs = (layer.activeExperts * layer.tokens) / dies
  const guests = Math.min(layer.allTokens, pairs) * (1 - 1 / dies)
  return guests * tokenPs(context)
}

/** Of one expert within a launch. */
function expertPs(
  context: SchedulerContext,
  compute: KernelSpec,
  layer: TypicalLayer,
  tokens: number,
): number {
  const { productPs, elementwisePs } = launchTime(context, compute, layer, { experts: 1, tokens })
  return productPs + elementwisePs
}

/** Of some experts with so many tokens each. */
function launchTime(
  { hardware, model }: SchedulerContext,
  compute: KernelSpec,
  layer: TypicalLayer,
  { experts, tokens }: { readonly experts: number; readonly tokens: number },
): KernelTime {
  const pairs = experts * tokens
  const work = {
    expertRows: new Array<number>(experts).fill(tokens),
    meanRows: (layer.allTokens * model.topK) / model.experts,
    ...{ pairs, tokens: pairs / model.topK },
  }
  return kernelTime(compute, kernelMemory(hardware), kernelShape(model), work)
}

/** The tokens of every part's expert, in the proportion of the shares that it has; experts ascending. */
export function shareTasks(work: LayerWork, parts: readonly Part[]): Task[] {
  const dealt = new Int32Array(work.experts)
  const pairAt = (expert: number, shares: number) =>
    expertFrom(work, expert) + Math.round((expertTokens(work, expert) * shares) / TOKEN_SHARES)
  const tasks = parts.map(({ expert, die, slices }) => {
    const from = dealt[expert]!
    dealt[expert] = from + slices.length
    return { expert, die, fromPair: pairAt(expert, from), toPair: pairAt(expert, from + slices.length) }
  })
  return tasks.filter(({ fromPair, toPair }) => toPair > fromPair).sort((a, b) => a.expert - b.expert)
}
