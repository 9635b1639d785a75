// SRAM over time in few points: no peak is lost, and nothing is made up.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillCurve } from '../../src/observe/fill.ts'

const at = (atPs: number, weightBytes: number, tokenBytes = 0) => ({ atPs, weightBytes, tokenBytes })

test('a step shows its fullest moment, with what was held before it', () => {
  const fills = [at(0, 0, 5), at(10, 20, 5), at(12, 3, 5), at(60, 9, 1), at(100, 0, 0)]
  expect(fillCurve(fills, 100, 4)).toEqual({ weightBytes: [20, 3, 9, 9], tokenBytes: [5, 5, 1, 1] })
})

test('weights and tokens of a step are those of one moment', () => {
  expect(fillCurve([at(0, 10, 0), at(1, 0, 8)], 10, 1)).toEqual({ weightBytes: [10], tokenBytes: [0] })
})

test('what is never filled is empty', () => {
  expect(fillCurve([], 100, 2)).toEqual({ weightBytes: [0, 0], tokenBytes: [0, 0] })
})

test('the fullest moment of all survives any reduction', () => {
  const changes = fc.array(fc.tuple(fc.nat(1000), fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 40 }), (list, points) => {
      const fills = list.sort(([a], [b]) => a - b).map(([ps, weights, tokens]) => at(ps, weights, tokens))
      const curve = fillCurve(fills, 1000, points)
      expect(curve.weightBytes).toHaveLength(points)
      const totals = curve.weightBytes.map((bytes, i) => bytes + curve.tokenBytes[i]!)
      const fullest = Math.max(...fills.map(({ weightBytes, tokenBytes }) => weightBytes + tokenBytes))
      expect(Math.max(...totals)).toBe(fullest)
    }),
  )
})
