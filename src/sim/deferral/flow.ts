// Passes that go through a layer together, and the arrays of an iteration that they make.
import type { Iteration } from '../iteration.ts'

/** One forward pass of one request: its rows that go through the layers together. */
export interface Pass {
  readonly request: number
  readonly phase: Iteration['phase']
  readonly rows: Int32Array
  /** The die of each row, once they are seated. */
  readonly dies: Int32Array
  readonly wasPaused: boolean
}

/** Tokens that come through attention and router at one layer, or leave the last one. */
export interface Arrivals {
  readonly phase: Iteration['phase']
  readonly tokens: number
  readonly requests: number
}

export interface Flow {
  /** Ascending by request. */
  readonly passes: readonly Pass[]
  readonly iteration: Iteration
  /** The die of each row; zeros where they are not seated. */
  readonly dies: Int32Array
  readonly arrivals: Arrivals
}

export function flowOf(passes: readonly Pass[]): Flow {
  const tokens = passes.reduce((sum, { rows }) => sum + rows.length, 0)
  const rows = new Int32Array(tokens)
  const requests = new Int32Array(tokens)
  const dies = new Int32Array(tokens)
  let from = 0
  for (const pass of passes) {
    rows.set(pass.rows, from)
    requests.fill(pass.request, from, from + pass.rows.length)
    dies.set(pass.dies, from)
    from += pass.rows.length
  }
  const phase = commonPhase(passes)
  return {
    passes,
    iteration: { phase, rows, requests },
    dies,
    arrivals: { phase, tokens, requests: passes.length },
  }
}

function commonPhase(passes: readonly Pass[]): Iteration['phase'] {
  const [first, ...others] = passes
  return first !== undefined && others.every(({ phase }) => phase === first.phase) ? first.phase : 'mixed'
}
