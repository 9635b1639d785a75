// A leaderboard worked out by hand.
import { expect, it } from 'vitest'
import { leaderboard } from '../../src/compete/leaderboard.ts'
import type { Metrics } from '../../src/sim/result.ts'
import type { MergedSweep } from '../../src/sweep/merge.ts'

interface Point {
  readonly values: readonly string[]
  /** Latency, optimum with weights anywhere, SRAM, energy; absent: it could not run. */
  readonly ran?: readonly [latency: number, optimum: number | undefined, sram: number, energy?: number]
}

function sweepOf(points: readonly Point[]): MergedSweep {
  return {
    plan: { schemaVersion: 1, moesim: '1.2.3', name: 'compete', axes: [], points: [] },
    refused: 0,
    async *points() {
      for (const [index, { values, ran }] of points.entries()) {
        const head = { id: `${index}`, moesim: '1.2.3', seeds: [1], baseline: values[4]!, experiment: {} }
        const scheduler = { id: values[4]!, scheduler: values[4]!, options: {}, boundBy: 'memory' }
        const results = ran === undefined ? [] : [{ ...scheduler, metrics: metricsOf(ran) }]
        const error = ran === undefined && { error: `${values[1]} is too large` }
        yield { index, values, record: { ...head, results, ...error } }
      }
    },
  }
}

function metricsOf([latency, optimum, sram, energy]: NonNullable<Point['ran']>): Metrics {
  return {
    latency: { value: latency, unit: 'ps' },
    ...(optimum !== undefined && { optimumFree: { value: optimum, unit: 'ps' } }),
    peakSramPerDie: { value: sram, unit: 'B' },
    ...(energy !== undefined && { energy: { value: energy, unit: 'J' } }),
  }
}

const board = await leaderboard(
  sweepOf([
    { values: ['small', 'm', '16', '1', 'a'], ran: [200, 100, 10, 4] },
    { values: ['small', 'm', '16', '1', 'b'], ran: [100, 100, 40, 1] },
    // As fast as the fastest, but for less than a thousandth; no optimum is known of it.
    { values: ['small', 'm', '16', '1', 'c'], ran: [100.05, undefined, 40, 1] },
    { values: ['large', 'm', '16', '1', 'a'], ran: [800, 100, 40] },
    { values: ['large', 'm', '16', '1', 'b'] },
    { values: ['large', 'm', '16', '1', 'c'], ran: [400, 80, 10] },
    // Nobody can run here.
    { values: ['large', 'huge', '16', '1', 'a'] },
    { values: ['large', 'huge', '16', '1', 'b'] },
  ]),
)

it('takes geometric means over the cells that a scheduler ran in, and ranks who ran in most', () => {
  expect(board.standings.map(({ scheduler, cells, wins }) => [scheduler, cells, wins])).toEqual([
    ['c', 2, 2],
    ['a', 2, 0],
    ['b', 1, 1],
  ])
  const [c, a, b] = board.standings
  // 2x and 8x its optimum; 2x and 2x the best.
  expect(a!.overOptimum).toBeCloseTo(4, 12)
  expect(a!.overBest).toBeCloseTo(2, 12)
  expect(a!.worst).toBe(8)
  expect(a!.sramBytes).toBeCloseTo(20, 12)
  expect(b!.overOptimum).toBeCloseTo(1, 12)
  expect(c!.worst).toBe(4)
})

it('counts the cells near the optimum, and holds the fastest other against its own latency', () => {
  const [c, a, b] = board.standings
  expect([c!.within105, a!.within105, b!.within105]).toEqual([0.5, 0, 1])
  expect(board.standings.map(({ within110 }) => within110)).toEqual([0.5, 0, 1])
  // Half as fast as the best twice; by nothing, and twice as fast as the only other.
  expect([a!.lead, a!.leastLead]).toEqual([expect.closeTo(0.5, 12), 0.5])
  expect(c!.lead).toBeCloseTo(Math.sqrt((100 / 100.05) * 2), 12)
  expect(c!.leastLead).toBeCloseTo(100 / 100.05, 12)
  expect(b!.lead).toBeCloseTo(1.0005, 12)
})

it('has no lead where nobody else ran, and makes seeds cells of their own', async () => {
  const seed = (number: string, latency: number) => ({
    values: ['small', 'm', '16', number, 'a'],
    ran: [latency, 100, 10] as const,
  })
  const { standings, cells } = await leaderboard(sweepOf([seed('1', 104), seed('2', 108)]))
  expect(cells.map((cell) => cell.seed)).toEqual([1, 2])
  expect(standings).toEqual([
    expect.objectContaining({ scheduler: 'a', cells: 2, within105: 0.5, within110: 1 }),
  ])
  expect(standings[0]).not.toHaveProperty('lead')
})

it('takes the energy of cells that have it', () => {
  const joules = board.standings.map(({ energyJ }) => energyJ!.toFixed(9))
  expect(joules).toEqual(['1.000000000', '4.000000000', '1.000000000'])
})

it('holds everyone in a cell against one optimum, the fastest first, and counts who could not run', () => {
  const cells = board.cells.map(({ hardware, optimumPs, entries }) => ({
    ...{ hardware, optimumPs },
    order: entries.map(({ scheduler }) => scheduler),
  }))
  expect(cells).toEqual([
    { hardware: 'small', optimumPs: 100, order: ['b', 'c', 'a'] },
    { hardware: 'large', optimumPs: 100, order: ['c', 'a'] },
  ])
  expect(board.cells[1]!.entries[0]!.overOptimum).toBe(4)
  expect(board.refused).toBe(3)
  expect(board.reasons).toEqual([
    { error: 'huge is too large', count: 2 },
    { error: 'm is too large', count: 1 },
  ])
})
