// Linear programs: their text, and what duals prove however wrong they are.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Program, provenTime, sharesOf, TIME } from '../../src/optimum/program.ts'
import { loadSolver } from '../../src/optimum/solver.ts'

const solve = await loadSolver()

/** Two channels: 3 and 2 units of work a share; what one does not do the other does; the second starts at 0.25. */
function twoChannels(): Program {
  const program = new Program()
  const [a, b] = [program.column(), program.column()]
  program.row('memory', 0, [
    [TIME, 1],
    [a, -3],
  ])
  program.row('compute', 0.25, [
    [TIME, 1],
    [b, -2],
  ])
  program.row('other', 1, [
    [a, 1],
    [b, 1],
  ])
  return program
}

it('is written in CPLEX LP format', () => {
  expect(twoChannels().text()).toBe(
    `Minimize
 obj: x0
Subject To
 r0: + 1 x0 - 3 x1 >= 0
 r1: + 1 x0 - 2 x2 >= 0.25
 r2: + 1 x1 + 1 x2 >= 1
Bounds
 0 <= x1 <= 1
 0 <= x2 <= 1
End
`,
  )
})

it('is solved, and its duals prove its optimum and share it out', () => {
  const program = twoChannels()
  const solution = solve(program)
  // 3 a = 0.25 + 2 (1 - a).
  expect(solution.primal[TIME]).toBeCloseTo(1.35, 9)
  expect(provenTime(program, solution.dual)).toBeCloseTo(1.35, 9)
  const { memory, compute, link } = sharesOf(program, solution)
  // 1.35 = 0.6 * 1.1 of the second channel's work + 0.4 * 1.35 of the first's + 0.6 * 0.25 of start.
  expect(memory).toBeCloseTo(0.4, 9)
  expect(compute).toBeCloseTo((0.6 * 1.1) / 1.35, 9)
  expect(link).toBe(0)
})

it('whatever the duals, they prove no more than the optimum', () => {
  const program = twoChannels()
  const weight = fc.double({ min: -1, max: 20, noNaN: true })
  fc.assert(
    fc.property(weight, weight, weight, (...duals) => {
      expect(provenTime(program, Float64Array.from(duals))).toBeLessThanOrEqual(1.35 + 1e-12)
    }),
  )
})
