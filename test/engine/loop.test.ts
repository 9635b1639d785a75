// The run loop: order of what happens, what it refuses, and how durations are rounded.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationPs, EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { Bug, UserError } from '../../src/errors.ts'

const nothing = () => undefined

describe('event loop', () => {
  it('runs what was scheduled by time, then rank, then order of scheduling', () => {
    const loop = new EventLoop()
    const seen: string[] = []
    const note = (name: string) => () => void seen.push(`${name}@${loop.nowPs}`)
    loop.at(5, Rank.decide, note('decide'))
    loop.at(5, Rank.transfer, note('first arrival'))
    loop.at(5, Rank.transfer, note('second arrival'))
    loop.at(9, Rank.transfer, note('late'))
    loop.after(3, Rank.compute, () => {
      note('early')()
      loop.after(2, Rank.memory, note('read'))
    })
    loop.run()
    expect(seen).toEqual(['early@3', 'first arrival@5', 'second arrival@5', 'read@5', 'decide@5', 'late@9'])
    expect(loop.nowPs).toBe(9)
  })

  it('lets an action go on at a later time, but not past or to what is due', () => {
    const loop = new EventLoop()
    const seen: string[] = []
    loop.at(2, Rank.transfer, () => {
      for (const timePs of [2, 6, 7, 9, 2 ** 53])
        seen.push(`${timePs} ${loop.skipTo(timePs)}, at ${loop.nowPs}`)
      loop.after(0, Rank.transfer, () => seen.push(`follows at ${loop.nowPs}`))
      seen.push(`7 ${loop.skipTo(7)}`)
    })
    loop.at(8, Rank.transfer, () => seen.push(`due at ${loop.nowPs}`))
    loop.run()
    expect(seen).toEqual([
      '2 false, at 2',
      '6 true, at 6',
      '7 true, at 7',
      '9 false, at 7',
      '9007199254740992 false, at 7',
      '7 false',
      'follows at 7',
      'due at 8',
    ])
  })

  it('can run again: its clock goes on', () => {
    const loop = new EventLoop()
    loop.after(4, Rank.compute, nothing)
    loop.run()
    loop.after(4, Rank.compute, nothing)
    loop.run()
    expect(loop.nowPs).toBe(8)
  })

  it.each([
    ['in the past', 9],
    ['between two picoseconds', 10.5],
    ['at no time', Number.NaN],
    ['never', Number.POSITIVE_INFINITY],
  ])('refuses an event %s', (_what, timePs) => {
    const loop = new EventLoop()
    loop.at(10, Rank.compute, () => loop.at(timePs, Rank.compute, nothing))
    expect(() => loop.run()).toThrow(
      new Bug(`an event was scheduled at ${timePs} ps while the clock shows 10 ps`),
    )
  })

  it('that would run on to where a double no longer counts exactly is a user error: some rate is far too low', () => {
    const loop = new EventLoop()
    loop.at(2 ** 53 - 1, Rank.compute, nothing)
    expect(() => loop.at(2 ** 53, Rank.compute, nothing)).toThrow(UserError)
  })

  it('stops a loop that feeds itself without time going on', () => {
    const loop = new EventLoop(1000)
    let calls = 0
    const again = () => {
      // Without the loop's own guard the test is to fail, not to hang.
      if (++calls > 1000) throw new Error('the loop went on')
      loop.after(0, Rank.decide, again)
    }
    loop.after(7, Rank.decide, again)
    expect(() => loop.run()).toThrow(new Bug('time does not advance past 7 ps'))
    expect(calls).toBe(999)
  })

  it('counts the events of one instant, not those of a whole run', () => {
    const loop = new EventLoop(1000)
    let calls = 0
    for (let event = 0; event < 2500; event++) loop.at(Math.floor(event / 999), Rank.decide, () => calls++)
    loop.run()
    expect(calls).toBe(2500)
  })
})

describe('durations', () => {
  const quotient = fc.tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 12 }))

  it('are exact where the quotient is a whole number', () => {
    fc.assert(
      fc.property(quotient, ([ps, perPs]) => {
        expect(durationPs(ps * perPs, perPs)).toBe(ps)
      }),
      { seed: 21, numRuns: 1000 },
    )
  })

  it('do not gain a picosecond from a rate that no double holds exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1000 }), (ps, tenths) => {
        const perPs = tenths / 10
        expect(durationPs(ps * perPs, perPs)).toBe(ps)
      }),
      { seed: 22, numRuns: 1000 },
    )
  })

  it('are rounded up', () => {
    expect(durationPs(10, 3)).toBe(4)
    expect(durationPs(1, 1000)).toBe(1)
    expect(durationPs(1e9 + 1, 2)).toBe(5e8 + 1)
    expect(durationPs(0, 3)).toBe(0)
    expect(durationPs(5, Number.POSITIVE_INFINITY)).toBe(0)
  })
})
