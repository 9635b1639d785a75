// Wormhole routers: closed forms of BookSim2's mesh, merges that split in halves, nothing lost on any topology.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { RouterFabric, type RouterTransfer } from '../../src/hardware/router-fabric.ts'
import { bufferLimitedShare, defaultRouter } from '../../src/hardware/router-spec.ts'
import type { LinkSpec, RouterSpec, TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'

const CYCLE_PS = 1000
const FLIT_BYTES = 32

interface TestMessage extends Pick<RouterTransfer, 'injection'> {
  readonly from: number
  readonly to: number
  readonly flits: number
}

interface Network {
  readonly topology: TopologySpec
  readonly latencyCycles: number
  readonly link?: Partial<LinkSpec>
  readonly router?: Partial<RouterSpec>
}

const linkOf = ({ latencyCycles, link }: Network): LinkSpec => ({
  bytesPerPs: FLIT_BYTES / CYCLE_PS,
  latencyPs: latencyCycles * CYCLE_PS,
  efficiency: 1,
  duplex: 'full',
  sharing: 'fair',
  requestBytes: 0,
  ...link,
})

/** Cycles in which each message was sent and arrived. */
function run(network: Network, messages: readonly TestMessage[]) {
  const topology = buildTopology(network.topology)
  const loop = new EventLoop()
  const link = linkOf(network)
  const fabric = new RouterFabric(link, { ...defaultRouter(link), ...network.router }, topology, loop)
  const sent = messages.map(() => Number.NaN)
  const arrived = messages.map(() => Number.NaN)
  loop.at(0, Rank.decide, () => {
    messages.forEach(({ from, to, flits, injection }, i) => {
      fabric.send({
        route: topology.route(from, to),
        bytes: flits * FLIT_BYTES,
        ...(injection && { injection }),
        onSent: () => {
          sent[i] = loop.nowPs / CYCLE_PS
        },
        onArrived: () => {
          arrived[i] = loop.nowPs / CYCLE_PS
        },
      })
    })
  })
  loop.run()
  return { sent, arrived, waiting: fabric.waiting() }
}

const mesh = (columns: number, rows: number): TopologySpec => ({
  kind: 'mesh',
  columns,
  rows,
  numbering: 'row-major',
})
const noc = { latencyCycles: 1 }
const native = { mostPacketsPerMessage: Infinity }

describe('a message alone', () => {
  const hopCases: [string, TopologySpec, number, number, number][] = [
    ['mesh', mesh(4, 4), 0, 15, 6],
    ['torus', { kind: 'torus', columns: 4, rows: 4, numbering: 'row-major' }, 0, 15, 2],
    ['ring', { kind: 'ring', dies: 6 }, 1, 4, 3],
    [
      'custom',
      {
        kind: 'custom',
        dies: 3,
        links: [
          [0, 1],
          [1, 2],
        ],
      },
      0,
      2,
      2,
    ],
  ]
  for (const [name, topology, from, to, hops] of hopCases) {
    it(`takes flits + (L + 3) * hops + 5 cycles on a ${name}`, () => {
      for (const latencyCycles of [1, 8]) {
        for (const flits of [1, 16, 100, 4096]) {
          const { arrived, sent } = run({ topology, latencyCycles }, [{ from, to, flits }])
          expect(arrived).toEqual([flits + (latencyCycles + 3) * hops + 5])
          expect(sent[0]).toBeGreaterThanOrEqual(flits)
        }
      }
    })
  }

  it('is limited to buffer / (2 L + 5) by the round trip of credits, however it is cut', () => {
    const network = { topology: mesh(3, 1), latencyCycles: 16 }
    const router = { virtualChannels: 1, bufferBytes: 16 * FLIT_BYTES }
    const share = bufferLimitedShare(linkOf(network), { ...defaultRouter(linkOf(network)), ...router })
    expect(share).toBeCloseTo(16 / 37, 10)
    // BookSim2, preset d2d_credit_limited: 37,891 cycles over one hop.
    expect(
      run({ ...network, router: { ...router, ...native } }, [{ from: 0, to: 1, flits: 16384 }]).arrived,
    ).toEqual([37891])
    const coarse = run({ ...network, router }, [{ from: 0, to: 1, flits: 16384 }]).arrived[0]!
    expect(Math.abs(coarse / 37891 - 1)).toBeLessThan(0.02)
  })

  it('with one virtual channel pauses one cycle per packet', () => {
    const router = { virtualChannels: 1 }
    const flows = [{ from: 1, to: 2, flits: 4096 }]
    // BookSim2, preset noc_1vc, shared_link with one flow: 4360 cycles.
    expect(Math.abs(run({ topology: mesh(4, 4), ...noc, router }, flows).arrived[0]! - 4360)).toBeLessThan(16)
  })

  it('from a die to itself arrives at once', () => {
    expect(run({ topology: mesh(2, 2), ...noc }, [{ from: 1, to: 1, flits: 9 }]).arrived).toEqual([0])
  })
})

describe('a merge', () => {
  // Flow i starts i hops before the link 2>3 and ends in its own row; all cross that link.
  const flows = [0, 1, 2].map((i) => ({ from: 2 - i, to: 6 * i + 3, flits: 4096 }))

  it('gives each input half, so that the nearest of three has one half and the others a quarter', () => {
    const { arrived } = run({ topology: mesh(6, 6), ...noc, router: native }, flows)
    // BookSim2: 8201 12304 12307.
    expect(Math.abs(arrived[0]! / 8201 - 1)).toBeLessThan(0.01)
    expect(Math.abs(Math.max(...arrived) / 12307 - 1)).toBeLessThan(0.01)
  })

  it('gives halves by flits, not by packets, where a long message is cut coarsely', () => {
    const flits = 512
    const uneven = [
      { from: 2, to: 3, flits: 64 * flits },
      { from: 1, to: 9, flits },
    ]
    // The short one has half of the link: about twice its flits, and one part of the long one.
    const { arrived } = run({ topology: mesh(6, 6), ...noc }, uneven)
    expect(arrived[1]!).toBeLessThan(2 * flits + 2 * flits)
    expect(arrived[0]!).toBeLessThan(65 * flits * 1.02)
  })

  it('never lets more through an ejection port than a flit per cycle, unless the port is unlimited', () => {
    const incast = [1, 3].map((from) => ({ from, to: 4, flits: 2048 }))
    const topology = mesh(3, 3)
    const limited = run({ topology, ...noc }, incast)
    expect(Math.max(...limited.arrived)).toBeGreaterThan(2 * 2048)
    const router = { ejectionBytesPerPs: Infinity }
    expect(Math.max(...run({ topology, ...noc, router }, incast).arrived)).toBeLessThan(2048 + 50)
  })

  it('on half-duplex links shares the wire between the directions', () => {
    const both = [
      { from: 0, to: 1, flits: 1024 },
      { from: 1, to: 0, flits: 1024 },
    ]
    const topology = mesh(2, 1)
    expect(run({ topology, ...noc }, both).arrived).toEqual([1033, 1033])
    const half = run({ topology, ...noc, link: { duplex: 'half' } }, both).arrived
    expect(Math.min(...half)).toBeGreaterThan(1.9 * 1024)
    expect(Math.max(...half)).toBeLessThan(2 * 1024 + 40)
  })
})

describe('the injection port', () => {
  const both = (injection: 'queued' | 'interleaved') =>
    [1, 2].map((to) => ({ from: 0, to, flits: 512, injection }))

  it('sends queued messages one after the other, interleaved ones in turn', () => {
    // BookSim2, scatter corner1 on 2x2: 521 and 1033.
    expect(run({ topology: mesh(2, 2), ...noc }, both('queued')).arrived).toEqual([521, 1033])
    expect(run({ topology: mesh(2, 2), ...noc }, both('interleaved')).arrived).toEqual([1017, 1033])
  })

  it('does not hold a die back where it is unlimited', () => {
    const router = { injectionBytesPerPs: Infinity }
    const { arrived } = run({ topology: mesh(2, 2), ...noc, router }, both('interleaved'))
    expect(Math.max(...arrived)).toBeLessThan(560)
  })
})

describe('the whole network', () => {
  it('stays within the measured contention of an all-to-all', () => {
    const messages = [0, 1, 2, 3].flatMap((from) =>
      [1, 2, 3].map((step) => ({ from, to: (from + step) % 4, flits: 1024, injection: 'queued' as const })),
    )
    // BookSim2, 2x2 noc shift, 1024 flits per pair: 3089.
    expect(Math.max(...run({ topology: mesh(2, 2), ...noc }, messages).arrived)).toBe(3089)
  })

  const topology = fc.constantFrom<TopologySpec>(
    mesh(3, 2),
    { kind: 'torus', columns: 3, rows: 3, numbering: 'row-major' },
    { kind: 'ring', dies: 6 },
    { kind: 'crossbar', dies: 6 },
  )
  const message = fc.record({
    from: fc.nat(5),
    to: fc.nat(5),
    flits: fc.integer({ min: 0, max: 3000 }),
    injection: fc.constantFrom<'queued' | 'interleaved'>('queued', 'interleaved'),
  })
  const router = fc.record({
    virtualChannels: fc.integer({ min: 1, max: 4 }),
    bufferBytes: fc.constantFrom(8, 16, 24, 64).map((flits) => flits * FLIT_BYTES),
    mostPacketsPerMessage: fc.constantFrom(4, 64),
  })

  it('delivers everything, never faster than its ports and the distance allow, and the same each time', () => {
    fc.assert(
      fc.property(topology, fc.array(message, { maxLength: 30 }), router, (spec, messages, parts) => {
        const network = { topology: spec, latencyCycles: 2, router: parts }
        const { sent, arrived, waiting } = run(network, messages)
        expect(waiting).toBe(0)
        messages.forEach(({ from, to, flits }, i) => {
          if (from !== to) expect(arrived[i]).toBeGreaterThanOrEqual(flits + 5)
          expect(arrived[i]).toBeGreaterThanOrEqual(sent[i]!)
        })
        for (const port of [0, 1, 2, 3, 4, 5]) {
          const through = (end: 'from' | 'to') =>
            messages.reduce((sum, m) => sum + (m[end] === port && m.from !== m.to ? m.flits : 0), 0)
          const last = Math.max(0, ...arrived)
          expect(last).toBeGreaterThanOrEqual(Math.max(through('from'), through('to')))
        }
        expect(run(network, messages).arrived).toEqual(arrived)
      }),
      { numRuns: 60 },
    )
  })

  it('gets past packets that wait for each other in a ring', () => {
    const dies = 6
    const messages = Array.from({ length: dies }, (_, from) => ({ from, to: (from + 3) % dies, flits: 4096 }))
    const network = { topology: { kind: 'ring', dies } as const, ...noc, router: { virtualChannels: 1 } }
    const { arrived } = run(network, messages)
    expect(Math.max(...arrived)).toBeGreaterThan(3 * 4096)
    expect(Math.max(...arrived)).toBeLessThan(dies * 3 * 4096)
  })
})
