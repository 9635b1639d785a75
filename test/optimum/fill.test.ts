// Tangents of the most that a knapsack can hold.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fillTangents } from '../../src/optimum/fill.ts'

/** Items in parts, the most valuable first. */
function filled(
  base: number,
  items: readonly (readonly [value: number, room: number])[],
  amount: number,
): number {
  let [left, value] = [amount, base]
  for (const [worth, room] of [...items].sort((a, b) => b[0] - a[0])) {
    const taken = Math.min(left, room)
    value += worth * taken
    left -= taken
  }
  return value
}

it('touch the function where it begins and where it ends', () => {
  const tangents = fillTangents(5, [1, 10, 4], [1, 0.5, 1])
  expect(tangents[0]).toEqual({ intercept: 5, slope: 10 })
  expect(tangents.at(-1)).toEqual({ intercept: 5 + 5 + 4 + 1, slope: 0 })
})

it('lie above it everywhere', () => {
  const items = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true })),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  fc.assert(
    fc.property(items, fc.double({ min: 0, max: 20, noNaN: true }), (list, amount) => {
      const tangents = fillTangents(
        3,
        list.map(([value]) => value),
        list.map(([, room]) => room),
      )
      const least = Math.min(...tangents.map(({ intercept, slope }) => intercept + slope * amount))
      expect(least).toBeGreaterThanOrEqual(filled(3, list, amount) - 1e-9)
    }),
  )
})
