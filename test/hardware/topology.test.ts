// Topologies: routes, distances, tours, die orders and cuts, against what each layout promises.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cubeLayout } from '../../src/hardware/layouts/cube.ts'
import {
  customLayout,
  gridLayout,
  ringLayout,
  ringOfRingsLayout,
  starLayout,
} from '../../src/hardware/layouts/layouts.ts'
import { nodesLayout } from '../../src/hardware/layouts/nodes.ts'
import type { TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology, Topology, topologies } from '../../src/hardware/topology.ts'

const mesh = (columns: number, rows: number) =>
  buildTopology({ kind: 'mesh', columns, rows, numbering: 'row-major' })

const size = fc.integer({ min: 1, max: 6 })

const side = fc.integer({ min: 1, max: 4 })

/** Random grids, cubes, rings, crossbars, nodes of some of these, and connected graphs, with their links. */
const layouts = fc.oneof(
  fc.tuple(side, side, side, fc.boolean()).map((cube) => cubeLayout(...cube)),
  fc.tuple(side, side).map((rings) => ringOfRingsLayout(...rings)),
  fc
    .tuple(fc.integer({ min: 2, max: 3 }), fc.oneof(size.map(starLayout), size.map(ringLayout)))
    .map(([count, node]) => nodesLayout(count, node, 0.25)),
  fc
    .tuple(size, size, fc.boolean(), fc.constantFrom('row-major' as const, 'column-major' as const))
    .map((grid) => gridLayout(...grid)),
  size.map(ringLayout),
  size.map(starLayout),
  fc.tuple(size, fc.array(fc.tuple(fc.nat(5), fc.nat(5)))).map(([dies, extra]) => {
    const tree = Array.from({ length: dies - 1 }, (_, i) => [Math.floor(i / 2), i + 1] as const)
    const more = extra.map(([a, b]) => [a % dies, b % dies] as const).filter(([a, b]) => a !== b)
    return customLayout(dies, [...tree, ...more])
  }),
)

function eachPair(dies: number, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < dies; from++) for (let to = 0; to < dies; to++) visit(from, to)
}

function meanHops(topology: Topology): number {
  let sum = 0
  eachPair(topology.dies, (from, to) => {
    sum += topology.hops(from, to)
  })
  return sum / topology.dies ** 2
}

describe('every topology', () => {
  it('knows the hops of a route before it has worked out the route, and the same again', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const topology = new Topology(layout)
        eachPair(layout.dies, (from, to) => {
          const hops = topology.hops(from, to)
          expect(topology.hops(from, to)).toBe(hops)
          expect(topology.route(from, to).hops).toBe(hops)
        })
      }),
    )
  })

  it('has routes that connect: each link begins where the one before ended', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const topology = new Topology(layout)
        eachPair(layout.dies, (from, to) => {
          let at = from
          for (const link of topology.route(from, to).links) {
            expect(layout.links[link]!.from).toBe(at)
            at = layout.links[link]!.to
          }
          expect(at).toBe(to)
        })
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('has a tour and a die order that name every die once, and ranks that invert the order', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { dies, ring, order, rank } = new Topology(layout)
        const all = Array.from({ length: dies }, (_, die) => die)
        expect([...ring].sort((a, b) => a - b)).toEqual(all)
        expect([...order].map((die) => rank[die])).toEqual(all)
      }),
      { seed: 2, numRuns: 100 },
    )
  })

  it('counts in each cut the links that cross it', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        for (const { diesInside, linksIn, linksOut } of new Topology(layout).cuts) {
          const isInside = (end: number) =>
            diesInside.includes(end) ||
            (layout.diesOfSwitch?.(end)?.every((die) => diesInside.includes(die)) ?? false)
          const widthOf = (isCounted: (from: boolean, to: boolean) => boolean) =>
            layout.links.reduce(
              (sum, { from, to }, link) =>
                sum + (isCounted(isInside(from), isInside(to)) ? (layout.widths?.[link] ?? 1) : 0),
              0,
            )
          expect(linksIn).toBe(widthOf((from, to) => !from && to))
          expect(linksOut).toBe(widthOf((from, to) => from && !to))
        }
      }),
      { seed: 3, numRuns: 100 },
    )
  })

  it('is described for the user', () => {
    expect(Object.keys(topologies)).toEqual([
      ...['mesh', 'torus', 'ring', 'mesh-3d', 'torus-3d', 'ring-of-rings', 'crossbar', 'custom', 'nodes'],
    ])
  })
})

