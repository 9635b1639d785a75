// What a layer of the run looks like before it is known: how many experts are active, with how many tokens each.
import type { SchedulerContext } from '../scheduler.ts'

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
