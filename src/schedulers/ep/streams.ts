// Which tokens go from which die to which, once however many of the experts there they have chosen.
import { grouped } from '../../grouped.ts'
import type { PairRange } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { type LayerWork, restingRuns } from '../work.ts'

/** Between the die where tokens rest and a target: a die, or a node, that computes with them. */
export interface Stream {
  readonly restingDie: number
  readonly target: number
  readonly pairs: (PairRange & { readonly expert: number })[]
  /** Distinct. */
  tokens: number
}

/** `targetOf`: of the die of a task. `isOwn`: whether tokens of a die are at a target without being sent. */
export interface Targets {
  readonly targetOf: (die: number) => number
  readonly isOwn: (restingDie: number, target: number) => boolean
}

/** One for each resting die and target that has work for tokens of it, in the order of the tasks. */
export function streams(work: LayerWork, tasks: readonly Task[], { targetOf, isOwn }: Targets): Stream[] {
  const found = new Map<number, Stream>()
  const streamOf = (restingDie: number, target: number) => {
    const key = restingDie * work.dies + target
    const stream = found.get(key) ?? { restingDie, target, pairs: [], tokens: 0 }
    found.set(key, stream)
    return stream
  }
  for (const { expert, fromPair, toPair, die } of tasks) {
    const target = targetOf(die)
    for (const run of restingRuns(work, fromPair, toPair)) {
      if (isOwn(run.restingDie, target)) continue
      streamOf(run.restingDie, target).pairs.push({ expert, fromPair: run.fromPair, toPair: run.toPair })
    }
  }
  eachToken(work, tasks, (restingDie, dies) => {
    for (const target of new Set(dies.map(targetOf))) {
      if (!isOwn(restingDie, target)) streamOf(restingDie, target).tokens++
    }
  })
  return [...found.values()]
}

/** Visits every token with the dies that compute its pairs. */
function eachToken(
  work: LayerWork,
  tasks: readonly Task[],
  visit: (restingDie: number, dies: readonly number[]) => void,
): void {
  const { choices, topK, restingDie, dies, dieOrder, pairStart } = work
  const rank = new Int32Array(dies)
  for (let place = 0; place < dies; place++) rank[dieOrder[place]!] = place
  const tasksOf = grouped(tasks, ({ expert }) => expert)
  /** By (expert, rank of the resting die): its next pair, since tokens of a die have ascending pairs. */
  const next = pairStart.slice()
  restingDie.forEach((die, token) => {
    const computing: number[] = []
    for (const expert of choices.subarray(token * topK, (token + 1) * topK)) {
      const at = expert * dies + rank[die]!
      const pair = next[at]!
      next[at] = pair + 1
      const task = tasksOf.get(expert)?.find(({ fromPair, toPair }) => pair >= fromPair && pair < toPair)
      if (task !== undefined) computing.push(task.die)
    }
    visit(die, computing)
  })
}
