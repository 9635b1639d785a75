// LRU caches of all sizes in one pass, beside one cache of each size.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LruDistances } from '../../src/cache/lru-distances.ts'
import { NestedCaches } from '../../src/cache/nested-caches.ts'
import { lru } from '../../src/cache/policies/lru.ts'
import { randomStream } from '../../src/engine/random.ts'
import { oracleHits } from '../helpers/cache-oracle.ts'

test('agree with a list that is searched from end to end, in every size', () => {
  const accesses = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 150 })
  fc.assert(
    fc.property(accesses, (uses) => {
      const slots = Array.from({ length: 12 }, (_, i) => i + 1)
      const distances = new LruDistances(slots, 10)
      const levels = uses.map((expert) => distances.access(expert))
      slots.forEach((size, cache) => {
        const hits = levels.map((level) => (level <= cache ? 1 : 0))
        expect(hits).toEqual([...oracleHits(uses, { policy: 'lru', slots: size })])
      })
    }),
    { numRuns: 80, seed: 1 },
  )
})

test('agree with caches of levels over many more uses than there are places to number', () => {
  const random = randomStream(1, 'test')
  const slots = [1, 3, 10, 30]
  const distances = new LruDistances(slots, 40)
  const caches = new NestedCaches(lru, slots, 40)
  const found = new Int32Array(5)
  for (let use = 0; use < 20_000; use++) {
    const expert = Math.floor(40 * random() ** 2)
    const level = caches.access(expert, use)
    if (distances.access(expert) !== level) expect.fail(`use ${use}`)
    found[level]!++
  }
  for (const count of found) expect(count).toBeGreaterThan(10)
})
