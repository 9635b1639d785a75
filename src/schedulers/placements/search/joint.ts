// Copies and packing decided together: the number of copies serves the packing, which eplb does not ask when it makes them.
import { improve } from './descent.ts'
import { copiesForHottest, eplb, packCopies } from './eplb.ts'
import { leastMaxLoad, maxLoad, type PlaceProblem, type Slots } from './problem.ts'

/** Moves looked at: for each slot, and at most, which takes about a tenth of a second. */
const MOVES_PER_SLOT = 2000
const MOST_MOVES = 300_000
const LIMITS = 8

/**
 * Starts from eplb and from packings whose copies are as few as a limit on the share of each needs, and improves the best of
 * them. Never worse than eplb.
 */
export function joint(
  problem: PlaceProblem,
  mostMoves = Math.min(MOST_MOVES, MOVES_PER_SLOT * problem.devices * problem.slots),
): Slots {
  const starts = [eplb(problem), ...limitedStarts(problem)]
  const best = starts.reduce((a, b) => (maxLoad(b, problem.loads) < maxLoad(a, problem.loads) ? b : a))
  return improve(problem, best, { mostMoves })
}

/** Packings for limits between the least there can be and what eplb has: as few copies as keep shares below, the rest to the hottest. */
function limitedStarts(problem: PlaceProblem): Slots[] {
  const { loads, devices, slots } = problem
  const least = leastMaxLoad(problem)
  if (least === 0) return []
  return Array.from({ length: LIMITS }, (_, i) => {
    const limit = least * (1 - 0.06 * i)
    const copies = Int32Array.from(loads, (load) =>
      Math.min(devices, Math.max(1, Math.ceil(load / limit - 1e-9))),
    )
    const used = copies.reduce((sum, count) => sum + count, 0)
    return used > devices * slots ? undefined : packCopies(problem, copiesForHottest(problem, copies))
  }).filter((layout) => layout !== undefined)
}
