// Speed of `trace analyze`: `npm run bench`. One operation is 10 million selections, which are to take less than 60 s.
import { bench, describe } from 'vitest'
import { analyzeTokens } from '../../src/trace/statistics/analyze.ts'
import { generateRouting } from '../../src/trace/synth/generator.ts'
import { memoryIo } from '../helpers/memory-io.ts'

/** The shapes of DeepSeek-V3 (58 layers) and of Llama 4 Maverick (24): the widest maps, and the most tokens. */
const SHAPES = [
  { name: 'top-8 of 256, 58 layers', experts: 256, topK: 8, layers: 58, requests: 135 },
  { name: 'top-1 of 128, 24 layers', experts: 128, topK: 1, layers: 24, requests: 2605 },
]

describe('10 million selections', () => {
  for (const { name, experts, topK, layers, requests } of SHAPES) {
    const moeLayers = Array.from({ length: layers }, (_, layer) => layer)
    const spec = { skew: 1, reuse: 0.2, topics: 5, requests, prefillTokens: 80, decodeTokens: 80 }
    const source = generateRouting(memoryIo(), spec, { experts, topK, layers: moeLayers }, 1)
    const model = { model: 'bench', topK, moeLayers }
    bench(
      name,
      async () => {
        await analyzeTokens(source, { model, phases: 'recorded', seed: 0 })
      },
      { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 },
    )
  }
})
