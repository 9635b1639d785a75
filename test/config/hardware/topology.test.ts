// Topologies of hardware files: links of their own width, and nodes that cut them.
import { expect, test } from 'vitest'
import { divisible, flatTopology, toTopology } from '../../../src/config/hardware/topology.ts'

type Given = Parameters<typeof toTopology>[0]

/** A link of 100 at 50 %, and nodes of 20 at 75 %. */
const nodes = (count: number) =>
  ({ count, bandwidth: 20, efficiency: 0.75 }) as const satisfies Partial<Given['nodes']>
const read = (topology: Given['topology'], count?: number) =>
  toTopology({
    topology,
    link: { bandwidth: 100, efficiency: 0.5 },
    ...(count !== undefined && { nodes: nodes(count) }),
  } as Given)

const mesh = { kind: 'mesh', columns: 3, rows: 4, numbering: 'row-major' } as const
const torus = { ...mesh, kind: 'torus' } as const
const ring = { kind: 'ring', dies: 8 } as const
const crossbar = { kind: 'crossbar', dies: 8 } as const

test('is as it stands without nodes, or with one', () => {
  for (const topology of [mesh, torus, ring, crossbar]) {
    expect(read(topology)).toEqual(topology)
    expect(read(topology, 1)).toEqual(topology)
  }
})

test('nodes have an equal share of it each, and a way out as wide as their payload over that of a link', () => {
  const width = (20 * 0.75) / (100 * 0.5)
  expect(read(mesh, 2)).toEqual({ kind: 'nodes', count: 2, node: { ...mesh, rows: 2 }, width })
  expect(read(torus, 4)).toEqual({ kind: 'nodes', count: 4, node: { ...torus, rows: 1 }, width })
  expect(read(ring, 2)).toEqual({ kind: 'nodes', count: 2, node: { ...ring, dies: 4 }, width })
  expect(read(crossbar, 4)).toEqual({ kind: 'nodes', count: 4, node: { ...crossbar, dies: 2 }, width })
})

test('links of a custom one are as wide as their lanes, and as their own bandwidth over that of all', () => {
  const plain = { kind: 'custom', dies: 3, links: [[0, 1], [1, 2]] } as const // biome-ignore format: one line
  expect(
    flatTopology(
      {
        ...plain,
        links: [
          [0, 1],
          [1, 2],
        ],
      },
      100,
    ),
  ).toEqual(plain)
  expect(
    flatTopology(
      {
        ...{ kind: 'custom', dies: 3 },
        links: [[0, 1], { dies: [1, 2], parallel: 3 }, { dies: [0, 2], parallel: 2, bandwidth: 25 }],
      },
      100,
    ),
  ).toEqual({
    kind: 'custom',
    dies: 3,
    links: [
      [0, 1],
      [1, 2],
      [0, 2],
    ],
    widths: [1, 3, 0.5],
  })
})

test('rings of rings have their names, and what can be cut says into what', () => {
  expect(flatTopology({ kind: 'ring-of-rings', rings: 2, dies_per_ring: 3 }, 1)).toEqual({
    ...{ kind: 'ring-of-rings', rings: 2, diesPerRing: 3 },
  })
  expect([mesh, torus, ring, crossbar].map(divisible)).toEqual([
    { what: 'rows', count: 4 },
    { what: 'rows', count: 4 },
    { what: 'dies', count: 8 },
    { what: 'dies', count: 8 },
  ])
  expect(divisible({ kind: 'custom', dies: 3, links: [] })).toBeUndefined()
})
