// Full dies that wait for each other: how FSE-DP finds them, so that they can move on together.
import { type DieState, nextDie, type Visit } from './visit.ts'

export interface Step {
  readonly state: DieState
  readonly visit: Visit
}

/**
 * A cycle of full dies, reached from `from`, each with a computed micro-slice that waits for a slot at the next of them.
 * undefined where there is none.
 *
 * Once no load, send or compute is under way, every filled slot holds a computed micro-slice that waits for a full die. So
 * following the waits from any full die comes back to one seen before, and a stall without such a cycle cannot be, however
 * few slots are kept free of loads. Each turn takes one hop off every micro-slice in it, so turning ends.
 */
export function findFullRing(from: DieState, dies: readonly DieState[]): readonly Step[] | undefined {
  if (from.freeSlots > 0 || from.blocked.length === 0) return undefined
  const walk: Step[] = []
  for (let state = from; ; ) {
    const seenAt = walk.findIndex((step) => step.state === state)
    if (seenAt >= 0) return walk.slice(seenAt)
    const visit = state.freeSlots === 0 ? state.blocked.find(({ isComputed }) => isComputed) : undefined
    if (visit === undefined) return undefined
    walk.push({ state, visit })
    state = dies[nextDie(visit)]!
  }
}
