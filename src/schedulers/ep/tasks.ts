// Expert parallelism's tasks: every expert on the die that holds it, or in equal shares on all dies that do.
import type { Topology } from '../../hardware/topology.ts'
import type { Task } from '../tasks.ts'
import { expertFrom, expertTokens, type LayerWork } from '../work.ts'

/**
 * One task per active expert and die that holds it, experts ascending. The tokens of an expert are cut into shares that
 * differ by at most one token. Shares go to dies in die order, and tokens are sorted by the die they rest on in that same
 * order, so that most have a short way. A die whose share is empty gets no task.
 */
export function holderTasks(
  work: LayerWork,
  holdersOf: (expert: number) => readonly number[],
  { rank }: Topology,
): Task[] {
  return work.activeExperts.flatMap((expert) => {
    const holders = [...holdersOf(expert)].sort((a, b) => rank[a]! - rank[b]!)
    const tokens = expertTokens(work, expert)
    const from = expertFrom(work, expert)
    const shareStart = (place: number) => from + Math.ceil((tokens * place) / holders.length)
    return holders
      .map((die, place) => ({ expert, fromPair: shareStart(place), toPair: shareStart(place + 1), die }))
      .filter(({ fromPair, toPair }) => toPair > fromPair)
  })
}
