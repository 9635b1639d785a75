// Lanes: no two slices of a sub-lane overlap, and no more sub-lanes than overlap at once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lanes } from '../../../src/report/timeline/lanes.ts'

test('slices one after the other share a lane, slices at once do not', () => {
  const lanes = new Lanes()
  expect([lanes.take(0, 10), lanes.take(5, 8), lanes.take(8, 9), lanes.take(10, 12)]).toEqual([0, 1, 1, 0])
})

test('of any slices in order of their starts no two in one sub-lane overlap', () => {
  const slice = fc.record({ start: fc.nat(100), length: fc.nat(30) })
  fc.assert(
    fc.property(fc.array(slice, { maxLength: 40 }), (unordered) => {
      const slices = unordered.toSorted((a, b) => a.start - b.start)
      const lanes = new Lanes()
      const ends: number[] = []
      let most = 0
      for (const { start, length } of slices) {
        const lane = lanes.take(start, start + length)
        expect(ends[lane] ?? 0).toBeLessThanOrEqual(start)
        most = Math.max(most, 1 + ends.filter((end, other) => other !== lane && end > start).length)
        ends[lane] = start + length
      }
      expect(ends.length).toBeLessThanOrEqual(Math.max(most, slices.length === 0 ? 0 : 1))
    }),
  )
})
