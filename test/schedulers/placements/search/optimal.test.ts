// What the search for the optimum makes of what a solver says: found or not, proven or not, in time or not.
import { describe, expect, it } from 'vitest'
import { optimal } from '../../../../src/schedulers/placements/search/optimal.ts'
import {
  leastMaxLoad,
  maxLoad,
  type PlaceProblem,
} from '../../../../src/schedulers/placements/search/problem.ts'
import type { Solver, SolverModel } from '../../../../src/schedulers/placements/search/solver.ts'

interface Said {
  readonly status: 'optimal' | 'infeasible' | 'stopped'
  readonly seconds?: number
  /** Of variables other than 0; absent: no solution. */
  readonly values?: Readonly<Record<string, number>>
  readonly bound?: number
}

const STATUS = { optimal: 7, infeasible: 8, stopped: 13 }
const FEASIBLE = 2

/** Says one thing after the other; what it was asked is noted. */
function scripted(script: readonly Said[]) {
  const asked: { text: string; seconds: unknown; isQuiet: boolean }[] = []
  const solver: Solver = {
    constants: { modelStatus: STATUS, solutionStatus: { feasible: FEASIBLE } },
    withModel({ data }, use) {
      const { status, seconds = 1, values, bound = Infinity } = script[asked.length]!
      const columns = Object.entries(values ?? {})
      const model: SolverModel = {
        options: {
          set: (options) =>
            void asked.push({
              ...{ text: data, seconds: options.time_limit },
              isQuiet: options.output_flag === false,
            }),
        },
        info: {
          get: (name) => (name === 'mip_dual_bound' ? bound : values !== undefined ? FEASIBLE : FEASIBLE - 1),
        },
        run: () => undefined,
        getRunTime: () => seconds,
        getModelStatus: () => STATUS[status],
        getSolution: () => ({ colValue: columns.map(([, value]) => value) }),
        getColName: (column) => columns[column]![0],
      }
      return use(model)
    },
  }
  return { solver, asked }
}

/** Of two devices with two slots each, one starts with both heavy experts. */
const few: PlaceProblem = { loads: Float64Array.of(9, 8, 2, 1), devices: 2, slots: 2 }
const [START, BEST] = [
  [
    [0, 1],
    [2, 3],
  ],
  [
    [0, 3],
    [1, 2],
  ],
]
/** Sets of two experts that hold no more than the limit under the start, and what the others leave over. */
const pairs = (text: string) => (text.match(/^n\d+ <= 2$/gm) ?? []).length

describe('a program over sets of experts', () => {
  it('without a solution proves that what there is cannot be bettered', () => {
    const { solver, asked } = scripted([{ status: 'infeasible' }])
    expect(optimal(solver, few, 10, [START!])).toEqual({ layout: START, bound: 17 })
    expect(asked).toEqual([
      { text: expect.stringMatching(/^Minimize\nobj: 0 n0\n/), seconds: 10, isQuiet: true },
    ])
    // All pairs but the start's fuller one, and its lighter one, which leaves too much to the other.
    expect(pairs(asked[0]!.text)).toBe(4)
  })

  it('with a solution is asked again for less, as long as there is time', () => {
    // The second and the third of the pairs: the first expert with the last, and the others.
    const better = { status: 'optimal', seconds: 4, values: { n1: 1, n2: 1 } } as const
    const { solver, asked } = scripted([better, { status: 'stopped', seconds: 6 }])
    const { layout, bound } = optimal(solver, few, 10, [START!])
    expect(layout).toEqual(BEST)
    expect(bound).toBe(10)
    // Ten on each of the two is the least that there can be: nothing is asked any more.
    expect(asked.map(({ seconds }) => seconds)).toEqual([10])
  })

  it('that ends in time without a solution leaves what there is, and the bound of any placement', () => {
    const uneven = { ...few, loads: Float64Array.of(9, 8, 3, 1) }
    const middle = { status: 'optimal', seconds: 4, values: { n0: 1, n3: 1 } } as const
    const { solver, asked } = scripted([middle, { status: 'stopped', seconds: 6 }])
    const { layout, bound } = optimal(solver, uneven, 10, [START!])
    expect(maxLoad(layout, uneven.loads)).toBe(12)
    expect(bound).toBe(leastMaxLoad(uneven))
    expect(asked.map(({ seconds }) => seconds)).toEqual([10, 6])
    const late = scripted([{ ...middle, seconds: 10 }])
    expect(optimal(late.solver, uneven, 10, [START!]).bound).toBe(leastMaxLoad(uneven))
    expect(late.asked).toHaveLength(1)
  })
})

