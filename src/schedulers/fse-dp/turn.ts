// Full dies that wait for each other: how FSE-DP finds them, so that they can move on together.
import { type DieState, nextDie, type Visit } from './visit.ts'

export interface Step {
  readonly state: DieState
  readonly visit: Visit
}

export class FullRings {
  private readonly dies: readonly DieState[]
  private suspects: DieState[] = []

  constructor(dies: readonly DieState[]) {
    this.dies = dies
  }

  /** To be told of each die that has become full, or where another computed micro-slice than before waits first. */
  suspect(state: DieState): void {
    this.suspects.push(state)
  }

  /** Whether `canExist` has anything to look at. */
  get hasSuspects(): boolean {
    return this.suspects.length > 0
  }

  /**
   * Whether there is a ring at all. One can only have come to be at a suspect, provided that all rings there were when this was
   * asked last have been turned.
   */
  canExist(): boolean {
    const { suspects } = this
    if (suspects.length === 0) return false
    this.suspects = []
    return suspects.some((state) => this.leadsToRing(state))
  }

  /**
   * A cycle of full dies, reached from `from`, each with a computed micro-slice that waits for a slot at the next of them.
   * undefined where there is none.
   *
   * Once no load, send or compute is under way, every filled slot holds a computed micro-slice that waits for a full die. So
   * following the waits from any full die comes back to one seen before, and a stall without such a cycle cannot be, however
   * few slots are kept free of loads. Each turn takes one hop off every micro-slice in it, so turning ends.
   */
  find(from: DieState): readonly Step[] | undefined {
    if (!this.leadsToRing(from)) return undefined
    const walk: Step[] = []
    for (let state = from; ; ) {
      const seenAt = walk.findIndex((step) => step.state === state)
      if (seenAt >= 0) return walk.slice(seenAt)
      const visit = waitingVisit(state)!
      walk.push({ state, visit })
      state = this.dies[nextDie(visit)]!
    }
  }

  /** A walk along the waits that takes more steps than there are dies goes round. */
  private leadsToRing(from: DieState): boolean {
    let state = from
    for (let steps = 0; steps < this.dies.length; steps++) {
      const visit = waitingVisit(state)
      if (visit === undefined) return false
      state = this.dies[nextDie(visit)]!
    }
    return true
  }
}

/** The first computed micro-slice of a full die that waits. */
function waitingVisit({ freeSlots, blocked }: DieState): Visit | undefined {
  return freeSlots === 0 ? blocked.find(({ isComputed }) => isComputed) : undefined
}
