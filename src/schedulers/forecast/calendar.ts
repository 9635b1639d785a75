// Which die computes which expert in which iteration of a run, known before: what an oracle may look at.
import type { RoutingKnowledge } from '../knowledge.ts'
import type { Task } from '../tasks.ts'
import type { LayerWork } from '../work.ts'

/** Plans an iteration as the scheduler will. */
export type Planner = (work: LayerWork) => readonly Pick<Task, 'expert' | 'die'>[]

export class Calendar {
  private readonly knowledge: RoutingKnowledge
  private readonly plan: Planner
  private readonly experts: number
  /** Iterations, ascending, in which a die computes an expert: by die * experts + expert. */
  private uses: Map<number, number[]> | undefined

  constructor(knowledge: RoutingKnowledge, experts: number, plan: Planner) {
    this.knowledge = knowledge
    this.experts = experts
    this.plan = plan
  }

  /**
   * The first iteration after `after.iteration` in which a die computes an expert; Infinity: none. Works are planned on the dies
   * of the work `after`.
   */
  nextUse(expert: number, die: number, after: LayerWork): number {
    this.uses ??= this.workOut(after)
    const uses = this.uses.get(die * this.experts + expert) ?? []
    return uses.find((iteration) => iteration > after.iteration) ?? Number.POSITIVE_INFINITY
  }

  private workOut(like: LayerWork): Map<number, number[]> {
    const uses = new Map<number, number[]>()
    this.knowledge.iterations.forEach(({ tokens }, iteration) => {
      if (tokens === 0) return
      const choices = this.knowledge.choices(iteration)
      for (const { expert, die } of this.plan(workOf(choices, iteration, like))) {
        const key = die * this.experts + expert
        const known = uses.get(key)
        if (known === undefined) uses.set(key, [iteration])
        else if (known.at(-1) !== iteration) known.push(iteration)
      }
    })
    return uses
  }
}

/** Work of an iteration as planners look at it: how many tokens choose each expert, and in what order experts appear. */
function workOf(choices: Uint16Array, iteration: number, like: LayerWork): LayerWork {
  const { experts, topK } = like
  const counts = new Float64Array(experts)
  for (const expert of choices) counts[expert] = counts[expert]! + 1
  const work = workOfCounts(counts, like)
  return { ...work, iteration, choices, tokens: choices.length / topK, firstSeen: [...new Set(choices)] }
}

/** Work like another one in which so many tokens choose each expert: [experts], in whole numbers. */
export function workOfCounts(counts: Float64Array, like: LayerWork): LayerWork {
  const { dies, experts } = like
  const pairStart = new Int32Array(experts * dies + 1)
  let pairs = 0
  counts.forEach((count, expert) => {
    pairStart.fill(pairs, expert * dies, (expert + 1) * dies)
    pairs += count
  })
  pairStart[experts * dies] = pairs
  const activeExperts = [...counts.keys()].filter((expert) => counts[expert]! > 0)
  return { ...like, pairStart, activeExperts, firstSeen: activeExperts }
}
