// Time series made of spans.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { busyPerBin, lengthPs, merged, overlapPs, SpanRecorder, variation } from '../../src/papers/spans.ts'

const at = (startPs: number, endPs: number) => ({ startPs, endPs })
const intervals = fc.array(
  fc.tuple(fc.nat(200), fc.nat(50)).map(([start, length]) => at(start, start + length)),
  { maxLength: 12 },
)
/** The slow way: picosecond by picosecond. */
const isInside = (list: readonly { startPs: number; endPs: number }[], ps: number) =>
  list.some(({ startPs, endPs }) => startPs <= ps && ps < endPs)
const moments = Array.from({ length: 260 }, (_, ps) => ps)

describe('bins', () => {
  test('share an interval out to the bins it touches', () => {
    expect([...busyPerBin([at(5, 25), at(10, 12)], 10, 4)]).toEqual([0.5, 1.2, 0.5, 0])
  })

  test('hold all of the busy time', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 1, max: 40 }), (list, binPs) => {
        const sum = busyPerBin(list, binPs, Math.ceil(300 / binPs)).reduce((a, b) => a + b, 0)
        expect(sum * binPs).toBeCloseTo(lengthPs(list), 6)
      }),
    )
  })
})

describe('merged intervals', () => {
  test('cover the same moments, ascending and apart', () => {
    fc.assert(
      fc.property(intervals, (list) => {
        const union = merged(list)
        expect(moments.map((ps) => isInside(union, ps))).toEqual(moments.map((ps) => isInside(list, ps)))
        for (const [i, { startPs }] of union.entries())
          if (i > 0) expect(startPs).toBeGreaterThan(union[i - 1]!.endPs)
      }),
    )
  })

  test('overlap for as long as both are there', () => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const both = moments.filter((ps) => isInside(a, ps) && isInside(b, ps)).length
        expect(overlapPs(merged(a), merged(b))).toBe(both)
      }),
    )
  })
})

test('the variation is the standard deviation over the mean', () => {
  expect(variation([1, 3])).toBe(0.5)
  expect(variation([2, 2, 2])).toBe(0)
})

test('a recorder keeps spans apart by kind', () => {
  const recorder = new SpanRecorder()
  const span = { die: 0, peer: 0, startPs: 0, endPs: 1, expert: 0, slice: 0, tokens: 1, bytes: 1 }
  recorder.span({ ...span, kind: 'load' })
  recorder.span({ ...span, kind: 'compute' })
  expect(recorder.of('compute')).toHaveLength(1)
  expect(recorder.spans).toHaveLength(2)
})
