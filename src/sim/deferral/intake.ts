// Which tokens start in the next iteration where some requests have to wait: the workload's, in its order.

import type { Iteration } from '../iteration.ts'
import type { Pass } from './flow.ts'

interface Chunk {
  readonly request: number
  readonly phase: Iteration['phase']
  readonly rows: Int32Array
  /** The iteration of the workload that it is from. */
  readonly planned: number
}

export class Intake {
  /** The rows of one request in one iteration of the workload, in the order of both. */
  private pending: Chunk[]
  private iteration = 0
  private readonly isLockStep: boolean
  /** Most tokens that start in one iteration. */
  private readonly tokens: number

  /**
   * A request starts one pass at a time. In lock step none starts before its time, and nothing else limits an iteration;
   * otherwise an iteration takes so many tokens and no more, of later requests where others wait.
   */
  constructor(iterations: readonly Iteration[], isLockStep: boolean) {
    this.pending = iterations.flatMap(chunksOf)
    this.isLockStep = isLockStep
    this.tokens = isLockStep ? Infinity : Math.max(...iterations.map(({ rows }) => rows.length))
  }

  get isEmpty(): boolean {
    return this.pending.length === 0
  }

  /** The passes that start next, ascending by request. */
  next(isWaiting: (request: number) => boolean): Pass[] {
    let room = this.tokens
    const started = new Map<number, Chunk>()
    const left: Chunk[] = []
    for (const chunk of this.pending) {
      const { request, rows } = chunk
      const isEarly = this.isLockStep && chunk.planned > this.iteration
      if (room === 0 || isEarly || started.has(request) || isWaiting(request)) {
        left.push(chunk)
        continue
      }
      const taken = { ...chunk, rows: rows.subarray(0, Math.min(room, rows.length)) }
      if (taken.rows.length < rows.length) left.push({ ...chunk, rows: rows.subarray(taken.rows.length) })
      room -= taken.rows.length
      started.set(request, taken)
    }
    this.pending = left
    this.iteration++
    return [...started.values()]
      .sort((a, b) => a.request - b.request)
      .map(({ request, phase, rows }) => ({
        request,
        phase,
        rows,
        dies: new Int32Array(0),
        wasPaused: false,
      }))
  }
}

function chunksOf({ phase, rows, requests }: Iteration, planned: number): Chunk[] {
  const byRequest = new Map<number, number[]>()
  rows.forEach((row, token) => {
    const request = requests[token]!
    const own = byRequest.get(request)
    if (own === undefined) byRequest.set(request, [row])
    else own.push(row)
  })
  return [...byRequest].map(([request, own]) => ({ request, phase, rows: Int32Array.from(own), planned }))
}
