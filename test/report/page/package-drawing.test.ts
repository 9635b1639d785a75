// Where dies and links are drawn: grids as they are laid out, everything else without overlaps.
import { describe, expect, test } from 'vitest'
import type { TopologySpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { DIE_REACH, drawPackage } from '../../../src/report/page/package-drawing.ts'

const grid = (kind: 'mesh' | 'torus', columns: number, rows: number): TopologySpec => ({
  ...{ kind, columns, rows, numbering: 'column-major' },
})

test('a die of a mesh lies where its links say, whatever the order in which dies are counted', () => {
  const { dies, width, height } = drawPackage(grid('mesh', 3, 8))
  expect([width, height]).toEqual([2, 7])
  expect(dies[4]).toEqual({ x: 1, y: 1 })
  for (const { from, to } of buildTopology(grid('mesh', 3, 8)).links) {
    const [a, b] = [dies[from]!, dies[to]!]
    expect(Math.abs(a.x - b.x) + Math.abs(a.y - b.y), `${from} to ${to}`).toBe(1)
  }
})

test('the two directions of a link run beside each other, each to the right of its way', () => {
  const { line } = drawPackage(grid('mesh', 2, 1))
  const [there, back] = [line(0, 1, false), line(1, 0, false)]
  // To the right of the way to the right is down.
  expect(there.from.y).toBeGreaterThan(0)
  expect(back.from.y).toBeLessThan(0)
  expect(there.from.y).toBeLessThan(DIE_REACH)
  // And to the right of the way down is left.
  const down = drawPackage(grid('mesh', 1, 2)).line(0, 1, false)
  expect(down.from.x).toBeLessThan(0)
  expect(down.to).toEqual({ x: down.from.x, y: 1 })
  expect(line(0, 1, true)).toEqual({ from: { x: 0, y: 0 }, to: { x: 1, y: 0 } })
})

test('a link around a torus is a stub at its sender, away from the other dies', () => {
  const { line } = drawPackage(grid('torus', 3, 1))
  const { from, to } = line(2, 0, true)
  expect([from.x, from.y]).toEqual([2, 0])
  expect(to.x).toBeGreaterThan(2 + DIE_REACH)
  expect(to.y).toBeCloseTo(0)
})

describe.each([
  { kind: 'ring', dies: 2 },
  { kind: 'ring', dies: 9 },
  { kind: 'crossbar', dies: 8 },
  { kind: 'crossbar', dies: 72 },
  {
    kind: 'custom',
    dies: 3,
    links: [
      [0, 1],
      [1, 2],
    ],
  },
] satisfies TopologySpec[])('$kind of $dies', (topology) => {
  test('has its dies apart from each other, and lines for all its links', () => {
    const { dies, hubs, line } = drawPackage(topology)
    expect(dies).toHaveLength(topology.dies)
    expect(hubs).toHaveLength(topology.kind === 'crossbar' ? 1 : 0)
    for (const [i, a] of dies.entries()) {
      for (const b of [...dies.slice(0, i), ...hubs]) {
        expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(2 * Math.SQRT2 * DIE_REACH)
      }
    }
    for (const { from, to } of buildTopology(topology).links) {
      const drawn = line(from, to, false)
      for (const value of [drawn.from.x, drawn.from.y, drawn.to.x, drawn.to.y])
        expect(value).toBeTypeOf('number')
      expect(Math.hypot(drawn.from.x - drawn.to.x, drawn.from.y - drawn.to.y)).toBeGreaterThan(2 * DIE_REACH)
    }
  })
})

test('one die alone is in the middle, with no links', () => {
  expect(drawPackage({ kind: 'ring', dies: 1 })).toMatchObject({
    dies: [{ x: 0, y: 0 }],
    width: 0,
    height: 0,
  })
})
