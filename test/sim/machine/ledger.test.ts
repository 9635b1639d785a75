// The book of what was computed: once each, and what is missing has a name.
import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { Ledger } from '../../../src/sim/machine/ledger.ts'
import { workOf } from '../../helpers/frames.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' })
/** Pairs 0..2: tokens 0, 1, 3 of expert 0; pair 3: token 2 of expert 1. */
const work = workOf([[0], [0], [1], [0]], 2, mesh)

describe('ledger', () => {
  it('is full when every token of every expert was booked for every slice', () => {
    const ledger = new Ledger(work, 2)
    expect(ledger.units).toBe(8)
    for (const slice of [0, 1]) {
      ledger.book(0, slice, 0, 2)
      ledger.book(0, slice, 2, 3)
      ledger.book(1, slice, 3, 4)
    }
    expect(ledger.doneUnits).toBe(8)
    expect(ledger.missing(5)).toEqual([])
  })

  it('names what is missing, up to as many as asked for', () => {
    const ledger = new Ledger(work, 2)
    ledger.book(0, 0, 0, 3)
    ledger.book(1, 1, 3, 4)
    ledger.book(0, 1, 0, 2)
    const missing = [
      'layer 0: token 3 of expert 0, slice 1 was never computed',
      'layer 0: token 2 of expert 1, slice 0 was never computed',
    ]
    expect(ledger.missing(5)).toEqual(missing)
    expect(ledger.missing(1)).toEqual(missing.slice(0, 1))
  })

  it('refuses a second booking, also of a part', () => {
    const ledger = new Ledger(work, 1)
    ledger.book(0, 0, 1, 2)
    expect(() => ledger.book(0, 0, 0, 3)).toThrow(
      new Bug('layer 0: token 1 of expert 0, slice 0 was computed twice'),
    )
  })

  it.each([
    [2, 4],
    [3, 4],
    [1, 1],
    [-1, 2],
  ])('refuses pairs %d..%d, which are not tokens of expert 0', (from, to) => {
    expect(() => new Ledger(work, 1).book(0, 0, from, to)).toThrow(Bug)
  })
})
