// Balancing with replicas, as EPLB does it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { balance } from '../../../src/schedulers/placements/balance.ts'

const crossbar = (dies: number) => buildTopology({ kind: 'crossbar', dies })
const balanced = (tokens: readonly number[], copies: number, dies: number) =>
  balance(Float64Array.from(tokens), copies, crossbar(dies))

describe('balancing', () => {
  it('gives copies to the experts with most tokens per copy and packs the heaviest first', () => {
    // Two copies: 90 -> 45 each, then 60 -> 30 each. Packed: 45 on 0, 45 on 1, 40 on 0, 30 on 1, 30 on 0 (75 < 85).
    expect(balanced([90, 60, 40, 0], 1, 2)).toEqual([[0, 1], [1, 0], [0], [1]])
  })

  it('counts the copies that an expert has already', () => {
    // 100 -> 50, 60 -> 30, 50 -> 33.
    expect(balanced([100, 60, 0], 1, 3).map((holders) => holders.length)).toEqual([3, 2, 1])
  })

  it('without copies packs whole experts, no die more than an equal part', () => {
    expect(balanced([9, 8, 5, 4], 0, 2)).toEqual([[0], [1], [1], [0]])
    expect(balanced([100, 1, 1, 1], 0, 2)).toEqual([[0], [1], [1], [0]])
  })

  it('gives an expert at most one copy per die and none to an expert that nobody chose', () => {
    expect(balanced([10, 0], 3, 2)).toEqual([[0, 1], [0]])
    expect(balanced([0, 0], 1, 2).map((holders) => holders.length)).toEqual([1, 1])
  })

  it('puts every expert somewhere, never twice on a die, within the slots of each die', () => {
    const values = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(values, fc.nat(4), fc.integer({ min: 1, max: 7 }), (tokens, copies, dies) => {
        const layout = balanced(tokens, copies, dies)
        const used = new Int32Array(dies)
        for (const holders of layout) {
          expect(holders.length).toBeGreaterThan(0)
          expect(new Set(holders).size).toBe(holders.length)
          for (const die of holders) used[die] = used[die]! + 1
        }
        expect(Math.max(...used)).toBeLessThanOrEqual(Math.ceil(tokens.length / dies) + copies)
        expect(layout.flat().length).toBeLessThanOrEqual(tokens.length + copies * dies)
      }),
    )
  })
})
