// The simplex search finds the least of functions whose least is known.
import { expect, test } from 'vitest'
import { minimize } from '../../../src/fidelity/silicon/minimize.ts'

test('of a bowl, in five directions', () => {
  const { at, value } = minimize(
    (x) => x.reduce((sum, v, i) => sum + (i + 1) * (v - i) ** 2, 0),
    [3, 3, 3, 3, 3],
    1e-6,
    5000,
  )
  for (const [i, x] of at.entries()) expect(x).toBeCloseTo(i, 3)
  expect(value).toBeLessThan(1e-6)
})

test('along a curved valley', () => {
  const { at } = minimize(([x, y]) => 100 * (y! - x! ** 2) ** 2 + (1 - x!) ** 2, [-1, 1], 1e-8, 5000)
  expect(at[0]).toBeCloseTo(1, 3)
  expect(at[1]).toBeCloseTo(1, 3)
})

test('of a sum of distances, which has no slope at its least', () => {
  const { at } = minimize(([x]) => Math.abs(x! - 2) + Math.abs(x! - 3) + Math.abs(x! - 10), [0], 1e-6, 5000)
  expect(at[0]).toBeCloseTo(3, 4)
})
