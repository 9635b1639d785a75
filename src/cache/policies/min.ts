// `min`: what is used again latest goes first: the most hits that any cache of its size can have.
import type { CachePolicy } from '../policy.ts'

/**
 * Belady's optimum (IBM Systems Journal 5(2), 1966). `nextUse`: for each use the number of the next one of the same expert,
 * or a number above all.
 */
export function min(nextUse: Uint32Array): CachePolicy {
  return { worth: (_, use) => -nextUse[use]! }
}