describe('a program over who lies where, where there are too many sets of experts', () => {
  const alike = new Float64Array(40).fill(1)
  alike[0] = 3
  const many: PlaceProblem = { loads: alike, devices: 4, slots: 10 }
  const inBlocks = Array.from({ length: 4 }, (_, device) =>
    Array.from({ length: 10 }, (_, i) => 10 * device + i),
  )
  const least = leastMaxLoad(many)
  const limit = 12 * (1 - 1e-7)
  const asks = (said: Said) => {
    const { solver, asked } = scripted([said])
    const found = optimal(solver, many, 5, [inBlocks])
    expect(asked).toEqual([{ text: expect.stringMatching(/^Minimize\nobj: T\n/), seconds: 5, isQuiet: true }])
    return found
  }
  /** Expert after expert on device after device, in another order. */
  const dealt = Object.fromEntries(Array.from({ length: 40 }, (_, expert) => [`x${expert}_${expert % 4}`, 1]))

  it('without a solution proves that what there is cannot be bettered', () => {
    expect(asks({ status: 'infeasible' })).toEqual({ layout: inBlocks, bound: 12 })
  })

  it('that did not end says by its bound how far what there is may be off, which is never below that of any placement', () => {
    expect(asks({ status: 'stopped', bound: 950 })).toEqual({ layout: inBlocks, bound: 0.95 * limit })
    expect(asks({ status: 'stopped', bound: 100 })).toEqual({ layout: inBlocks, bound: least })
    expect(asks({ status: 'stopped', bound: -Infinity })).toEqual({ layout: inBlocks, bound: least })
    expect(asks({ status: 'stopped', bound: 2000 }).bound).toBe(12)
  })

  it('takes a solution that is no worse only where it is better', () => {
    // Expert 0 has three, and each device ten experts: there is none better.
    const { layout, bound } = asks({ status: 'stopped', values: dealt, bound: 900 })
    expect(layout).toBe(inBlocks)
    expect(bound).toBeCloseTo(0.9 * limit, 9)
  })

  it('takes a solution that is better, be it proven to be the best or not', () => {
    const heavy = { ...many, loads: alike.with(1, 3) }
    for (const [said, bound] of [
      [{ status: 'optimal', values: dealt }, 12],
      [{ status: 'stopped', values: dealt, bound: 800 }, 0.8 * 14 * (1 - 1e-7)],
    ] as const) {
      const found = optimal(scripted([said]).solver, heavy, 5, [inBlocks])
      expect(found.layout[1]).toEqual([1, 5, 9, 13, 17, 21, 25, 29, 33, 37])
      expect(maxLoad(found.layout, heavy.loads)).toBe(12)
      expect(found.bound).toBeCloseTo(bound, 9)
    }
  })

  it('that was solved proves its solution, or what there was', () => {
    expect(asks({ status: 'optimal', values: dealt }).bound).toBe(12)
  })

  it('is not asked where it would have too many variables', () => {
    const { solver, asked } = scripted([])
    const large: PlaceProblem = { loads: new Float64Array(20).fill(1), devices: 60, slots: 5 }
    large.loads[0] = 3
    const start = Array.from({ length: 60 }, (_, device) =>
      Array.from({ length: 5 }, (_, slot) => (5 * device + slot) % 20),
    )
    expect(optimal(solver, large, 5, [start])).toEqual({ layout: start, bound: leastMaxLoad(large) })
    expect(asked).toEqual([])
  })
})
