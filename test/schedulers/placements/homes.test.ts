// Homes by id alone: blocks are blocks for any number of experts and dies.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { countHomes } from '../../../src/schedulers/memory-fit.ts'
import { contiguous } from '../../../src/schedulers/placements/homes.ts'

const crossbar = (dies: number) => buildTopology({ kind: 'crossbar', dies })

describe('contiguous homes', () => {
  it('of 7 experts on 4 dies are blocks of 2, 2, 2 and 1', () => {
    expect([...contiguous(7, crossbar(4))]).toEqual([0, 0, 1, 1, 2, 2, 3])
  })

  it('under compat: paper deal left-over experts one by one, as the forecasting paper does', () => {
    expect([...contiguous(7, crossbar(4), 'paper')]).toEqual([0, 1, 2, 3, 0, 1, 2])
    expect([...contiguous(11, crossbar(4), 'paper')]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2])
  })

  it('never go back to an earlier die, and no die has two experts more than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 }), (experts, dies) => {
        const home = contiguous(experts, crossbar(dies))
        expect(home).toEqual(home.toSorted())
        const counts = [...countHomes(home, dies)]
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
