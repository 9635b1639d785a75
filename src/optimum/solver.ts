// The solver behind linear programs: HiGHS in WebAssembly, loaded when the first program is to be solved.
import { invariant } from '../errors.ts'
import type { Program, Solution } from './program.ts'

export type Solve = (program: Program) => Solution

let loading: Promise<Solve> | undefined

/** One for the life of the thread. */
export function loadSolver(): Promise<Solve> {
  loading ??= load()
  return loading
}

async function load(): Promise<Solve> {
  const { default: start } = await import('highs')
  const highs = await start()
  return (program) => {
    // One algorithm on one thread: the same program has the same solution everywhere.
    const solved = highs.solve(program.text(), { solver: 'simplex', parallel: 'off', threads: 1 })
    invariant(solved.Status === 'Optimal', () => `a linear program was not solved: ${solved.Status}`)
    const primal = new Float64Array(program.columns)
    for (let column = 0; column < primal.length; column++)
      primal[column] = solved.Columns[`x${column}`]?.Primal ?? 0
    const dual = new Float64Array(program.rows.length)
    for (const { Index, Dual = 0 } of solved.Rows) dual[Index] = Dual
    return { primal, dual }
  }
}
