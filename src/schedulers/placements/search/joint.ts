// Copies and packing decided together: the number of copies serves the packing, which eplb does not ask when it makes them.
import { improve } from './descent.ts'
import { eplb } from './eplb.ts'
import type { PlaceProblem, Slots } from './problem.ts'

/** Moves looked at: for each slot, and at most, which takes about a tenth of a second. */
const MOVES_PER_SLOT = 2000
const MOST_MOVES = 300_000

/** Starts from eplb and improves it. Never worse than eplb. */
export function joint(
  problem: PlaceProblem,
  mostMoves = Math.min(MOST_MOVES, MOVES_PER_SLOT * problem.devices * problem.slots),
): Slots {
  return improve(problem, eplb(problem), { mostMoves })
}
