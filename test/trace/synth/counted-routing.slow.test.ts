// Routing generated from counts chooses experts as often as was counted, in every way a router may be limited.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import type { HistogramSource } from '../../../src/trace/histogram.ts'
import {
  countedLayer,
  countedRouting,
  countedShares,
  weightsFor,
} from '../../../src/trace/synth/counted-routing.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const SPEC = { reuse: 0, requests: 50, prefillTokens: 100, decodeTokens: 300 }

function histograms(counts: Readonly<Record<number, readonly number[]>>, sha256 = 'h'): HistogramSource {
  const layers = Object.keys(counts).map(Number)
  return {
    label: 'counts.json',
    experts: counts[layers[0]!]!.length,
    layers,
    phases: ['unknown'],
    sha256,
    counts: (layer) => Float64Array.from(counts[layer]!),
  }
}

/** Falls off like real popularity: the first expert is chosen by nearly every other token. */
const SKEWED = Array.from({ length: 64 }, (_, expert) => Math.round(10_000 / (expert + 4)))

/** The parts of the selections that are elsewhere than counted. */
function misplaced(ids: Uint16Array, counts: readonly number[]): number {
  const found = new Float64Array(counts.length)
  for (const id of ids) found[id]!++
  const sum = counts.reduce((a, b) => a + b, 0)
  return counts.reduce((off, count, e) => off + Math.abs(found[e]! / ids.length - count / sum), 0) / 2
}

const layerOf = (counts: readonly number[], topK: number, spec = SPEC, router?: { groups: number; groupsPerToken: number }) => // biome-ignore format: one signature
  countedLayer(countedShares(histograms({ 3: counts }), topK), spec, { experts: counts.length, topK, layers: [], router }, 1, 3) // biome-ignore format: one call

describe('routing from counts', () => {
  it('chooses each expert as often as was counted, where weights by count would miss the popular ones', () => {
    // What chance alone misplaces among 160,000 selections of 64 experts is 0.7 %.
    expect(misplaced(layerOf(SKEWED, 8), SKEWED)).toBeLessThan(0.01)
  })

  it('does so too where a token may use three of eight groups only', () => {
    const router = { groups: 8, groupsPerToken: 3 }
    const ids = layerOf(SKEWED, 8, SPEC, router)
    expect(misplaced(ids, SKEWED)).toBeLessThan(0.015)
    for (let at = 0; at < ids.length; at += 8) {
      const groups = new Set([...ids.subarray(at, at + 8)].map((id) => Math.floor(id / 8)))
      expect(groups.size).toBeLessThanOrEqual(3)
    }
  })

  it('drifts by less than two points at a reuse of a quarter', () => {
    const ids = layerOf(SKEWED, 8, { ...SPEC, reuse: 0.25 })
    expect(misplaced(ids, SKEWED)).toBeLessThan(0.02)
  })

  it('repeats experts of the token before as often as reuse says, and never across requests', () => {
    const even = new Array<number>(256).fill(5)
    const ids = layerOf(even, 4, { reuse: 0.5, requests: 200, prefillTokens: 1, decodeTokens: 1 })
    const kept = (from: number) =>
      [...ids.subarray(from, from + 4)].filter((id) => ids.subarray(from - 4, from).includes(id)).length
    let within = 0
    let across = 0
    for (let request = 1; request < 200; request++) {
      within += kept(request * 8 + 4) / 4
      across += kept(request * 8) / 4
    }
    expect(within / 199).toBeCloseTo(0.5, 1)
    expect(across / 199).toBeLessThan(0.05)
  })

  it('takes different experts for a token, of those that were ever chosen, whatever was counted', () => {
    const table = fc.array(fc.nat(100), { minLength: 6, maxLength: 40 })
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 3 }), (counts, topK) => {
        const most = Math.max(...counts)
        const sum = counts.reduce((a, b) => a + b, 0)
        fc.pre(sum > 0 && most * topK <= sum)
        const ids = layerOf(counts, topK, { reuse: 0.3, requests: 2, prefillTokens: 5, decodeTokens: 5 })
        for (let at = 0; at < ids.length; at += topK) {
          const token = [...ids.subarray(at, at + topK)]
          expect(new Set(token).size).toBe(topK)
          for (const id of token) expect(counts[id]).toBeGreaterThan(0)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('adds up the phases', () => {
    const one = histograms({ 0: [1, 2, 3, 4] })
    const both = {
      ...one,
      phases: ['prefill', 'decode'] as const,
      counts: (_: number, phase: string) =>
        phase === 'prefill' ? Float64Array.of(1, 0, 3, 0) : Float64Array.of(0, 2, 0, 4),
    }
    expect(countedShares(both, 2)).toEqual(countedShares(one, 2))
    expect([...countedShares(one, 2).get(0)!]).toEqual([0.2, 0.4, 0.6, 0.8].map((s) => expect.closeTo(s, 12)))
  })

  it('refuses counts of another top-k: an expert with more selections than there are tokens', () => {
    const refused = () => countedShares(histograms({ 3: [9, 1, 1, 1] }), 2)
    expect(refused).toThrow(UserError)
    expect(refused).toThrow(
      'layer 3: expert 0 has 75.0 % of the selections; a token of top-2 chooses it once at most, which is 50.0 %; pass the model',
    )
  })

  it('takes an expert that every token chose for every token', () => {
    const ids = layerOf([4, 1, 1, 1, 1], 2)
    for (let at = 0; at < ids.length; at += 2) expect([...ids.subarray(at, at + 2)]).toContain(0)
  })

  it('has a hash of counts, spec, shape and seed', () => {
    const shape = { experts: 4, topK: 1, layers: [] }
    const hash = (sha256: string, spec = SPEC, of = shape, seed = 1) => {
      const source = histograms({ 0: [1, 2, 3, 4] }, sha256)
      return countedRouting(memoryIo(), source, countedShares(source, 1), spec, of, seed).sha256
    }
    const all = [
      hash('a'),
      hash('b'),
      hash('a', { ...SPEC, reuse: 0.1 }),
      hash('a', { ...SPEC, requests: 1 }),
      hash('a', SPEC, { ...shape, topK: 2 }),
      hash('a', SPEC, shape, 2),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(hash('a')).toBe(hash('a'))
  })
})

it('Weights without groups are the closed form, also where every group may be used', () => {
  const shares = Float64Array.of(0.5, 0.5, 0.75, 0.25)
  const closed = [0.5, 0.5, 0.75, 0.25].map((share) => expect.closeTo(-Math.log(1 - share), 12))
  expect([...weightsFor(shares, 2, undefined)]).toEqual(closed)
  expect([...weightsFor(shares, 2, { groups: 2, groupsPerToken: 2 })]).toEqual(closed)
})
