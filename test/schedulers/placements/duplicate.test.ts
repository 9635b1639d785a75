// Duplicating: every free slot takes the copy that lowers the load of the busiest die most.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { duplicate } from '../../../src/schedulers/placements/duplicate.ts'
import { contiguous } from '../../../src/schedulers/placements/homes.ts'

const crossbar = (dies: number) => buildTopology({ kind: 'crossbar', dies })
const linear = (tokens: number) => tokens
/** No work costs less than 10: copies of experts with fewer tokens only add to it. */
const floored = (tokens: number) => (tokens === 0 ? 0 : Math.max(10, tokens))

function dup(tokens: readonly number[], dies: number, slots: number, cost = linear) {
  const topology = crossbar(dies)
  const home = contiguous(tokens.length, topology)
  return duplicate(Float64Array.from(tokens), home, cost, slots, topology)
}

/** Load of the busiest die, tokens shared equally among copies. */
function busiest(
  tokens: readonly number[],
  dies: number,
  layout: readonly (readonly number[])[],
  cost = linear,
) {
  const load = new Float64Array(dies)
  layout.forEach((holders, expert) => {
    for (const die of holders) load[die] = load[die]! + cost(tokens[expert]! / holders.length)
  })
  return Math.max(...load)
}

describe('duplicating', () => {
  it('shares the hottest expert with the die that has least to do', () => {
    // Die 0 has 12 + 2, die 1 has 3 + 1; half of the 12 on die 1 makes 8 and 10. Then the slot of die 0: expert 2 (3) shared
    // makes 9.5 and 8.5, expert 3 (1) makes 8.5 and 9.5: equal, so the lower expert.
    expect(dup([12, 2, 3, 1], 2, 1)).toEqual([[0, 1], [0], [1, 0], [1]])
  })

  it('breaks ties of the busiest die by the sum of squares, then by expert, then by die', () => {
    // Whichever of the two tens is halved, the other die stays the busiest; the empty die makes the smallest squares.
    expect(dup([10, 10, 4, 0], 4, 1)[0]!.slice(0, 2)).toEqual([0, 3])
    // All alike: expert 0 goes first, to the first die that has it not.
    expect(dup([4, 4, 4], 3, 1)[0]).toContain(1)
  })

  it('fills all slots even where copies help nothing or cost more', () => {
    const tokens = [5, 5, 5, 5]
    const layout = dup(tokens, 2, 1, floored)
    expect(layout.flat()).toHaveLength(4 + 2)
    expect(busiest(tokens, 2, layout, floored)).toBeGreaterThan(
      busiest(tokens, 2, dup(tokens, 2, 0), floored),
    )
  })

  it('stops where every die holds every expert', () => {
    expect(dup([1, 2], 2, 5)).toEqual([
      [0, 1],
      [1, 0],
    ])
    expect(dup([1, 2], 1, 5)).toEqual([[0], [0]])
  })

  it('chooses for each slot what a search over all pairs would choose', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(linear, floored),
        (tokens, dies, cost) => {
          const layout = [...contiguous(tokens.length, crossbar(dies))].map((die) => [die])
          const first = dup(tokens, dies, 1, cost)
          let best = Infinity
          for (const [expert, holders] of layout.entries()) {
            for (let die = 0; die < dies; die++) {
              if (holders.includes(die)) continue
              const more = layout.map((dies, e) => (e === expert ? [...dies, die] : dies))
              best = Math.min(best, busiest(tokens, dies, more, cost))
            }
          }
          // Which of the pairs went first cannot be seen from outside, but one of those that were made is as good as the best.
          const made = first.flatMap((holders, expert) => holders.slice(1).map((die) => ({ expert, die })))
          const afterEach = made.map(({ expert, die }) =>
            busiest(
              tokens,
              dies,
              layout.map((d, e) => (e === expert ? [...d, die] : d)),
              cost,
            ),
          )
          expect(Math.min(...afterEach)).toBeCloseTo(best, 9)
          for (let die = 0; die < dies; die++) {
            expect(made.filter((copy) => copy.die === die).length).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })
})
