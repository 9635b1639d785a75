// Which expert follows which, worked out by hand.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  conditionalMap,
  conditionalMass,
  coverageOf,
  successorCounts,
} from '../../../src/trace/statistics/transitions.ts'

const rows = (...numbers: number[]) => Int32Array.from(numbers)

describe('pair counts', () => {
  test('take every expert of a row with every expert of the row after', () => {
    const pair = { from: Uint16Array.of(0, 1, 2, 0), to: Uint16Array.of(1, 2, 0, 1), experts: 3, topK: 2 }
    // Row 0: {0,1} -> {1,2}; row 1: {2,0} -> {0,1}.
    expect([...successorCounts(pair, rows(0, 1), rows(0, 1))]).toEqual([1, 2, 1, 0, 1, 1, 1, 1, 0])
    // Row 0 -> row 1 alone: {0,1} -> {0,1}.
    expect([...successorCounts(pair, rows(0), rows(1))]).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 0])
  })

  test('become probabilities row by row, and 0 where an expert never occurs', () => {
    expect([...conditionalMap(Float64Array.of(3, 1, 0, 0), 2)]).toEqual([0.75, 0.25, 0, 0])
  })
})

describe('conditional mass', () => {
  // Five experts: one candidate.
  const counts = Float64Array.from(
    [
      [6, 2, 0, 0, 0],
      [0, 0, 3, 1, 0],
      [0, 0, 0, 0, 0],
      [1, 1, 0, 0, 0],
      [0, 0, 0, 0, 2],
    ].flat(),
  )

  test('is each row’s best successors, rows weighted by use; popularity the best columns', () => {
    const mass = conditionalMass(counts, 5)!
    expect(mass.allRows).toBe((6 + 3 + 1 + 2) / 16)
    expect(mass.top1Row).toBe(6 / 8)
    expect(mass.popularity).toBe(7 / 16)
  })

  test('never falls below popularity, and is 1 where every expert has one successor', () => {
    const maps = fc.array(fc.nat(9), { minLength: 36, maxLength: 36 })
    fc.assert(
      fc.property(maps, (values) => {
        const mass = conditionalMass(Float64Array.from(values), 6)
        if (mass !== undefined) expect(mass.allRows).toBeGreaterThanOrEqual(mass.popularity - 1e-12)
      }),
    )
    expect(conditionalMass(Float64Array.of(0, 4, 4, 0), 2)).toMatchObject({ allRows: 1, popularity: 0.5 })
    expect(conditionalMass(new Float64Array(4), 2)).toBeUndefined()
  })
})

describe('held-out coverage', () => {
  test('counts the choices among the best-scored fifth', () => {
    // Five experts, one candidate. Fit: 0 -> 1 twice, 0 -> 2, 3 -> 2, 3 -> 2. So 0 suggests 1 and 3 suggests 2.
    const from = Uint16Array.of(0, 0, 0, 3, 3, 0, 3, 3, 4, 4)
    const to = Uint16Array.of(1, 1, 2, 2, 2, 1, 2, 0, 2, 1)
    const halves = { fit: rows(0, 1, 2, 3, 4), evaluation: rows(5, 6, 7, 8, 9) }
    const coverage = coverageOf({ from, to, experts: 5, topK: 1 }, halves)
    // Expert 4 was never seen: all scores tie at 0 and popularity decides, for 2 (used 3 times against 2) and not for 1.
    expect(coverage).toEqual({ observed: 3 / 5, popularity: 2 / 5 })
  })

  test('adds up the suggestions of all experts of a token', () => {
    // Ten experts, two candidates. Fit: {0,1} -> {2,3} and {0,4} -> {2,5}; evaluation: {0,1}.
    const from = Uint16Array.of(0, 1, 0, 4, 0, 1)
    const to = Uint16Array.of(2, 3, 2, 5, 5, 2)
    const coverage = coverageOf({ from, to, experts: 10, topK: 2 }, { fit: rows(0, 1), evaluation: rows(2) })
    // 2: 1/2 + 1/2; 3: 1/4 + 1/2; 5: 1/4. Candidates 2 and 3, chosen 5 and 2. By popularity 2 (twice) and 3 (before 5).
    expect(coverage).toEqual({ observed: 0.5, popularity: 0.5 })
  })

  test('is what ranking all experts of every row gives, with ties by popularity, then by id', () => {
    const [experts, topK, tokens] = [12, 2, 30]
    const tables = fc.array(fc.nat(experts - 1), { minLength: tokens * topK, maxLength: tokens * topK })
    fc.assert(
      fc.property(tables, tables, (one, other) => {
        const pair = { from: Uint16Array.from(one), to: Uint16Array.from(other), experts, topK }
        const fit = Int32Array.from({ length: 10 }, (_, i) => i)
        const evaluation = Int32Array.from({ length: 20 }, (_, i) => 10 + i)
        const counts = successorCounts(pair, fit, fit)
        const map = conditionalMap(counts, experts)
        const ids = Array.from({ length: experts }, (_, id) => id)
        const usesOf = (id: number) => ids.reduce((sum, from) => sum + counts[from * experts + id]!, 0)
        let covered = 0
        for (const row of evaluation) {
          const chosen = (table: Uint16Array) => [...table.subarray(row * topK, (row + 1) * topK)]
          const scoreOf = (id: number) =>
            chosen(pair.from).reduce((sum, from) => sum + map[from * experts + id]!, 0)
          const ranked = [...ids].sort((a, b) => scoreOf(b) - scoreOf(a) || usesOf(b) - usesOf(a) || a - b)
          const candidates = ranked.slice(0, Math.ceil(0.2 * experts))
          covered += chosen(pair.to).filter((id) => candidates.includes(id)).length
        }
        expect(coverageOf(pair, { fit, evaluation })?.observed).toBe(covered / (evaluation.length * topK))
      }),
    )
  })

  test('does not exist without fit or evaluation rows', () => {
    const pair = { from: Uint16Array.of(0), to: Uint16Array.of(0), experts: 1, topK: 1 }
    expect(coverageOf(pair, { fit: rows(), evaluation: rows(0) })).toBeUndefined()
    expect(coverageOf(pair, { fit: rows(0), evaluation: rows() })).toBeUndefined()
  })
})
