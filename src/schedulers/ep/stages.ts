// Sends in stages in which every die sends to one other and gets from one other, so that none is sent to by many at a time.
import { grouped } from '../../grouped.ts'

export interface Send {
  readonly from: number
  readonly to: number
  readonly start: (onArrived: () => void) => void
}

/**
 * Starts for every die the first of its sends, and each further one as the one before arrives: in stage i to the die that is i places
 * behind it in `rank`. A die that is done with a stage does not wait for the others.
 */
export function sendInStages(sends: readonly Send[], rank: ArrayLike<number>): void {
  const places = rank.length
  const stageOf = ({ from, to }: Send) => (rank[to]! - rank[from]! + places) % places
  for (const ofDie of grouped(sends, ({ from }) => from).values()) {
    const waiting = [...ofDie].sort((a, b) => stageOf(b) - stageOf(a))
    const next = () => waiting.pop()?.start(next)
    next()
  }
}
