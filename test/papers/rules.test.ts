// Verdict rules on made-up numbers: each must be able to pass, to half pass and to fail.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Judgement } from '../../src/papers/figure.ts'
import {
  allInside,
  allOf,
  atLeast,
  atMost,
  between,
  mostOf,
  near,
  nearShare,
  tellParts,
  withinFactor,
} from '../../src/papers/rules.ts'

const verdicts = (judge: (ours: number) => Judgement, ...ours: number[]) =>
  ours.map((value) => judge(value).verdict)

describe('each rule', () => {
  test('between grants a slack beyond both ends', () => {
    const judge = (ours: number) => between(ours, 2, 4, 0.5)
    expect(verdicts(judge, 2, 3, 4, 1.5, 5.9, 1.3, 6.1)).toEqual([
      ...['pass', 'pass', 'pass', 'partly', 'partly', 'fail', 'fail'],
    ])
  })

  test('allInside passes with every case in the range alone, and says how many are', () => {
    const judge = (...values: number[]) => allInside(values, 2, 4)
    expect(
      [judge(2, 3, 4), judge(2, 3, 5), judge(1, 3), judge(1, 3, 5), judge()].map((j) => j.verdict),
    ).toEqual([...['pass', 'partly', 'partly', 'fail', 'fail']])
    expect(judge(2, 3, 5).rule).toContain('; 2 of 3 do')
  })

  test('withinFactor judges factors, in both directions', () => {
    const judge = (ours: number) => withinFactor(ours, 100, 1.5, 2)
    expect(verdicts(judge, 100, 149, 67, 199, 51, 201, 49)).toEqual([
      ...['pass', 'pass', 'pass', 'partly', 'partly', 'fail', 'fail'],
    ])
  })

  test('near judges the relative deviation, in both directions', () => {
    expect(verdicts((ours) => near(ours, 2), 2, 1.91, 2.09, 1.71, 2.29, 1.69, 2.31)).toEqual([
      'pass',
      'pass',
      'pass',
      'partly',
      'partly',
      'fail',
      'fail',
    ])
  })

  test('nearShare judges the distance in percentage points, in both directions', () => {
    expect(verdicts((ours) => nearShare(ours, 0.788), 0.788, 0.77, 0.807, 0.7, 0.88, 0.68, 0.9)).toEqual([
      'pass',
      'pass',
      'pass',
      'partly',
      'partly',
      'fail',
      'fail',
    ])
  })

  test('atMost passes up to its limit, and half passes up to the second', () => {
    expect(verdicts((ours) => atMost(ours, 32, 36), 10, 32, 32.1, 36, 36.1)).toEqual([
      'pass',
      'pass',
      'partly',
      'partly',
      'fail',
    ])
  })

  test('atLeast passes from its limit on, and half passes from the second', () => {
    expect(verdicts((ours) => atLeast(ours, 0.6, 0.5), 0.9, 0.6, 0.59, 0.5, 0.49)).toEqual([
      'pass',
      'pass',
      'partly',
      'partly',
      'fail',
    ])
  })

  test('mostOf passes where most cases hold, and never without a case', () => {
    const of = (holding: number, cases: number) => mostOf(holding, cases).verdict
    expect([of(16, 16), of(9, 16), of(8, 16), of(4, 16), of(3, 16), of(0, 0)]).toEqual([
      'pass',
      'pass',
      'partly',
      'partly',
      'fail',
      'fail',
    ])
  })

  test('allOf passes with all demands met, fails with none, and never passes without a demand', () => {
    const parts = (...holds: boolean[]) => allOf(holds.map((h) => ({ demand: 'd', holds: h }))).verdict
    expect([parts(true, true), parts(true, false), parts(false, false), parts()]).toEqual([
      'pass',
      'partly',
      'fail',
      'fail',
    ])
  })
})

test('a better number never gets a worse verdict', () => {
  const rank = { pass: 2, partly: 1, fail: 0 }
  const positive = fc.double({ min: 0.01, max: 100, noNaN: true })
  fc.assert(
    fc.property(positive, positive, positive, (a, b, limit) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      const most = (ours: number) => rank[atMost(ours, limit, 2 * limit).verdict]
      const least = (ours: number) => rank[atLeast(ours, limit, limit / 2).verdict]
      return most(low) >= most(high) && least(high) >= least(low)
    }),
  )
})

test('every rule says in words what it demands', () => {
  expect([
    near(1, 1.22).rule,
    nearShare(1, 0.788).rule,
    atMost(1, 32e6, 36e6, (bytes) => `${bytes / 1e6} MB`).rule,
    atLeast(1, 0.6, 0.5).rule,
    mostOf(1, 2).rule,
    allOf([{ demand: 'a', holds: true }]).rule,
  ]).toEqual([
    'pass within 5 % of 1.22, partly within 15 %',
    'pass within 2 percentage points of 78.8 %, partly within 10',
    'pass up to 32 MB, partly up to 36 MB',
    'pass from 0.6 on, partly from 0.5 on',
    'pass where more than 50 % of the cases hold, partly from 25 % on',
    'pass where all 1 demands hold, partly where some do',
  ])
})

test('parts are told with those that hold and those that do not', () => {
  const parts = [
    { demand: 'a', holds: true },
    { demand: 'b', holds: false },
    { demand: 'c', holds: true },
  ]
  expect(tellParts(parts)).toBe('holds: a; c. does not hold: b')
  expect(tellParts(parts.slice(0, 1))).toBe('holds: a')
})