describe('a grid of three dimensions', () => {
  it('goes along x first, then y, then z, around where that is shorter', () => {
    const ends = (kind: 'mesh-3d' | 'torus-3d', from: number, to: number) => {
      const topology = buildTopology({ kind, columns: 4, rows: 3, layers: 3 })
      return [...topology.route(from, to).links].map((link) => topology.links[link]!.to)
    }
    expect(ends('mesh-3d', 0, 3 + 4 + 24)).toEqual([1, 2, 3, 7, 19, 31])
    expect(ends('torus-3d', 0, 3 + 4 + 24)).toEqual([3, 7, 31])
  })

  it('of 4 x 4 x 4 dies around has six links a die and a mean distance of three', () => {
    const topology = buildTopology({ kind: 'torus-3d', columns: 4, rows: 4, layers: 4 })
    expect(topology.linkCount).toBe(64 * 6)
    expect(meanHops(topology)).toBe(3)
    expect(topology.cuts.filter(({ kind }) => kind === 'bisection').map(({ linksIn }) => linksIn)).toEqual(
      Array(3).fill(32),
    )
  })

  it('has a tour in which every die is next to the one before', () => {
    const topology = buildTopology({ kind: 'mesh-3d', columns: 3, rows: 3, layers: 3 })
    const { ring } = topology
    for (let i = 1; i < ring.length; i++) expect(topology.hops(ring[i - 1]!, ring[i]!)).toBe(1)
  })
})

describe('a ring of rings', () => {
  it('leads to another ring over the first dies of both', () => {
    const topology = buildTopology({ kind: 'ring-of-rings', rings: 3, diesPerRing: 4 })
    const ends = [...topology.route(2, 11).links].map((link) => topology.links[link]!.to)
    expect(ends).toEqual([1, 0, 8, 11])
    expect(topology.linkCount).toBe(2 * (3 * 4 + 3))
  })
})

