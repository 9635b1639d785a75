// Shards: together they have every point once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pointsOf, readShard } from '../../src/sweep/shard.ts'

test('the shards of a sweep have every point once, and differ by one point at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 20 }), (count, of) => {
      const points = Array.from({ length: count }, (_, i) => i)
      const shards = Array.from({ length: of }, (_, i) => pointsOf(points, { number: i + 1, of }))
      expect(shards.flat().toSorted((a, b) => a - b)).toEqual(points)
      const lengths = shards.map(({ length }) => length)
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1)
    }),
  )
})

test('i/n is read, anything else is refused', () => {
  expect(readShard('2/8')).toEqual({ number: 2, of: 8 })
  for (const text of ['0/8', '9/8', '2', '2/', '1/99999', 'a/b', '1.5/2']) {
    expect(() => readShard(text)).toThrow('--shard must be i/n')
  }
})
