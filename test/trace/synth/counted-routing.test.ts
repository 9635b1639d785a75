// Routing from counts, in small: which tokens follow one another, whose shares are refused, and what is chosen.
import { expect, it } from 'vitest'
import type { HistogramSource } from '../../../src/trace/histogram.ts'
import { countedLayer, countedRouting, countedShares } from '../../../src/trace/synth/counted-routing.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const counts: HistogramSource = {
  ...{ label: 'c.json', experts: 4, layers: [3], phases: ['prefill', 'decode'], sha256: 'h' },
  counts: (_layer, phase) => Float64Array.from(phase === 'prefill' ? [6, 2, 0, 1] : [2, 4, 0, 1]),
}
const shares = countedShares(counts, 1)
const shape = { experts: 4, topK: 1, layers: [3] }
const idsOf = (reuse: number) =>
  countedLayer(shares, { reuse, requests: 8, prefillTokens: 2, decodeTokens: 3 }, shape, 5, 3)

it('shares are those of all phases together', () => {
  expect([...shares.get(3)!]).toEqual([0.5, 0.375, 0, 0.125])
})

it('a token keeps what the one before it had, the first of a request nothing', () => {
  const requests = Array.from({ length: 8 }, (_, at) => [...idsOf(1).subarray(5 * at, 5 * at + 5)])
  for (const tokens of requests) expect(new Set(tokens).size).toBe(1)
  expect(new Set(requests.flat()).size).toBeGreaterThan(1)
  expect(new Set(idsOf(0).subarray(0, 5)).size).toBeGreaterThan(1)
})

it('an expert that no token chose is not chosen, others in the order of their counts', () => {
  const spec = { reuse: 0, requests: 1, prefillTokens: 1, decodeTokens: 999 }
  const found = [0, 0, 0, 0]
  for (const id of countedLayer(shares, spec, shape, 5, 3)) found[id]!++
  expect(found[2]).toBe(0)
  expect(found[0]).toBeGreaterThan(found[1]!)
  expect(found[1]).toBeGreaterThan(2 * found[3]!)
})

it('what more tokens chose than there are is refused, beyond rounding', () => {
  const of = (first: number): HistogramSource => ({
    ...counts,
    counts: () => Float64Array.of(first, 4995, 0, 0),
  })
  expect([...countedShares(of(5005), 2).get(3)!]).toEqual([1, 0.999, 0, 0])
  expect(() => countedShares(of(5010), 2)).toThrow(
    'layer 3: expert 0 has 50.1 % of the selections; a token of top-2 chooses it once at most, which is 50.0 %',
  )
})

it('it is named after its counts, knobs and seed, and has so many requests and tokens', () => {
  const spec = { reuse: 0.25, requests: 2, prefillTokens: 2, decodeTokens: 3 }
  const source = countedRouting(memoryIo(), counts, shares, spec, shape, 5)
  expect(source.label).toBe(
    'generator (popularity from c.json, reuse 0.25, 2 requests of 2+3 tokens, seed 5)',
  )
  expect(source.requests).toEqual([
    { id: '0', prefillTokens: 2, tokens: 5 },
    { id: '1', prefillTokens: 2, tokens: 5 },
  ])
  expect(source.layerExperts(3)).toEqual(countedLayer(shares, spec, shape, 5, 3))
  expect(() => source.layerExperts(4)).toThrow('layer 4 asked of counts that have it not')
})
