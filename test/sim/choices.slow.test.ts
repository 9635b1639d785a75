// Choices by iteration: what the table says of each row, whatever rows the iterations take.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { choicesByIteration, choicesOf } from '../../src/sim/choices.ts'

const ROWS = 90
const iteration = fc
  .array(fc.nat({ max: ROWS - 1 }), { maxLength: 150, size: 'max' })
  .map((rows) => ({ rows: Int32Array.from(rows) }))

it('every iteration gets the experts of its rows, in order, also of rows that several take', () => {
  fc.assert(
    fc.property(
      fc.array(iteration, { maxLength: 70, size: 'max' }),
      fc.integer({ min: 1, max: 9 }),
      (iterations, topK) => {
        // No two entries alike, so that none is taken for another.
        const table = Uint16Array.from({ length: ROWS * topK }, (_, at) => at)
        const expected = iterations.map(({ rows }) =>
          [...rows].flatMap((row) => [...table.subarray(row * topK, (row + 1) * topK)]),
        )
        expect([...choicesByIteration(iterations, table, topK)].map((choices) => [...choices])).toEqual(
          expected,
        )
        expect(iterations.map((one) => [...choicesOf(one, table, topK)])).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
})
