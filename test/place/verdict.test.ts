// Whether a placement is worth its cost: each answer, and the numbers behind it.
import { describe, expect, it } from 'vitest'
import { verdictOf } from '../../src/place/verdict.ts'

const US = 1e6
const timed = (
  pairs: readonly (readonly [number, number])[],
  movePs = 1000 * US,
  horizonSteps = 1000,
  isLater = true,
) =>
  verdictOf({
    windows: pairs.map(([before, after]) => ({ before: before * US, after: after * US })),
    measure: 'step time',
    movePs,
    horizonSteps,
    isLater,
  })
const three = (before: number, after: number): [number, number][] => [
  [before, after],
  [before + 1, after],
  [before + 2, after],
]

describe('a verdict', () => {
  it('says nothing for a placement by what it was made from, whatever it gains there', () => {
    const made = timed(three(110, 100), 1000 * US, 1000, false)
    expect(made).toMatchObject({ answer: 'insufficient evidence', measure: 'step time' })
    expect(made.reason).toMatch(/not later than what it is made from/)
    expect(timed(three(110, 100).slice(1), 1000 * US, 1000, false).reason).toMatch(
      /^2 windows to judge it on/,
    )
  })

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
    expect(timed(three(110, 100).slice(1)).reason).toContain('2 later windows')
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
        windows: three(before, after).map(([b, a]) => ({ before: b, after: a })),
        measure: 'load',
        horizonSteps: 10,
        isLater: true,
      })
    expect(of(200, 100)).toMatchObject({ answer: 'insufficient evidence', measure: 'load' })
    expect(of(200, 100).reason).toContain('name the hardware')
    expect(of(100, 200).answer).toBe('not now')
  })

  it('recommends any sure gain that costs nothing', () => {
    expect(timed(three(110, 100), 0, 1).answer).toBe('recommend')
  })
})
