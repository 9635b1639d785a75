// Sets of ranges: what is added is there, what was there already is refused, what is taken is gone, in whatever order ranges come.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Ranges } from '../../../src/sim/machine/ranges.ts'

const MOST = 24
const range = fc
  .tuple(fc.nat({ max: MOST - 1 }), fc.nat({ max: MOST - 1 }))
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) + 1 }))

it('ranges hold what a set of their numbers holds, and refuse what overlaps it', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (added) => {
      const ranges = new Ranges()
      const numbers = new Set<number>()
      for (const { from, to } of added) {
        const own = Array.from({ length: to - from }, (_, i) => from + i)
        const repeated = ranges.add(from, to)
        if (own.some((number) => numbers.has(number))) {
          expect(own).toContain(repeated)
          expect(numbers).toContain(repeated)
        } else {
          expect(repeated).toBeUndefined()
          for (const number of own) numbers.add(number)
        }
        for (let number = 0; number < MOST; number++) expect(ranges.has(number)).toBe(numbers.has(number))
      }
    }),
  )
})

it('ranges give back what they are asked for, and have it no longer', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 8 }), fc.array(range, { maxLength: 4 }), (added, taken) => {
      const ranges = new Ranges()
      const numbers = new Set<number>()
      for (const { from, to } of added) {
        if (ranges.add(from, to) !== undefined) continue
        for (let number = from; number < to; number++) numbers.add(number)
      }
      for (const { from, to } of taken) {
        const got = ranges.take(from, to).flatMap((part) => {
          return Array.from({ length: part.to - part.from }, (_, i) => part.from + i)
        })
        expect(got).toEqual([...numbers].filter((n) => n >= from && n < to).sort((a, b) => a - b))
        for (const number of got) numbers.delete(number)
        for (let number = 0; number <= MOST; number++) {
          const end = ranges.endAfter(number)
          expect(end !== undefined).toBe(numbers.has(number))
          // Ranges that touch may be told one by one.
          if (end !== undefined) {
            for (let within = number; within < end; within++) expect(numbers.has(within)).toBe(true)
          } else {
            const next = [...numbers].filter((n) => n > number)
            expect(ranges.startAfter(number, MOST)).toBe(Math.min(MOST, ...next))
          }
        }
      }
      expect(ranges.first).toBe([...numbers].sort((a, b) => a - b)[0])
    }),
  )
})
