// What a layer of the run looks like before it is known: how many experts are active, with how many tokens each.
import { randomStream } from '../../engine/random.ts'
import type { SchedulerContext } from '../scheduler.ts'

/** Drawn for a made-up layer; where tokens choose more often, all counts are larger by as much. */
const MOST_CHOICES = 2 ** 15

export interface TypicalLayer {
  /** Of an iteration. */
  readonly allTokens: number
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
  return {
    allTokens: Math.round(tokens),
    activeExperts,
    tokens: Math.max(1, Math.round((tokens * topK) / activeExperts)),
  }
}

/** Of a made-up layer, by expert: each choice of a token is drawn by itself, experts being as popular as the model's routing is skewed. */
export function madeUpTokens(
  { model }: Pick<SchedulerContext, 'model'>,
  tokens: number,
  layer: number,
): Int32Array {
  const { experts, topK, routing } = model
  const random = randomStream(layer, 'typical layer')
  const upTo = new Float64Array(experts)
  let sum = 0
  for (let expert = 0; expert < experts; expert++) {
    sum += exponential(routing.skew * normal(random))
    upTo[expert] = sum
  }
  const choices = Math.min(MOST_CHOICES, tokens * topK)
  const tokensOf = new Float64Array(experts)
  for (let choice = 0; choice < choices; choice++) {
    const expert = firstAbove(upTo, random() * sum)
    tokensOf[expert] = tokensOf[expert]! + 1
  }
  return Int32Array.from(tokensOf, (count) => Math.min(tokens, Math.round((count * tokens * topK) / choices)))
}

/** Index of the first of some ascending numbers that is above another one, or the last. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Of mean 0 and variance 1, nearly normal. */
function normal(random: () => number): number {
  let sum = -6
  for (let draw = 0; draw < 12; draw++) sum += random()
  return sum
}

/** By multiplications alone, so that it is the same on all versions of Node. */
function exponential(x: number): number {
  let power = 1 + x / 1024
  for (let doubling = 0; doubling < 10; doubling++) power *= power
  return power
}
