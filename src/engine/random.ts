// Seeded random streams: one per named purpose, so that a new consumer does not shift the numbers of another.
import seedrandom from 'seedrandom'

/** Uniform numbers in [0, 1). Equal (seed, stream) give equal numbers on every machine. */
export function randomStream(seed: number, stream: string): () => number {
  // Alea, not the default generator: that one repeats short string seeds cyclically ("1" and "11" are one stream).
  return seedrandom.alea(`${seed}/${stream}`)
}
