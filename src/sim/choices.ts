// What the tokens of each iteration chose, taken out of a layer's routing table.
import type { Iteration } from './iteration.ts'

/**
 * A table has the tokens of a request in a row, and an iteration takes one token of each request: far apart, so that each
 * costs a miss of cache and page table. Tokens of so many iterations are fetched together, from a few requests at a time.
 */
const ITERATIONS_AT_A_TIME = 32
const TOKENS_AT_A_TIME = 64

/** Expert ids [token][slot] of every iteration in order. `layerExperts`: expert ids [row][slot] of all rows of the source. */
export function* choicesByIteration(
  iterations: readonly Pick<Iteration, 'rows'>[],
  layerExperts: Uint16Array,
  topK: number,
): Generator<Uint16Array> {
  for (let from = 0; from < iterations.length; from += ITERATIONS_AT_A_TIME) {
    const together = iterations.slice(from, from + ITERATIONS_AT_A_TIME)
    const choices = together.map(({ rows }) => new Uint16Array(rows.length * topK))
    const most = Math.max(...together.map(({ rows }) => rows.length))
    for (let token = 0; token < most; token += TOKENS_AT_A_TIME) {
      together.forEach(({ rows }, i) => {
        const end = Math.min(token + TOKENS_AT_A_TIME, rows.length)
        for (let of = token; of < end; of++)
          copy(layerExperts, rows[of]! * topK, choices[i]!, of * topK, topK)
      })
    }
    yield* choices
  }
}

/** The same of one iteration. */
export function choicesOf(
  { rows }: Pick<Iteration, 'rows'>,
  layerExperts: Uint16Array,
  topK: number,
): Uint16Array {
  const choices = new Uint16Array(rows.length * topK)
  for (let token = 0; token < rows.length; token++)
    copy(layerExperts, rows[token]! * topK, choices, token * topK, topK)
  return choices
}

function copy(from: Uint16Array, at: number, to: Uint16Array, toAt: number, count: number): void {
  for (let i = 0; i < count; i++) to[toAt + i] = from[at + i]!
}
