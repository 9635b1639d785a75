// Searches for placements: what each promises of loads, slots and copies.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../../src/errors.ts'
import { balanced } from '../../../../src/schedulers/placements/search/balanced.ts'
import { eplb, packCopies } from '../../../../src/schedulers/placements/search/eplb.ts'
import { joint } from '../../../../src/schedulers/placements/search/joint.ts'
import { optimal } from '../../../../src/schedulers/placements/search/optimal.ts'
import {
  leastMaxLoad,
  maxLoad,
  type PlaceProblem,
  type Slots,
} from '../../../../src/schedulers/placements/search/problem.ts'
import { loadPlacementSolver } from '../../../../src/schedulers/placements/search/solver.ts'

const problem = (loads: readonly number[], devices: number, slots: number): PlaceProblem => ({
  loads: Float64Array.from(loads),
  devices,
  slots,
})
/** The published example of one hot pair: 8 experts on 8 devices of 2 slots. */
const HOT_PAIR = problem([600, 560, 120, 120, 20, 10, 10, 10], 8, 2)
/** The example of EPLB's own documentation: 2 layers, 12 experts in 4 groups, 8 devices of 2 slots in 2 nodes. */
const TWO_NODES = [
  [90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86],
  [20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27],
]
const MOVES = 2000

const solvable = fc
  .record({
    loads: fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 14 }),
    devices: fc.integer({ min: 1, max: 6 }),
    spare: fc.nat(4),
  })
  .map(({ loads, devices, spare }) =>
    problem(loads, devices, Math.min(loads.length, Math.ceil(loads.length / devices) + spare)),
  )

function expectWhole(layout: Slots, { loads, devices, slots }: PlaceProblem): void {
  expect(layout.map((held) => held.length)).toEqual(Array.from({ length: devices }, () => slots))
  for (const held of layout) expect(new Set(held).size).toBe(slots)
  expect(new Set(layout.flat()).size).toBe(loads.length)
}

const sortedDevices = (layout: Slots) => layout.map((held) => [...held].sort((a, b) => a - b))

describe.each([
  ['eplb', (one: PlaceProblem) => eplb(one)],
  ['balanced', balanced],
  ['joint', (one: PlaceProblem) => joint(one, MOVES)],
])('%s', (_name, place) => {
  it('fills every slot, leaves no expert out and puts none twice on a device', () => {
    fc.assert(fc.property(solvable, (one) => expectWhole(place(one), one)))
  })

  it('is no better than what is proven to be the least', () => {
    fc.assert(
      fc.property(solvable, (one) => {
        expect(maxLoad(place(one), one.loads)).toBeGreaterThanOrEqual(leastMaxLoad(one) * (1 - 1e-9))
      }),
    )
  })

  it('refuses fewer slots than experts, and more slots on a device than experts', () => {
    expect(() => place(problem([1, 1, 1], 2, 1))).toThrow(UserError)
    expect(() => place(problem([1, 1, 1], 2, 1))).toThrow(/use --slots 2 or more/)
    expect(() => place(problem([1, 1, 1], 2, 4))).toThrow(/use --slots 3 or fewer/)
  })
})

