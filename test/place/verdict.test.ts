// Whether a placement is worth its cost: each answer, and the numbers behind it.
import { describe, expect, it } from 'vitest'
import { verdictOf } from '../../src/place/verdict.ts'

const US = 1e6
const timed = (pairs: readonly (readonly [number, number])[], movePs = 1000 * US, horizonSteps = 1000) =>
  verdictOf({
    windows: pairs.map(([before, after]) => ({ before: before * US, after: after * US, isLater: true })),
    measure: 'step time',
    movePs,
    horizonSteps,
  })
const three = (before: number, after: number): [number, number][] => [
  [before, after],
  [before + 1, after],
  [before + 2, after],
]

describe('a verdict', () => {
  it('recommends what is paid back within the horizon even at the lower end of the gain', () => {
    const { answer, gain, savedPs, breakEvenSteps } = timed(three(110, 100))
    expect(answer).toBe('recommend')
    expect(gain?.mean).toBeCloseTo(1.11, 9)
    // t(97.5 %, 2) * 0.01 / sqrt(3)
    expect(gain?.ci95).toBeCloseTo((4.303 * 0.01) / Math.sqrt(3), 6)
    expect(savedPs?.mean).toBeCloseTo(11 * US, 3)
    expect(breakEvenSteps?.mean).toBeCloseTo(1000 / 11, 6)
    expect(breakEvenSteps!.fewest).toBeLessThan(breakEvenSteps!.mean)
    expect(breakEvenSteps!.most).toBeGreaterThan(breakEvenSteps!.mean)
  })

  it('says not now where it gains nothing, or is not paid back even at the upper end', () => {
    expect(timed(three(90, 100))).toMatchObject({
      answer: 'not now',
      reason: 'it gains nothing on later windows',
    })
    const slow = timed(three(110, 100), 1e6 * US)
    expect(slow.answer).toBe('not now')
    expect(slow.reason).toContain('within 1000 steps')
  })

  it('wants more evidence where windows are few or do not agree', () => {
    expect(timed([])).toMatchObject({ answer: 'insufficient evidence' })
    expect(timed([]).reason).toContain('nothing later to judge it on')
    expect(timed(three(110, 100).slice(1)).reason).toContain('2 later windows to judge it on')
    expect(timed(three(110, 100).slice(2)).reason).toContain('1 later window to judge it on')
    const mixed = timed([
      [150, 100],
      [90, 100],
      [120, 100],
    ])
    expect(mixed.answer).toBe('insufficient evidence')
    expect(mixed.breakEvenSteps?.most).toBe(Infinity)
  })

  it('wants more evidence where the lower end of a sure gain is not paid back', () => {
    const late = timed(three(110, 100), 11_000 * US)
    expect(late.gain!.mean - late.gain!.ci95!).toBeGreaterThan(1)
    expect(late.answer).toBe('insufficient evidence')
    expect(late.reason).toContain('at the lower end')
  })

  it('of loads alone never recommends, since nobody knows the cost', () => {
    const of = (before: number, after: number) =>
      verdictOf({
        windows: three(before, after).map(([b, a]) => ({ before: b, after: a, isLater: true })),
        measure: 'load',
        horizonSteps: 10,
      })
    expect(of(200, 100)).toMatchObject({ answer: 'insufficient evidence', measure: 'load' })
    expect(of(200, 100).reason).toContain('name the hardware')
    expect(of(100, 200).answer).toBe('not now')
  })

  it('is of later windows alone, and says where others leave too few', () => {
    const of = (later: number, others: number) =>
      verdictOf({
        windows: [
          ...Array.from({ length: others }, () => ({ before: 300, after: 100, isLater: false })),
          ...three(110, 100)
            .slice(0, later)
            .map(([before, after]) => ({ before, after, isLater: true })),
        ],
        measure: 'step time',
        movePs: 1,
        horizonSteps: 1000,
      })
    expect(of(3, 2)).toEqual(of(3, 0))
    expect(of(0, 8)).toMatchObject({
      answer: 'insufficient evidence',
      reason:
        'none of 8 windows lies after the part that it was made from: at least 3 with tokens are needed',
    })
    expect(of(1, 2).reason).toContain('1 of 3 windows lies after')
    expect(of(2, 2).reason).toContain('2 of 4 windows lie after')
  })

  it('recommends any sure gain that costs nothing', () => {
    expect(timed(three(110, 100), 0, 1).answer).toBe('recommend')
  })
})
