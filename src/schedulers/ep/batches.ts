// Two-batch overlap: the tokens of every die in equal batches, so that one is on its way while another is computed.
import type { Task } from '../tasks.ts'
import { type LayerWork, pairTokens, restingRuns } from '../work.ts'

/** Tasks of each batch; of an expert, as many as there are dies on which tokens of the batch rest. */
export function batchTasks(work: LayerWork, tasks: readonly Task[], batches: number): Task[][] {
  const tokenOf = pairTokens(work)
  const batchOf = batchesOfTokens(work, batches)
  const split = Array.from({ length: batches }, (): Task[] => [])
  for (const { expert, die, fromPair, toPair } of tasks) {
    for (const run of restingRuns(work, fromPair, toPair)) {
      let from = run.fromPair
      while (from < run.toPair) {
        // Pairs of a resting die have ascending tokens, and so ascending batches.
        const batch = batchOf[tokenOf[from]!]!
        let to = from + 1
        while (to < run.toPair && batchOf[tokenOf[to]!] === batch) to++
        split[batch]!.push({ expert, die, fromPair: from, toPair: to })
        from = to
      }
    }
  }
  return split
}

/** By token: its place among those of its die, in equal parts. */
function batchesOfTokens({ restingDie, dies }: LayerWork, batches: number): Uint8Array {
  const counts = new Int32Array(dies)
  for (const die of restingDie) counts[die] = counts[die]! + 1
  const seen = new Int32Array(dies)
  return Uint8Array.from(restingDie, (die) => {
    const place = seen[die]!
    seen[die] = place + 1
    return Math.floor((place * batches) / counts[die]!)
  })
}
