// Sets of ranges: what is added is there, what was there already is refused, in whatever order ranges come.
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
