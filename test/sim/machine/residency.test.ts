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

  it('knows a pair by its expert only: those of another one are nowhere', () => {
    const residency = new Residency(
      workOf(
        [
          [0, 1],
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        3,
        pair,
      ),
      1,
    )
    expect(() => residency.assertTokens(1, 4, 6, 0)).not.toThrow()
    expect(() => residency.assertTokens(1, 0, 2, 0)).toThrow('pair 0')
    expect(() => residency.assertTokens(0, 4, 6, 0)).toThrow('pair 4')
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

  it('a token is where it rests and where it was copied to', () => {
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

  it('of every pair a die has as many copies as came and were not released', () => {
    const token = fc.nat({ max: 3 })
    const step = fc.record({ a: token, b: token, die: fc.nat({ max: 1 }), isCopy: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const residency = fresh()
        const copies = [0, 1].map(() => [0, 0, 0, 0])
        const rests = (pair: number, die: number) => Math.floor(pair / 2) === die
        for (const { a, b, die, isCopy } of steps) {
          const pairs = { fromPair: Math.min(a, b), toPair: Math.max(a, b) + 1 }
          const own = [0, 1, 2, 3].filter((pair) => pair >= pairs.fromPair && pair < pairs.toPair)
          const missing = own.find((pair) => copies[die]![pair] === 0 && !rests(pair, die))
          if (isCopy) {
            residency.copyTokens(2, pairs.fromPair, pairs.toPair, die)
            for (const pair of own) copies[die]![pair] = copies[die]![pair]! + 1
          } else if (missing !== undefined) {
            expect(() => residency.forgetTokens(2, die, pairs)).toThrow(
              new Bug(`the token of pair ${missing} is released on die ${die}, where no copy is`),
            )
            return
          } else {
            residency.forgetTokens(2, die, pairs)
            for (const pair of own) copies[die]![pair] = Math.max(0, copies[die]![pair]! - 1)
          }
          for (const [where, held] of copies.entries()) {
            held.forEach((count, pair) => {
              const use = () => residency.assertTokens(2, pair, pair + 1, where)
              if (count > 0 || rests(pair, where)) expect(use).not.toThrow()
              else expect(use).toThrow(Bug)
            })
          }
        }
      }),
    )
  })

  it('a token may be used on several dies, until its copy is released', () => {
    const row = buildTopology({ kind: 'mesh', columns: 3, rows: 1, numbering: 'row-major' })
    const residency = new Residency(workOf([[2], [2], [2]], 3, row), 2)
    residency.copyTokens(2, 0, 1, 1)
    expect(() => residency.assertTokens(2, 0, 1, 2)).toThrow(Bug)
    residency.copyTokens(2, 0, 1, 2)
    expect(() => residency.assertTokens(2, 0, 1, 2)).not.toThrow()
    expect(() => residency.assertTokens(2, 0, 1, 1)).not.toThrow()
    residency.forgetTokens(2, 1)
    expect(() => residency.assertTokens(2, 0, 1, 1)).toThrow(
      new Bug('the token of pair 0 is used on die 1, where it is not'),
    )
    expect(() => residency.assertTokens(2, 0, 1, 2)).not.toThrow()
  })

  it('tokens that are shared by several pairs are counted once each', () => {
    const residency = new Residency(workOf([[1, 2], [2], [1, 2], []], 3, pair), 2)
    const pairs = [
      { expert: 1, fromPair: 0, toPair: 1 },
      { expert: 2, fromPair: 2, toPair: 4 },
    ]
    expect(() => residency.assertShared({ from: 0, to: 1, pairs, tokens: 2 })).not.toThrow()
    expect(() => residency.assertShared({ from: 0, to: 1, pairs, tokens: 1 })).toThrow(
      new Bug('2 tokens leave die 0 as 1'),
    )
    expect(() => residency.assertShared({ from: 1, to: 0, pairs, tokens: 2 })).toThrow(
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
