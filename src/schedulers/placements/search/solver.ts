// HiGHS in WebAssembly, as far as placements use it: a program in CPLEX LP form, what came of it and how far it got.
import { Bug } from '../../../errors.ts'

export interface SolverModel {
  readonly options: { set(options: Readonly<Record<string, boolean | number | string>>): void }
  readonly info: { get(name: string): number | bigint }
  run(): void
  /** In seconds. */
  getRunTime(): number
  getModelStatus(): number
  getSolution(): { readonly colValue: ArrayLike<number> }
  getColName(column: number): string
}

export interface Solver {
  readonly constants: {
    readonly modelStatus: { readonly optimal: number; readonly infeasible: number }
    readonly solutionStatus: { readonly feasible: number }
  }
  withModel<T>(source: { readonly format: 'lp'; readonly data: string }, use: (model: SolverModel) => T): T
}

let loading: Promise<Solver> | undefined

/** One for the life of the thread. */
export function loadPlacementSolver(): Promise<Solver> {
  loading ??= load()
  return loading
}

async function load(): Promise<Solver> {
  const module: object = await import('highs')
  const start: unknown = 'default' in module ? module.default : undefined
  if (!isLoader(start)) throw new Bug('the package highs has no default export to load it')
  return start()
}

function isLoader(value: unknown): value is () => Promise<Solver> {
  return typeof value === 'function'
}
