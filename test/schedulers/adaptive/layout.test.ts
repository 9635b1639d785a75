// Where slices lie: evenly on all dies, copies on other dies, and experts that share a die mostly apart elsewhere.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { sliceGroups, sliceHolders } from '../../../src/schedulers/adaptive/layout.ts'

const shapes = fc.record({
  columns: fc.integer({ min: 1, max: 5 }),
  rows: fc.integer({ min: 1, max: 3 }),
  experts: fc.integer({ min: 1, max: 20 }),
  slices: fc.integer({ min: 1, max: 8 }),
  parts: fc.integer({ min: 1, max: 4 }),
  copies: fc.integer({ min: 0, max: 3 }),
})

it('every slice has its home and its copies on different dies, as many as there are dies for', () => {
  fc.assert(
    fc.property(shapes, ({ columns, rows, ...shape }) => {
      const topology = buildTopology({ kind: 'mesh', columns, rows, numbering: 'row-major' })
      const holders = sliceHolders(shape, topology)
      expect(holders.length).toBe(shape.experts * shape.slices)
      for (const dies of holders) {
        expect(new Set(dies).size).toBe(dies.length)
        expect(dies.length).toBe(Math.min(shape.copies, topology.dies - 1) + 1)
      }
      const homes = new Int32Array(topology.dies)
      for (const [home] of holders) homes[home!] = homes[home!]! + 1
      expect(Math.max(...homes) - Math.min(...homes)).toBeLessThanOrEqual(1)
    }),
  )
})

it('half a copy is one of half of every expert’s slices', () => {
  const topology = buildTopology({ kind: 'crossbar', dies: 4 })
  const holders = sliceHolders({ experts: 8, slices: 4, parts: 2, copies: 0.5 }, topology)
  for (let expert = 0; expert < 8; expert++) {
    const counts = holders.slice(expert * 4, expert * 4 + 4).map((dies) => dies.length)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4 + 2)
  }
})

it('an expert lies on as few dies as its parts allow, and two experts of one die have copies on different ones', () => {
  const topology = buildTopology({ kind: 'mesh', columns: 5, rows: 5, numbering: 'row-major' })
  const holders = sliceHolders({ experts: 100, slices: 6, parts: 1, copies: 1 }, topology)
  const diesOf = (expert: number, copy: number) =>
    new Set(holders.slice(expert * 6, expert * 6 + 6).map((dies) => dies[copy]!))
  for (let expert = 0; expert < 100; expert++) expect(diesOf(expert, 0).size).toBe(1)
  const ofFirstDie = [...Array(100).keys()].filter((expert) => diesOf(expert, 0).has(0))
  expect(ofFirstDie.length).toBe(4)
  expect(new Set(ofFirstDie.flatMap((expert) => [...diesOf(expert, 1)])).size).toBeGreaterThanOrEqual(4)
})

it('slices of an expert that the same dies hold are one group', () => {
  const diesOf = (_expert: number, slice: number) => (slice < 2 ? [0, 1] : [2])
  expect(sliceGroups([3, 5], 3, diesOf)).toEqual([
    { expert: 3, slices: [0, 1], dies: [0, 1] },
    { expert: 3, slices: [2], dies: [2] },
    { expert: 5, slices: [0, 1], dies: [0, 1] },
    { expert: 5, slices: [2], dies: [2] },
  ])
})
