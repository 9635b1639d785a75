// Shuffles keep what they say and are the same for the same seed; uniform draws are uniform.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomStream } from '../../../src/engine/random.ts'
import {
  shuffled,
  shuffledSlots,
  shuffledWithin,
  UniformRouter,
  uniformCounts,
} from '../../../src/trace/statistics/nulls.ts'

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b)

describe('shuffles', () => {
  test('keep the items, leave the argument alone, and follow the seed', () => {
    const items = Int32Array.from({ length: 50 }, (_, i) => i)
    const once = shuffled(items, randomStream(1, 'a'))
    expect(sorted(once)).toEqual([...items])
    expect([...once]).not.toEqual([...items])
    expect([...items]).toEqual(sorted(items))
    expect(shuffled(items, randomStream(1, 'a'))).toEqual(once)
    expect(shuffled(items, randomStream(2, 'a'))).not.toEqual(once)
  })

  test('within sets give every row a row of its own set', () => {
    const sets = [Int32Array.of(0, 1, 4, 5, 8), Int32Array.of(2, 3, 6, 7, 9)]
    const places = shuffledWithin(sets, randomStream(1, 'b'))
    for (const set of sets) expect(sorted(set.map((row) => places[row]!))).toEqual([...set])
  })

  test('of slots keep the popularity of every slot', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { minLength: 1 }), (tokens) => {
        const result = shuffledSlots(Uint16Array.from(tokens.flat()), 2, randomStream(1, 'c'))
        for (const slot of [0, 1]) {
          const column = (table: readonly number[]) => sorted(table.filter((_, i) => i % 2 === slot))
          expect(column([...result])).toEqual(column(tokens.flat()))
        }
      }),
    )
  })
})

describe('uniform choices', () => {
  test('are distinct, and every pair is as likely as any other', () => {
    const router = new UniformRouter(4, 2, randomStream(1, 'd'))
    const seen = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const key = sorted(router.draw()).join()
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    expect([...seen.keys()].sort()).toEqual(['0,1', '0,2', '0,3', '1,2', '1,3', '2,3'])
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test('of very many tokens are drawn expert by expert, around T k / E', () => {
    const counts = uniformCounts(8_000_000, 256, 8, randomStream(1, 'e'))
    for (const count of counts) expect(Math.abs(count - 250_000)).toBeLessThan(5 * 492)
    expect(new Set(counts).size).toBeGreaterThan(200)
  })
})
