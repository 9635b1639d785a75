// Spans become slices: which lanes they lie on, and when a prefetched slice is needed.
import { expect, test } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { linkLanes, slicesOf, UNITS } from '../../../src/report/timeline/slices.ts'
import type { Span } from '../../../src/sim/probe.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 3, rows: 1, numbering: 'row-major' })
const lanes = linkLanes(mesh)

const span = (kind: Span['kind'], startPs: number, endPs: number, more: Partial<Span> = {}): Span => ({
  ...{ kind, die: 0, peer: 0, startPs, endPs, expert: 4, slice: 2, tokens: 1, bytes: 10 },
  ...more,
})

test('every die has a lane for each link that begins there', () => {
  expect(lanes.names).toEqual([['link to die 1'], ['link to die 2', 'link to die 0'], ['link to die 1']])
})

test('the ports of a crossbar belong to their dies', () => {
  const { names } = linkLanes(buildTopology({ kind: 'crossbar', dies: 2 }))
  for (const own of names) expect([...own].sort()).toEqual(['link from the switch', 'link to the switch'])
})

test('parallel links have lanes of their own', () => {
  const { names } = linkLanes({ dies: 2, links: [0, 0, 0].map((from) => ({ from, to: 1 })) })
  expect(names[0]).toEqual(['link to die 1', 'link to die 1 (2)', 'link to die 1 (3)'])
})

test('a message lies on every link of its way, under the die where the link begins', () => {
  const slices = slicesOf([span('send', 5, 9, { peer: 2 })], mesh, lanes)
  expect(slices.map(({ die, lane, name }) => [die, lanes.names[die]![lane - UNITS.length], name])).toEqual([
    [0, 'link to die 1', 'expert 4 slice 2 to die 2'],
    [1, 'link to die 2', 'expert 4 slice 2 to die 2'],
  ])
})

test('a slice is with the prefetch unit until it is computed with, or until it leaves', () => {
  const spans = [span('compute', 6, 8), span('reserve', 1, 9), span('reserve', 2, 7, { slice: 3 })]
  const held = slicesOf(spans, mesh, lanes).filter(({ lane }) => lane === 2)
  expect(held.map(({ name, startPs, endPs }) => [name, startPs, endPs])).toEqual([
    ['expert 4 slice 2', 1, 6],
    ['expert 4 slice 3', 2, 7],
  ])
})

test('slices come in order of their starts and say whose tokens move', () => {
  const spans = [
    span('load', 3, 4),
    span('write', 5, 6),
    span('compute', 1, 6),
    span('send', 0, 7, { peer: 1, slice: -1 }),
  ]
  expect(slicesOf(spans, mesh, lanes).map(({ name }) => name)).toEqual([
    'expert 4 tokens to die 1',
    'expert 4 slice 2',
    'expert 4 slice 2',
    'expert 4 slice 2 as replica',
  ])
})
