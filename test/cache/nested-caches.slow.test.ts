// Caches of several sizes replayed together, beside each of them by its definition alone.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NestedCaches, NOTHING } from '../../src/cache/nested-caches.ts'
import { CACHE_POLICIES, CACHE_POLICY_IDS, type CachePolicyId } from '../../src/cache/table.ts'
import { oracleHits, sumOf } from '../helpers/cache-oracle.ts'

const NEVER = 2 ** 32 - 1

/** Experts that are used, one after the other, and how many there are; a few of them are used most. */
const uses = fc
  .record({ experts: fc.integer({ min: 1, max: 12 }), length: fc.integer({ min: 1, max: 120 }) })
  .chain(({ experts, length }) => {
    const hot = fc.integer({ min: 0, max: Math.min(2, experts - 1) })
    const any = fc.integer({ min: 0, max: experts - 1 })
    const accesses = fc.array(fc.oneof(hot, any), { minLength: length, maxLength: length })
    const halfLifeUses = fc.integer({ min: 1, max: 40 })
    const profile = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: experts, maxLength: experts })
    const slots = fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 5 })
    return fc.record({ experts: fc.constant(experts), accesses, halfLifeUses, profile, slots })
  })

type Uses = typeof uses extends fc.Arbitrary<infer T> ? T : never

function cachesOf(policy: CachePolicyId, slots: readonly number[], given: Uses): NestedCaches {
  const { experts, accesses, halfLifeUses, profile } = given
  const nextUse = Uint32Array.from(accesses, (expert, use) => {
    const next = accesses.indexOf(expert, use + 1)
    return next < 0 ? NEVER : next
  })
  const inputs = { experts, halfLifeUses, profile: Float64Array.from(profile), nextUse }
  return new NestedCaches(CACHE_POLICIES[policy].create(inputs), slots, experts)
}

const ascending = (slots: readonly number[]) => [...slots].sort((a, b) => a - b)
const found = (caches: NestedCaches, accesses: readonly number[]) =>
  accesses.map((expert, use) => caches.access(expert, use))

describe.each(CACHE_POLICY_IDS)('%s', (policy) => {
  test('hits in each of several caches where a list that is searched from end to end has the expert', () => {
    fc.assert(
      fc.property(uses, (given) => {
        const slots = ascending(given.slots)
        const levels = found(cachesOf(policy, slots, given), given.accesses)
        slots.forEach((size, cache) => {
          const hits = levels.map((level) => (level <= cache ? 1 : 0))
          expect(hits).toEqual([...oracleHits(given.accesses, { ...given, policy, slots: size })])
        })
      }),
      { numRuns: 150, seed: 1 },
    )
  })

  test('in one cache says what it put out, so that the books of its user agree with it', () => {
    fc.assert(
      fc.property(uses, (given) => {
        const [slots] = given.slots
        const caches = cachesOf(policy, [slots!], given)
        const held = new Set<number>()
        given.accesses.forEach((expert, use) => {
          const wasHeld = held.has(expert)
          const isHit = caches.access(expert, use) === 0
          held.add(expert)
          const isFull = held.size > slots!
          if (isHit !== wasHeld || held.delete(caches.evicted) !== isFull) expect.fail(`use ${use}`)
        })
      }),
      { numRuns: 100, seed: 2 },
    )
  })

  test('never has more hits than min, never fewer in a larger cache, and misses each expert once in a cache of all', () => {
    fc.assert(
      fc.property(uses, (given) => {
        const slots = Array.from({ length: given.experts }, (_, i) => i + 1)
        const hitsOf = (id: CachePolicyId) => {
          const levels = found(cachesOf(id, slots, given), given.accesses)
          return slots.map((_, cache) => levels.filter((level) => level <= cache).length)
        }
        const hits = hitsOf(policy)
        hitsOf('min').forEach((most, cache) => {
          expect(hits[cache]).toBeLessThanOrEqual(most)
        })
        expect(hits).toEqual(ascending(hits))
        expect(hits.at(-1)).toBe(given.accesses.length - new Set(given.accesses).size)
      }),
      { numRuns: 100, seed: 3 },
    )
  })
})

test('caches of one size have the same hits, and one may follow another of the same size', () => {
  const accesses = [0, 1, 2, 0, 1, 3, 0]
  const given = { experts: 4, accesses, halfLifeUses: 1, profile: [], slots: [] }
  const levels = found(cachesOf('lru', [2, 2, 3, 3], given), accesses)
  expect(levels).toEqual([4, 4, 4, 2, 2, 4, 2])
})

test('a cache says what the last access put out of it, and nothing where there was room or a hit', () => {
  const caches = new NestedCaches(CACHE_POLICIES.lru.create(), [2], 4)
  const evicted = [0, 1, 1, 2, 3, 3].map((expert, use) => {
    caches.access(expert, use)
    return caches.evicted
  })
  expect(evicted).toEqual([NOTHING, NOTHING, NOTHING, 0, 1, NOTHING])
})

test('the oracle itself: Belady keeps what comes back first', () => {
  const accesses = [0, 1, 2, 0, 1, 2]
  expect(sumOf(oracleHits(accesses, { policy: 'lru', slots: 2 }))).toBe(0)
  expect([...oracleHits(accesses, { policy: 'min', slots: 2 })]).toEqual([0, 0, 0, 1, 0, 1])
})
