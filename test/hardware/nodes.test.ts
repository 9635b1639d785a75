// Two levels of links: ways, widths and times within nodes of dies and between them.
import { describe, expect, it } from 'vitest'
import type { OuterLinkSpec, TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { sendAll } from './messages.ts'

/** Three nodes of four dies behind a switch; between nodes a quarter of the bandwidth. */
const spec: TopologySpec = {
  kind: 'nodes',
  count: 3,
  node: { kind: 'crossbar', dies: 4 },
  width: 0.25,
}
const nodes = buildTopology(spec)
const outer: OuterLinkSpec = { latencyPs: 1000, messagePs: 0, payloadBytesPerPs: 0.25 }

describe('nodes', () => {
  it('are numbered one after the other, and every die is one hop from every other', () => {
    expect(nodes.dies).toBe(12)
    expect(nodes.hops(0, 3)).toBe(1)
    expect(nodes.hops(0, 11)).toBe(1)
    expect(nodes.route(0, 3).outerHops).toBe(0)
    expect(nodes.route(0, 4).outerHops).toBe(1)
    expect(nodes.route(0, 3).width).toBe(1)
    expect(nodes.route(0, 4).width).toBe(0.25)
  })

  it('of grids keep the hops within', () => {
    const grids = buildTopology({
      ...spec,
      node: { kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' },
    })
    expect(grids.hops(0, 3)).toBe(2)
    expect(grids.hops(4, 7)).toBe(2)
    expect(grids.hops(3, 4)).toBe(1)
  })

  it('have borders that count their narrow links for what they carry', () => {
    // 0 to 3 with their switch: four ways in and out of a quarter each.
    const one = nodes.cuts.find(({ diesInside }) => diesInside.length === 4)
    expect([one!.linksIn, one!.linksOut]).toEqual([1, 1])
    const die = nodes.cuts.find(({ diesInside }) => diesInside.length === 1)
    expect([die!.linksIn, die!.linksOut]).toEqual([1.25, 1.25])
  })
})

describe('a message', () => {
  it('takes the latency and bandwidth of its way', () => {
    const { arrivedPs } = sendAll(nodes, { latencyPs: 10, outer }, [
      { from: 0, to: 1, bytes: 100 },
      { from: 4, to: 0, bytes: 100 },
    ])
    expect(arrivedPs).toEqual([110, 1400])
  })

  it('within a node is not in the way of one to another node', () => {
    const alone = sendAll(nodes, { outer }, [{ from: 0, to: 4, bytes: 100 }]).arrivedPs[0]
    const { arrivedPs } = sendAll(nodes, { outer }, [
      { from: 0, to: 4, bytes: 100 },
      { from: 0, to: 1, bytes: 10_000 },
    ])
    expect(arrivedPs[0]).toBe(alone)
  })

  it('as a circuit holds the same way as long', () => {
    const { arrivedPs } = sendAll(nodes, { latencyPs: 10, outer, sharing: 'circuit' }, [
      { from: 0, to: 4, bytes: 100 },
      { from: 0, to: 8, bytes: 100 },
    ])
    expect(arrivedPs).toEqual([1400, 2800])
  })
})

describe('links of a custom topology', () => {
  const chain = (widths: readonly number[]) =>
    buildTopology({
      kind: 'custom',
      dies: 3,
      links: [
        [0, 1],
        [1, 2],
      ],
      widths,
    })

  it('carry their own bandwidth, a message that of its narrowest', () => {
    const { arrivedPs } = sendAll(chain([4, 0.5]), {}, [
      { from: 0, to: 1, bytes: 100 },
      { from: 2, to: 0, bytes: 100 },
    ])
    expect(arrivedPs).toEqual([25, 200])
  })

  it('share it: two messages on a link of twice the bandwidth take as long as one on a plain link', () => {
    const { arrivedPs } = sendAll(chain([2, 1]), { duplex: 'half' }, [
      { from: 0, to: 1, bytes: 100 },
      { from: 1, to: 0, bytes: 100 },
    ])
    expect(arrivedPs).toEqual([100, 100])
  })
})
