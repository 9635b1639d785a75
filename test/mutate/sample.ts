// A sample that depends on a seed alone.
import { randomStream } from '../../src/engine/random.ts'

/** Without replacement, in random order; all where there are no more. */
export function sampleOf<T>(all: readonly T[], count: number, seed: number): T[] {
  const random = randomStream(seed, 'mutants')
  const pool = [...all]
  const drawn: T[] = []
  while (drawn.length < count && pool.length > 0) {
    const at = Math.floor(random() * pool.length)
    drawn.push(pool[at]!)
    pool[at] = pool.at(-1)!
    pool.pop()
  }
  return drawn
}
