// Where data is: nothing is used before it has arrived or after it has left.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { Residency } from '../../../src/sim/machine/residency.ts'
import { workOf } from '../../helpers/frames.ts'

const pair = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' })
/** Two dies, three experts in two slices; pairs 0..1 rest on die 0, pairs 2..3 on die 1. */
const fresh = () => new Residency(workOf([[2], [2], [2], [2]], 3, pair), 2)

describe('residency', () => {
  it('a slice is there from its arrival to its removal', () => {
    const residency = fresh()
    const use = () => residency.assertHere(1, 2, 1)
    expect(use).toThrow(new Bug('slice 1 of expert 2 is used on die 1, where it is not'))
    residency.expect(1, 2, 1, 'weights')
    expect(use).toThrow(Bug)
    residency.arrive(1, 2, 1)
    expect(use).not.toThrow()
    expect(() => residency.assertHere(0, 2, 1)).toThrow(Bug)
    expect(() => residency.assertHere(1, 2, 0)).toThrow(Bug)
    residency.remove(1, 2, 1)
    expect(use).toThrow(Bug)
  })

  it('remembers what its buffer was reserved as', () => {
    const residency = fresh()
    residency.expect(0, 0, 0, 'weights')
    residency.expect(0, 1, 0, 'receive')
    residency.arrive(0, 0, 0)
    residency.arrive(0, 1, 0)
    expect([residency.remove(0, 0, 0), residency.remove(0, 1, 0)]).toEqual(['weights', 'receive'])
  })

  it('refuses a second copy of a slice on a die, on its way or there', () => {
    const residency = fresh()
    residency.expect(0, 0, 0, 'weights')
    expect(() => residency.expect(0, 0, 0, 'receive')).toThrow(Bug)
    residency.arrive(0, 0, 0)
    expect(() => residency.expect(0, 0, 0, 'weights')).toThrow(Bug)
    expect(() => residency.expect(1, 0, 0, 'weights')).not.toThrow()
  })

  it('counts slices there and on their way', () => {
    const residency = fresh()
    residency.expect(0, 0, 0, 'weights')
    residency.expect(1, 0, 0, 'receive')
    residency.arrive(0, 0, 0)
    expect(residency.slicesLeft).toBe(2)
    residency.remove(0, 0, 0)
    expect(residency.slicesLeft).toBe(1)
  })

  it('a token is where it rests and where it was copied to last', () => {
    const residency = fresh()
    expect(() => residency.assertTokens(2, 0, 2, 0)).not.toThrow()
    expect(() => residency.assertTokens(2, 0, 3, 0)).toThrow(
      new Bug('the token of pair 2 is used on die 0, where it is not'),
    )
    residency.copyTokens(2, 0, 1, 1)
    expect(() => residency.assertTokens(2, 0, 1, 1)).not.toThrow()
    expect(() => residency.assertTokens(2, 0, 2, 1)).toThrow(
      new Bug('the token of pair 1 is used on die 1, where it is not'),
    )
    expect(() => residency.assertTokens(2, 0, 2, 0)).not.toThrow()
  })

  it('of copies that overlap the latest counts, pair by pair', () => {
    const token = fc.nat({ max: 3 })
    const copy = fc.record({ a: token, b: token, die: fc.nat({ max: 1 }) })
    fc.assert(
      fc.property(fc.array(copy, { maxLength: 6 }), token, token, fc.nat({ max: 1 }), (copies, a, b, die) => {
        const residency = fresh()
        const copyDie = [-1, -1, -1, -1]
        for (const { a, b, die } of copies) {
          residency.copyTokens(2, Math.min(a, b), Math.max(a, b) + 1, die)
          copyDie.fill(die, Math.min(a, b), Math.max(a, b) + 1)
        }
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1]
        const isHere = (pair: number) => copyDie[pair] === die || Math.floor(pair / 2) === die
        const away = [0, 1, 2, 3].find((pair) => pair >= from && pair < to && !isHere(pair))
        const use = () => residency.assertTokens(2, from, to, die)
        if (away === undefined) expect(use).not.toThrow()
        else expect(use).toThrow(new Bug(`the token of pair ${away} is used on die ${die}, where it is not`))
      }),
    )
  })

  it('a token that was copied on is no longer where its earlier copy was', () => {
    const row = buildTopology({ kind: 'mesh', columns: 3, rows: 1, numbering: 'row-major' })
    const residency = new Residency(workOf([[2], [2], [2]], 3, row), 2)
    residency.copyTokens(2, 0, 1, 1)
    expect(() => residency.assertTokens(2, 0, 1, 2)).toThrow(Bug)
    residency.copyTokens(2, 0, 1, 2)
    expect(() => residency.assertTokens(2, 0, 1, 2)).not.toThrow()
    expect(() => residency.assertTokens(2, 0, 1, 1)).toThrow(
      new Bug('the token of pair 0 is used on die 1, where it is not'),
    )
  })

  it('a compute job needs its slice and all its tokens, those of its further ranges too', () => {
    const residency = fresh()
    const job = { expert: 2, slice: 1, die: 1, fromPair: 2, toPair: 3 }
    expect(() => residency.assertComputable(job)).toThrow(
      new Bug('slice 1 of expert 2 is used on die 1, where it is not'),
    )
    residency.expect(1, 2, 1, 'weights')
    residency.arrive(1, 2, 1)
    expect(residency.assertComputable(job)).toBe(1)
    expect(residency.assertComputable({ ...job, morePairs: [{ fromPair: 3, toPair: 4 }] })).toBe(2)
    const strange = { ...job, morePairs: [{ fromPair: 3, toPair: 4 }, { fromPair: 0, toPair: 2 }] } // biome-ignore format: one line
    expect(() => residency.assertComputable(strange)).toThrow(
      new Bug('the token of pair 0 is used on die 1, where it is not'),
    )
    expect(() => residency.assertComputable({ ...job, fromPair: 1 })).toThrow(
      new Bug('the token of pair 1 is used on die 1, where it is not'),
    )
  })
})
