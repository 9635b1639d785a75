// Seeded random streams: reproducible, and independent of each other.
import { describe, expect, it } from 'vitest'
import { randomStream } from '../../src/engine/random.ts'

function numbers(seed: number, stream: string, count = 50): number[] {
  const random = randomStream(seed, stream)
  return Array.from({ length: count }, random)
}

describe('random streams', () => {
  it('repeat for the same seed and name', () => {
    expect(numbers(1, 'routing')).toEqual(numbers(1, 'routing'))
  })

  it('differ by name and by seed, also where one seed repeats the digits of the other', () => {
    const streams = [
      numbers(1, 'routing'),
      numbers(11, 'routing'),
      numbers(111, 'routing'),
      numbers(1, 'other'),
    ]
    const all = new Set(streams.flat())
    expect(all.size).toBe(4 * 50)
  })

  it('are the same on every machine: the first numbers of seed 1 are known', () => {
    // Of seedrandom's alea for the text "1/routing". If these change, so do all published results.
    expect(numbers(1, 'routing', 3)).toEqual([0.40700553148053586, 0.8679661620408297, 0.7201348748058081])
  })

  it('fill [0, 1) evenly', () => {
    const values = numbers(5, 'routing', 10_000)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = values.filter((value) => Math.floor(value * 10) === tenth).length
      // Ten standard deviations of a binomial count of mean 1000 are 300.
      expect(Math.abs(inside - 1000)).toBeLessThan(300)
    }
  })
})
