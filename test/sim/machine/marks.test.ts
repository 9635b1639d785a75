// The set of marks against a set of numbers.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Marks } from '../../../src/sim/machine/marks.ts'

const SIZE = 200
const range = fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 80 }))

describe('marks', () => {
  it('hold what was added, and name the first number that is added again', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const marks = new Marks(SIZE)
        const added = new Set<number>()
        for (const [from, length] of ranges) {
          const numbers = Array.from({ length: Math.min(length, SIZE - from) }, (_, i) => from + i)
          const repeated = numbers.find((number) => added.has(number))
          expect(marks.add(from, from + numbers.length)).toBe(repeated)
          // What has failed is over.
          if (repeated !== undefined) return
          for (const number of numbers) added.add(number)
        }
        for (let number = 0; number < SIZE; number++) expect(marks.has(number)).toBe(added.has(number))
      }),
    )
  })
})
