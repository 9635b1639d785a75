// The placement with the least load on the fullest device, by mixed-integer programs, and how far it may be from that.
import { assignmentProgram, assignmentSize, LIMIT_VALUE, patternProgram } from './mixed-integer.ts'
import { leastMaxLoad, maxLoad, type PlaceProblem, type Slots } from './problem.ts'
import type { Solver, SolverModel } from './solver.ts'

export interface Optimum {
  readonly layout: Slots
  /** No placement has less on its fullest device; equal to that of `layout` where it is proven to be the optimum. */
  readonly bound: number
}

/** Of an assignment program: larger ones do not even begin to end, and fill the memory. */
const MOST_VARIABLES = 40_000
/** Loads closer than this share count as equal. */
const STEP = 1e-7

/**
 * Never worse than any of `starts`, of which there is one at least. Ends when nothing better is left, or after `seconds`: then
 * what comes out may depend on the speed of the machine.
 */
export function optimal(
  highs: Solver,
  problem: PlaceProblem,
  seconds: number,
  starts: readonly Slots[],
): Optimum {
  const { loads } = problem
  let layout = starts.reduce((a, b) => (maxLoad(b, loads) < maxLoad(a, loads) ? b : a))
  const least = leastMaxLoad(problem)
  let left = seconds
  while (left > 0) {
    const most = maxLoad(layout, loads)
    if (most <= least * (1 + 1e-9)) return { layout, bound: most }
    const limit = most * (1 - STEP)
    const pattern = patternProgram(problem, limit)
    if (pattern === undefined) return byAssignment(highs, problem, { layout, least, left })
    const { status, seconds: used, solved } = run(highs, pattern.text, left)
    left -= used
    if (status === 'infeasible') return { layout, bound: most }
    if (solved === undefined) break
    layout = pattern.layoutOf(solved)
  }
  return { layout, bound: least }
}

function byAssignment(
  highs: Solver,
  problem: PlaceProblem,
  { layout, least, left }: { readonly layout: Slots; readonly least: number; readonly left: number },
): Optimum {
  const { loads } = problem
  const most = maxLoad(layout, loads)
  const limit = most * (1 - STEP)
  if (assignmentSize(problem, limit) > MOST_VARIABLES) return { layout, bound: least }
  const program = assignmentProgram(problem, limit, least)
  const { status, solved, dualBound } = run(highs, program.text, left)
  if (status === 'infeasible') return { layout, bound: most }
  const proven = dualBound === undefined ? least : (dualBound / LIMIT_VALUE) * limit
  const found = solved && program.layoutOf(solved)
  const best = found !== undefined && maxLoad(found, loads) < most ? found : layout
  const bound = status === 'optimal' ? maxLoad(best, loads) : Math.max(least, proven)
  return { layout: best, bound: Math.min(bound, maxLoad(best, loads)) }
}

interface Outcome {
  readonly status: 'optimal' | 'infeasible' | 'open'
  readonly seconds: number
  /** Of the best solution; absent: none was found. */
  readonly solved?: (variable: string) => number
  readonly dualBound?: number
}

function run(highs: Solver, text: string, seconds: number): Outcome {
  return highs.withModel({ format: 'lp', data: text }, (model): Outcome => {
    model.options.set({ output_flag: false, time_limit: seconds })
    model.run()
    const used = model.getRunTime()
    const status = model.getModelStatus()
    const { modelStatus, solutionStatus } = highs.constants
    if (status === modelStatus.infeasible) return { status: 'infeasible', seconds: used }
    const isFeasible = model.info.get('primal_solution_status') === solutionStatus.feasible
    const bound = model.info.get('mip_dual_bound')
    return {
      status: status === modelStatus.optimal ? 'optimal' : 'open',
      seconds: used,
      ...(isFeasible && { solved: valuesOf(model) }),
      ...(typeof bound === 'number' && Number.isFinite(bound) && { dualBound: bound }),
    }
  })
}

/** Values by the names of the variables, read before the model is gone. */
function valuesOf(model: SolverModel): (variable: string) => number {
  const { colValue } = model.getSolution()
  const values = new Map(Array.from(colValue, (value, i) => [model.getColName(i), value] as const))
  return (variable) => values.get(variable) ?? 0
}
