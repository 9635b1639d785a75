// When each expert is used again, which the optimal policy knows.
import { invariant } from '../../errors.ts'
import { type Accesses, type AccessProgress, tokensPerStep } from './accesses.ts'

/** An expert that is not used again. */
const NEVER = 2 ** 32 - 1

/** For each access the number of the next one of the same expert. Memory: four bytes an access. */
export async function nextUses(accesses: Accesses, onProgress?: AccessProgress): Promise<Uint32Array> {
  const { tables, topK, tokens, width, count } = accesses
  invariant(count < NEVER, () => `${count} accesses are more than 32 bits can number`)
  const nextUse = new Uint32Array(count)
  const seen = new Uint32Array(tables.length * width).fill(NEVER)
  const step = tokensPerStep(accesses)
  let access = count
  for (let to = tokens; to > 0; to -= step) {
    for (let token = to - 1; token >= Math.max(0, to - step); token--) {
      for (let layer = tables.length - 1; layer >= 0; layer--) {
        const table = tables[layer]!
        for (let i = (token + 1) * topK - 1; i >= token * topK; i--) {
          const expert = layer * width + table[i]!
          nextUse[--access] = seen[expert]!
          seen[expert] = access
        }
      }
    }
    await onProgress?.(count - access, count)
  }
  return nextUse
}
