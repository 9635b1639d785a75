// Law: twice all bandwidths or twice the compute is never slower by more than 2 %, but where messages contend for links. Many more
// cases: npm run fuzz -- --kind faster --cases 2000.
import fc from 'fast-check'
import { it } from 'vitest'
import { fasterCases } from '../fuzz/faster.ts'

it('a faster machine is slower under no scheduler, unless links are contended', async () => {
  await fc.assert(fasterCases(), { numRuns: 20 })
})
