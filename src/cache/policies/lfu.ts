// `lfu`: what was used least often goes first; an expert that is put out keeps its count.
import type { CachePolicy } from '../policy.ts'

export function lfu(experts: number): CachePolicy {
  const counts = new Float64Array(experts)
  return { worth: (expert) => ++counts[expert]! }
}
