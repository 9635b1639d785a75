// Speed of `trace cache`: `npm run bench`. One operation is 10 million accesses; 100 million are to take a minute.
import { bench, describe } from 'vitest'
import { accessesOf } from '../../src/cache/replay/accesses.ts'
import { studyCaches } from '../../src/cache/replay/study.ts'
import type { CachePolicyId } from '../../src/cache/table.ts'
import { generateRouting } from '../../src/trace/synth/generator.ts'
import { memoryIo } from '../helpers/memory-io.ts'

/** The shape of Kimi-Linear: top-8 of 256 in 26 layers. */
const layers = Array.from({ length: 26 }, (_, layer) => layer)
const spec = { skew: 1, reuse: 0.3, topics: 5, requests: 48, prefillTokens: 500, decodeTokens: 500 }
const source = generateRouting(memoryIo(), spec, { experts: 256, topK: 8, layers }, 1)
const accesses = accessesOf(source)

const study = (policies: readonly CachePolicyId[], slots: readonly number[]) => async () => {
  // As on the command line: no single layers where there are very many sizes.
  const setting = { isPerLayer: false, halfLifeTokens: 16, hasLayers: slots.length < 100 }
  await studyCaches(source, accesses, { policies, slots, ...setting })
}
const once = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 }
const everySize = Array.from({ length: 26 * 256 }, (_, i) => i + 1)
const fiveSizes = [201, 402, 805, 1610, 3221]

describe('10 million accesses', () => {
  bench('lru in every size', study(['lru'], everySize), once)
  for (const policy of ['lfu', 'lfru', 'min'] as const) {
    bench(`${policy} in one size`, study([policy], [805]), once)
    bench(`${policy} in five sizes`, study([policy], fiveSizes), once)
  }
})
