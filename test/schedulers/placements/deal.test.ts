// Remapping: the heaviest experts to the least loaded dies; and its opposite.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { dealByLoad, packByLoad } from '../../../src/schedulers/placements/deal.ts'
import type { Layout } from '../../../src/schedulers/placements/layout.ts'

const crossbar = (dies: number) => buildTopology({ kind: 'crossbar', dies })
const loads = (...values: number[]) => Float64Array.from(values)
const dieOf = (layout: Layout) => layout.map(([die]) => die)

describe('remapping', () => {
  it('gives the heaviest expert left to the least loaded die', () => {
    // 9 -> die 0, 8 -> die 1, 5 -> die 1 (8 < 9) leaves 9 and 13; 4 -> die 0.
    expect(dieOf(dealByLoad(loads(4, 9, 8, 5), crossbar(2)))).toEqual([0, 0, 1, 1])
  })

  it('lets no die take more than an equal part of the experts', () => {
    // By load alone the three light experts would all go to die 1.
    expect(dieOf(dealByLoad(loads(100, 1, 1, 1), crossbar(2)))).toEqual([0, 1, 1, 0])
  })

  it('takes equal experts by id and equal dies in die order', () => {
    expect(dieOf(dealByLoad(loads(1, 1, 1, 1, 1, 1), crossbar(3)))).toEqual([0, 1, 2, 0, 1, 2])
    const columns = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'column-major' })
    expect(dieOf(dealByLoad(loads(1, 1, 1, 1), columns))).toEqual([0, 2, 1, 3])
  })
})

describe('packing, to be as uneven as can be', () => {
  it('puts the heaviest experts together, then the next ones', () => {
    expect(dieOf(packByLoad(loads(1, 7, 3, 9), crossbar(2)))).toEqual([1, 0, 1, 0])
    expect(dieOf(packByLoad(loads(1, 7, 3, 9, 5), crossbar(2)))).toEqual([1, 0, 1, 0, 0])
  })
})

it('both give every expert one die and no die more than ceil(E / dies) experts, the fullest of remapping never above packing', () => {
  const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 9 }), (list, dies) => {
      const fullest = [dealByLoad, packByLoad].map((place) => {
        const layout = place(Float64Array.from(list), crossbar(dies))
        const experts = new Float64Array(dies)
        const dieLoad = new Float64Array(dies)
        layout.forEach((holders, expert) => {
          expect(holders).toHaveLength(1)
          experts[holders[0]!] = experts[holders[0]!]! + 1
          dieLoad[holders[0]!] = dieLoad[holders[0]!]! + list[expert]!
        })
        expect(Math.max(...experts)).toBeLessThanOrEqual(Math.ceil(list.length / dies))
        return Math.max(...dieLoad)
      })
      expect(fullest[0]).toBeLessThanOrEqual(fullest[1]!)
    }),
  )
})