describe('mesh', () => {
  it('routes along x first, then y', () => {
    const layout = gridLayout(4, 3, false, 'row-major')
    const path = layout.path(9, 3).map((link) => layout.links[link]!.to)
    expect(path).toEqual([10, 11, 7, 3])
  })

  it.each([
    [5, 5, 3.2, 40],
    [8, 3, 3.51, 37],
    [3, 8, 3.51, 37],
  ])('of %d x %d dies has the mean distance and the edges of the paper', (columns, rows, mean, edges) => {
    const topology = mesh(columns, rows)
    expect(meanHops(topology)).toBeCloseTo(mean, 2)
    expect(topology.edgeCount).toBe(edges)
    expect(topology.linkCount).toBe(2 * edges)
  })

  it('counts Manhattan distances', () => {
    const topology = mesh(5, 4)
    eachPair(20, (a, b) => {
      const manhattan = Math.abs((a % 5) - (b % 5)) + Math.abs(Math.floor(a / 5) - Math.floor(b / 5))
      expect(topology.hops(a, b)).toBe(manhattan)
    })
  })

  it('tours 2x2 as 0, 1, 3, 2 and 3x3 as a spiral inward', () => {
    expect([...mesh(2, 2).ring]).toEqual([0, 1, 3, 2])
    expect([...mesh(3, 3).ring]).toEqual([0, 1, 2, 5, 8, 7, 6, 3, 4])
  })

  it('deals dies out down the columns where the hardware counts so', () => {
    const topology = buildTopology({ kind: 'mesh', columns: 3, rows: 2, numbering: 'column-major' })
    expect([...topology.order]).toEqual([0, 3, 1, 4, 2, 5])
    expect(topology.neighbours(1)).toEqual([0, 4, 2])
  })

  it('has four cuts for the dies of 2x2 with two links each way, and two halves with two', () => {
    const { cuts } = mesh(2, 2)
    expect(cuts.map(({ kind }) => kind)).toEqual(['link', 'link', 'link', 'link', 'bisection', 'bisection'])
    expect(cuts.map(({ linksIn, linksOut }) => [linksIn, linksOut])).toEqual(cuts.map(() => [2, 2]))
    expect(cuts.at(-2)!.diesInside).toEqual([0, 2])
    expect(cuts.at(-1)!.diesInside).toEqual([0, 1])
  })

  it.each<TopologySpec>([
    { kind: 'ring', dies: 2 },
    { kind: 'crossbar', dies: 2 },
    { kind: 'mesh', columns: 1, rows: 2, numbering: 'row-major' },
    { kind: 'custom', dies: 2, links: [[0, 1]] },
  ])('has the first of two dies as a half: %j', (spec) => {
    const halves = buildTopology(spec).cuts.filter(({ kind }) => kind === 'bisection')
    expect(halves.map(({ diesInside }) => diesInside)).toEqual([[0]])
  })

  it('names the nearest of several dies, the first in die order of equals', () => {
    const topology = mesh(3, 3)
    expect(topology.nearest(5, [0, 2, 6, 8])).toBe(2)
    expect(topology.nearest(4, [8, 6, 2, 0])).toBe(0)
    expect(topology.neighbours(4)).toEqual([1, 3, 5, 7])
  })
})

describe('other topologies', () => {
  it('torus: the shorter way round, in each direction', () => {
    const topology = buildTopology({ kind: 'torus', columns: 5, rows: 4, numbering: 'row-major' })
    const around = (a: number, b: number, length: number) =>
      Math.min((a - b + length) % length, (b - a + length) % length)
    eachPair(20, (a, b) => {
      const hops = around(a % 5, b % 5, 5) + around(Math.floor(a / 5), Math.floor(b / 5), 4)
      expect(topology.hops(a, b)).toBe(hops)
    })
  })

  it('torus: two dies in a row are linked once, not twice', () => {
    expect(buildTopology({ kind: 'torus', columns: 2, rows: 2, numbering: 'row-major' }).linkCount).toBe(8)
  })

  it('ring: the shorter way round', () => {
    const topology = buildTopology({ kind: 'ring', dies: 7 })
    eachPair(7, (a, b) => {
      expect(topology.hops(a, b)).toBe(Math.min((a - b + 7) % 7, (b - a + 7) % 7))
    })
    expect([...topology.ring]).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('crossbar: one hop between any two, through the port out of one and the port into the other', () => {
    const topology = buildTopology({ kind: 'crossbar', dies: 8 })
    eachPair(8, (a, b) => {
      expect(topology.hops(a, b)).toBe(a === b ? 0 : 1)
    })
    expect([...topology.route(2, 5).links]).toEqual([2, 13])
    expect(topology.linkCount).toBe(16)
    expect(topology.cuts.map(({ linksIn, linksOut }) => [linksIn, linksOut]).slice(-2)).toEqual([
      [1, 1],
      [4, 4],
    ])
  })

  it('custom: a shortest path, by lower neighbours first', () => {
    // A square 0-1-3-2 with a tail 3-4.
    const links = [
      [0, 2],
      [0, 1],
      [1, 3],
      [2, 3],
      [3, 4],
    ] as const
    const topology = buildTopology({ kind: 'custom', dies: 5, links })
    const layout = customLayout(5, links)
    expect(layout.path(0, 4).map((link) => layout.links[link]!.to)).toEqual([1, 3, 4])
    expect(topology.hops(4, 0)).toBe(3)
    expect([...topology.ring]).toEqual([0, 1, 3, 2, 4])
  })
})
