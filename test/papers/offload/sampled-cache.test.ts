// The sampled cache by hand: what it counts, what it forgets, and that it is never better than the optimum.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampledHits } from '../../../src/papers/offload/sampled-cache.ts'
import { oracleHits, sumOf } from '../../helpers/cache-oracle.ts'

const accesses = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 80 })
  .map((ids) => Int32Array.from(ids))

test('with room for all, first uses alone are missed', () => {
  fc.assert(
    fc.property(accesses, (ids) => {
      expect(sampledHits(ids, 10)).toBe(ids.length - new Set(ids).size)
    }),
  )
})

test('it never has more hits than the optimum, nor fewer than immediate repetitions', () => {
  fc.assert(
    fc.property(accesses, fc.integer({ min: 1, max: 10 }), (ids, slots) => {
      const hits = sampledHits(ids, slots)
      const repeats = [...ids].filter((id, i) => i > 0 && ids[i - 1] === id).length
      expect(hits).toBeLessThanOrEqual(sumOf(oracleHits(ids, { policy: 'min', slots })))
      expect(hits).toBeGreaterThanOrEqual(repeats)
    }),
  )
})

test('out goes what was used least since it came in, of equals what was used longest ago', () => {
  // 1 leaves for 2, and 2, with one use as well, for 1: 0 has two and stays.
  expect(sampledHits(Int32Array.of(0, 0, 1, 2, 1, 0), 2)).toBe(2)
  // 0 was used longest ago.
  expect(sampledHits(Int32Array.of(0, 1, 2, 1, 0), 2)).toBe(1)
})

test('what has left comes back with no uses to its name', () => {
  // 0 leaves for 3 with two uses, comes back for 3 with one, and leaves for 3, since the others have three.
  const ids = Int32Array.of(0, 0, 1, 1, 1, 2, 2, 2, 3, 0, 3, 0)
  expect(sampledHits(ids, 3)).toBe(5)
})
