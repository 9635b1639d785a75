// `static`: what a profile says is used least often goes first, whatever is used now.
import type { CachePolicy } from '../policy.ts'

/**
 * `profile`: uses of each expert. Starts empty as all caches do: each of the experts it keeps is missed once, and one slot
 * is left for the others, which take turns in it.
 */
export function fixed(profile: Float64Array): CachePolicy {
  return { worth: (expert) => profile[expert]! }
}
