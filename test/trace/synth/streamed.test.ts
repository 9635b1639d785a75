// What is told while synthetic routing is made.
import { expect, it } from 'vitest'
import { syntheticFacts } from '../../../src/trace/synth/streamed.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

it('progress is told after every 64 requests and after the last one, once each', async () => {
  const shape = { experts: 4, topK: 1, layers: [0] }
  const toldOf = async (requests: number) => {
    const told: (readonly [number, number])[] = []
    const spec = { skew: 1, reuse: 0, topics: 1, requests, prefillTokens: 1, decodeTokens: 0 }
    await syntheticFacts(memoryIo(), spec, shape, 1, async (...state) => void told.push(state))
    return told
  }
  expect(await toldOf(130)).toEqual([
    [64, 130],
    [128, 130],
    [130, 130],
  ])
  expect(await toldOf(64)).toEqual([[64, 64]])
})
