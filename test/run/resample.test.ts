// Requests drawn again for a batch that is larger than its trace.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawRequests } from '../../src/run/resample.ts'

const counted = (drawn: Int32Array, recorded: number) =>
  Array.from({ length: recorded }, (_, request) => drawn.filter((place) => place === request).length)

test('all requests come once in their order, before any is drawn again', () => {
  expect([...drawRequests(7, 5, 1).subarray(0, 5)]).toEqual([0, 1, 2, 3, 4])
  expect([...drawRequests(3, 5, 1)]).toEqual([0, 1, 2])
})

test('no request is drawn more than once more than another', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(),
      (n, of, seed) => {
        const drawn = drawRequests(n, of, seed)
        const counts = counted(drawn, of)
        expect(drawn).toHaveLength(n)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('the seed decides what is drawn again, and nothing else does', () => {
  expect(drawRequests(100, 10, 7)).toEqual(drawRequests(100, 10, 7))
  expect(drawRequests(100, 10, 7)).not.toEqual(drawRequests(100, 10, 8))
  // A longer batch goes on where a shorter one ends.
  expect(drawRequests(100, 10, 7).subarray(0, 60)).toEqual(drawRequests(60, 10, 7))
})

test('every round has an order of its own', () => {
  const drawn = drawRequests(60, 20, 3)
  expect(drawn.subarray(20, 40)).not.toEqual(drawn.subarray(40, 60))
  expect([...drawn.subarray(20, 40)]).not.toEqual([...drawn.subarray(0, 20)])
})
