// Rings of full dies: which there are, and when there is a need to look for them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FullRings } from '../../../src/schedulers/fse-dp/turn.ts'
import { emptyDie, firstVisit } from '../../../src/schedulers/fse-dp/visit.ts'

/** Full dies; `waits`: for each the die its one computed micro-slice waits for, -1 where it has none. */
function fullDies(waits: readonly number[]) {
  const dies = waits.map((_, die) => emptyDie(die, 0))
  waits.forEach((next, die) => {
    if (next < 0) return
    const pair = { fromPair: 0, toPair: 1 }
    const trajectory = { expert: die, dies: [die, next], pairs: [pair, pair], shares: [] }
    dies[die]!.blocked.push({ ...firstVisit(trajectory, 0, 0, 0), isComputed: true })
  })
  return dies
}

const ringFrom = (waits: readonly number[], from: number) => {
  const dies = fullDies(waits)
  return new FullRings(dies).find(dies[from]!)?.map(({ state }) => state.die)
}

describe('a ring of full dies', () => {
  it('is found from each of its dies, and from dies that wait for one of them', () => {
    const waits = [1, 2, 3, 1]
    expect(ringFrom(waits, 2)).toEqual([2, 3, 1])
    expect(ringFrom(waits, 0)).toEqual([1, 2, 3])
  })

  it('is not there where a die on the way has a free slot, or holds nothing that is computed', () => {
    expect(ringFrom([1, 2, -1], 0)).toBeUndefined()
    const dies = fullDies([1, 0])
    dies[1]!.freeSlots = 1
    expect(new FullRings(dies).find(dies[0]!)).toBeUndefined()
    dies[1]!.freeSlots = 0
    dies[0]!.blocked[0]!.isComputed = false
    expect(new FullRings(dies).find(dies[1]!)).toBeUndefined()
  })

  it('can exist exactly where one is found from a suspect', () => {
    const waits = fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(waits, fc.nat({ max: 5 }), (raw, suspect) => {
        // No micro-slice waits for the die it is on.
        const dies = fullDies(raw.map((next, die) => (next === die ? -1 : next)))
        const rings = new FullRings(dies)
        rings.suspect(dies[suspect]!)
        expect(rings.canExist()).toBe(rings.find(dies[suspect]!) !== undefined)
      }),
    )
  })

  it('is suspected once only', () => {
    const dies = fullDies([1, 0])
    const rings = new FullRings(dies)
    expect(rings.canExist()).toBe(false)
    rings.suspect(dies[0]!)
    expect(rings.canExist()).toBe(true)
    expect(rings.canExist()).toBe(false)
  })
})