describe('eplb', () => {
  it('leaves 232 on the fullest of 8 devices for a hot pair of experts', () => {
    expect(maxLoad(eplb(HOT_PAIR), HOT_PAIR.loads)).toBe(232)
  })

  it('by node gives the devices that its documentation shows', () => {
    const devices = TWO_NODES.map((loads) => eplb(problem(loads, 8, 2), { nodes: 2, groups: 4 }))
    const shown = [
      [5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1],
      [7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1],
    ].map((row) => Array.from({ length: 8 }, (_, device) => row.slice(2 * device, 2 * device + 2)))
    expect(devices.map(sortedDevices)).toEqual(shown.map(sortedDevices))
  })

  it('by node keeps the experts of a group on one node', () => {
    const layout = eplb(problem(TWO_NODES[0]!, 8, 2), { nodes: 2, groups: 4 })
    for (let group = 0; group < 4; group++) {
      const nodes = layout.flatMap((held, device) =>
        held.some((expert) => Math.floor(expert / 3) === group) ? [Math.floor(device / 4)] : [],
      )
      expect(new Set(nodes).size).toBe(1)
    }
  })

  it('by node refuses devices, experts and groups that do not divide', () => {
    const one = problem(TWO_NODES[0]!, 8, 2)
    expect(() => eplb(one, { nodes: 3, groups: 3 })).toThrow(/8 devices do not make 3 nodes/)
    expect(() => eplb(one, { nodes: 2, groups: 5 })).toThrow(/12 experts do not make 5 groups/)
    expect(() => eplb(one, { nodes: 2, groups: 3 })).toThrow(/3 groups do not make 2 nodes/)
  })

  it('places every copy that is asked for, also where one has to make way: only devices that have the expert have room', () => {
    const some = fc.record({
      ...{ devices: fc.integer({ min: 2, max: 5 }), slots: fc.integer({ min: 1, max: 4 }) },
      ...{ loads: fc.array(fc.nat(99), { minLength: 20, maxLength: 20 }), more: fc.array(fc.nat(99)) },
      experts: fc.nat(99),
    })
    fc.assert(
      fc.property(some, ({ devices, slots, loads, more, experts }) => {
        const count = slots + (experts % (slots * (devices - 1) + 1))
        const copies = new Int32Array(count).fill(1)
        const isSpare = (expert: number) => copies[expert]! < devices
        for (let spare = devices * slots - count, i = 0; spare > 0; spare--, i++) {
          const from = (more[i % Math.max(1, more.length)] ?? 0) % count
          copies[
            [...copies.keys()].find((at) => at >= from && isSpare(at)) ??
              copies.findIndex((of) => of < devices)
          ]!++
        }
        const one = problem(loads.slice(0, count), devices, slots)
        const layout = packCopies(one, copies)
        expectWhole(layout, one)
        expect(copies.map((_, expert) => layout.filter((held) => held.includes(expert)).length)).toEqual(
          copies,
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('joint', () => {
  it('finds the optimum for a hot pair of experts', () => {
    expect(maxLoad(joint(HOT_PAIR), HOT_PAIR.loads)).toBeCloseTo(196.667, 3)
  })

  it('is never worse than eplb', () => {
    fc.assert(
      fc.property(solvable, (one) => {
        const most = maxLoad(joint(one, MOVES), one.loads)
        expect(most).toBeLessThanOrEqual(maxLoad(eplb(one), one.loads) * (1 + 1e-9))
      }),
    )
  })
})

describe('optimal', () => {
  it('proves 196.67 to be the least for a hot pair of experts, from eplb on', async () => {
    const { layout, bound } = optimal(await loadPlacementSolver(), HOT_PAIR, 600, [joint(HOT_PAIR)])
    expectWhole(layout, HOT_PAIR)
    expect(maxLoad(layout, HOT_PAIR.loads)).toBeCloseTo(196.667, 3)
    expect(bound).toBe(maxLoad(layout, HOT_PAIR.loads))
  })

  it('finds what exhaustive search finds', async () => {
    const solver = await loadPlacementSolver()
    const small = fc.record({
      loads: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 4 }),
      devices: fc.integer({ min: 2, max: 3 }),
      spare: fc.nat(1),
    })
    fc.assert(
      fc.property(small, ({ loads, devices, spare }) => {
        const slots = Math.min(loads.length, Math.ceil(loads.length / devices) + spare)
        const one = problem(loads, devices, slots)
        const { layout, bound } = optimal(solver, one, 600, [eplb(one)])
        expectWhole(layout, one)
        expect(maxLoad(layout, one.loads)).toBeCloseTo(exhaustive(one), 6)
        expect(bound).toBeCloseTo(exhaustive(one), 4)
      }),
      { numRuns: 20 },
    )
  })

  it('keeps to where it started and says how far that may be off, given no time', async () => {
    const start = eplb(HOT_PAIR)
    const { layout, bound } = optimal(await loadPlacementSolver(), HOT_PAIR, 0, [start])
    expect(layout).toBe(start)
    expect(bound).toBe(leastMaxLoad(HOT_PAIR))
    // Of starts that are as good the first.
    const other = start.toReversed()
    expect(optimal(await loadPlacementSolver(), HOT_PAIR, 0, [other, start]).layout).toBe(other)
  })
})

/** The least load over all placements. */
function exhaustive({ loads, devices, slots }: PlaceProblem): number {
  const sets: number[][] = []
  const choose = (from: number, held: readonly number[]) => {
    if (held.length === slots) sets.push([...held])
    else for (let expert = from; expert < loads.length; expert++) choose(expert + 1, [...held, expert])
  }
  choose(0, [])
  let best = Infinity
  const place = (layout: readonly (readonly number[])[]) => {
    if (layout.length < devices) for (const set of sets) place([...layout, set])
    else if (new Set(layout.flat()).size === loads.length) best = Math.min(best, maxLoad(layout, loads))
  }
  place([])
  return best
}

it('balanced fills what is free with the coldest of the experts that a device lacks, each copy counted once', () => {
  // Copies for balance: of 2 three, of 0 and 3 two. Device 0 lacks 0 (1.5 for each copy), 1 and 4 (2); device 1 then 1, 2 and 4,
  // which are equal; device 3 at last 0 and 1 (1 for each of three and of two copies) and 3.
  const found = balanced({ loads: Float64Array.of(3, 2, 6, 6, 2), devices: 4, slots: 3 })
  expect(found).toEqual([
    [2, 3, 0],
    [0, 3, 1],
    [0, 1, 2],
    [2, 4, 0],
  ])
})
