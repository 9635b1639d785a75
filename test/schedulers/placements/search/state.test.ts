// A placement under search: what a move is said to make of it is what it makes, move after move.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { eplb } from '../../../../src/schedulers/placements/search/eplb.ts'
import { isBetter, type Move, SearchState } from '../../../../src/schedulers/placements/search/state.ts'

const start = () => {
  const loads = Float64Array.from([90, 40, 33, 20, 11, 7, 3])
  const problem = { loads, devices: 5, slots: 3 }
  return new SearchState(problem, eplb(problem))
}

/** Every move that may be made, in order. */
function movesOf(state: SearchState): Move[] {
  const { layout, copies, problem } = state
  const experts = [...problem.loads.keys()]
  const lacks = (expert: number, device: number) => !state.isOn(expert, device)
  const replaces = layout.flatMap((held, device) =>
    held.flatMap((from) =>
      experts
        .filter((to) => copies[from]! > 1 && lacks(to, device))
        .map((to): Move => ({ kind: 'replace', device, from, to })),
    ),
  )
  const swaps = layout.flatMap((heldOfA, a) =>
    layout.flatMap((heldOfB, b) =>
      heldOfA.flatMap((expertOfA) =>
        heldOfB
          .filter((expertOfB) => a < b && lacks(expertOfA, b) && lacks(expertOfB, a))
          .map((expertOfB): Move => ({ kind: 'swap', a, b, expertOfA, expertOfB })),
      ),
    ),
  )
  return [...replaces, ...swaps]
}

const scoreAfter = (state: SearchState, move: Move) =>
  move.kind === 'swap'
    ? state.afterSwap(move.a, move.b, move.expertOfA, move.expertOfB)
    : state.afterReplace(move.device, move.from, move.to)

it('a score after a move, its sums and its fullest device are those of the placement made anew', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e6), { minLength: 1, maxLength: 8 }), (picks) => {
      const state = start()
      for (const pick of picks) {
        const moves = movesOf(state)
        const move = moves[pick % moves.length]!
        const said = scoreAfter(state, move)
        state.apply(move)
        const anew = new SearchState(state.problem, state.layout)
        expect(said.max).toBeCloseTo(anew.score.max, 9)
        expect(said.squares).toBeCloseTo(anew.score.squares, 6)
        expect(state.score).toEqual(anew.score)
        expect([...state.sums]).toEqual([...anew.sums])
        expect([...state.copies]).toEqual([...anew.copies])
        expect(state.fullest).toBe(state.sums.indexOf(Math.max(...state.sums)))
      }
    }),
    { numRuns: 20 },
  )
})

it('a score is better with less on the fullest device, then with less unevenness, beyond rounding', () => {
  const one = { max: 10, squares: 300 }
  expect(isBetter({ max: 9, squares: 400 }, one)).toBe(true)
  expect(isBetter({ max: 10, squares: 299 }, one)).toBe(true)
  expect(isBetter({ max: 10 + 1e-12, squares: 299 }, one)).toBe(true)
  expect(isBetter(one, one)).toBe(false)
  expect(isBetter({ max: 0, squares: 0 }, { max: 0, squares: 0 })).toBe(false)
  expect(isBetter({ max: 10 - 1e-12, squares: 300 }, one)).toBe(false)
  expect(isBetter({ max: 11, squares: 1 }, one)).toBe(false)
})
