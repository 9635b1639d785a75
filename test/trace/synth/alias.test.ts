// The alias sampler draws what its weights say.
import seedrandom from 'seedrandom'
import { describe, expect, it } from 'vitest'
import { AliasSampler } from '../../../src/trace/synth/alias.ts'

/** Exact probabilities, read off by walking the unit interval evenly. */
function shares(weights: readonly number[], steps: number): number[] {
  const sampler = new AliasSampler(Float64Array.from(weights))
  const counts = new Array<number>(weights.length).fill(0)
  for (let i = 0; i < steps; i++) {
    const index = sampler.draw(() => (i + 0.5) / steps)
    counts[index] = counts[index]! + 1
  }
  return counts.map((count) => count / steps)
}

describe('AliasSampler', () => {
  it('gives every index exactly its share of the unit interval', () => {
    const steps = 4 * 10 * 100
    const got = shares([1, 2, 3, 4], steps)
    for (const [index, share] of got.entries()) expect(share).toBeCloseTo((index + 1) / 10, 2)
    expect(shares([1, 1, 2], 12_000)).toEqual([0.25, 0.25, 0.5])
  })

  it('never draws an index of weight zero', () => {
    expect(shares([0, 1, 0, 3], 10_000)[0]).toBe(0)
    expect(shares([0, 1, 0, 3], 10_000)[2]).toBe(0)
  })

  it('draws the only index there is, also at the ends of the unit interval', () => {
    const sampler = new AliasSampler(Float64Array.of(5))
    expect([sampler.draw(() => 0), sampler.draw(() => 1 - 2 ** -32)]).toEqual([0, 0])
  })

  it('passes a chi-square test on 256 log-normal weights', () => {
    const random = seedrandom.alea('chi-square')
    const weights = Float64Array.from({ length: 256 }, () => Math.exp(3 * random()))
    const sum = weights.reduce((a, b) => a + b)
    const sampler = new AliasSampler(weights)
    const draws = 400_000
    const counts = new Float64Array(256)
    for (let i = 0; i < draws; i++) {
      const index = sampler.draw(random)
      counts[index] = counts[index]! + 1
    }
    let chiSquare = 0
    for (const [index, count] of counts.entries()) {
      const expected = (draws * weights[index]!) / sum
      chiSquare += (count - expected) ** 2 / expected
    }
    // 255 degrees of freedom: mean 255, deviation 22.6; five deviations on either side.
    expect(chiSquare).toBeGreaterThan(142)
    expect(chiSquare).toBeLessThan(368)
  })
})
