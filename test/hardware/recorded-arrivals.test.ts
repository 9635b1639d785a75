// Messages at random over links of every kind: each leaves and arrives at the very ps at which it did when last looked at.
import { expect, test } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { randomStream } from '../../src/engine/random.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { RouterFabric } from '../../src/hardware/router-fabric.ts'
import { defaultRouter, routerTiming } from '../../src/hardware/router-spec.ts'
import type { LinkSpec, RouterSpec, TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { plainLink, sendAll, type TestMessage } from './messages.ts'

const mesh: TopologySpec = { kind: 'mesh', columns: 3, rows: 2, numbering: 'column-major' }
const torus: TopologySpec = { kind: 'torus', columns: 3, rows: 3, numbering: 'row-major' }
const ring: TopologySpec = { kind: 'ring', dies: 5 }

/** Bytes that are no whole flits, short ones and long ones, from the same dies again and again. */
function messagesOf(dies: number, name: string): TestMessage[] {
  const random = randomStream(1, name)
  const below = (count: number) => Math.floor(random() * count)
  return Array.from({ length: 30 }, () => ({
    ...{ from: below(dies), to: below(dies), bytes: 1 + below(random() < 0.3 ? 9000 : 300) },
    ...{ atPs: 40 * below(30), isUrgent: random() < 0.2 },
  }))
}

const linesOf = (name: string, sentPs: readonly number[], arrivedPs: readonly number[]) =>
  `${name}\n  ${sentPs.map((ps, i) => `${ps}>${arrivedPs[i]}`).join(' ')}\n`

const LINKS: Readonly<Record<string, readonly [TopologySpec, Partial<LinkSpec>]>> = {
  'fair shares': [mesh, { latencyPs: 70 }],
  'fair shares of a wire for both directions': [ring, { latencyPs: 20, duplex: 'half', efficiency: 0.7 }],
  'a circuit for each message': [torus, { latencyPs: 30, sharing: 'circuit' }],
  'a circuit in half duplex': [mesh, { latencyPs: 10, sharing: 'circuit', duplex: 'half' }],
  'start-ups of each message': [mesh, { latencyPs: 10, startup: { messagePs: 33, exchangePs: 0 } }],
  'routers, by default': [mesh, { sharing: 'routers', latencyPs: 90 }],
  'routers in half duplex': [ring, { sharing: 'routers', latencyPs: 5, duplex: 'half' }],
}

/** Buffers and packets that are no multiples of each other, few channels, rings on which packets wait for each other. */
const ROUTERS: Readonly<Record<string, readonly [TopologySpec, Partial<LinkSpec>, Partial<RouterSpec>]>> = {
  'one channel on a ring': [
    ring,
    { latencyPs: 40 },
    { virtualChannels: 1, bufferBytes: 100, packetBytes: 90 },
  ],
  'two channels on a torus': [torus, { latencyPs: 200 }, { virtualChannels: 2, bufferBytes: 70 }],
  'trains of packets': [mesh, { latencyPs: 60 }, { mostPacketsPerMessage: 2, packetBytes: 150 }],
  'trains in half duplex': [torus, { duplex: 'half' }, { mostPacketsPerMessage: 1, virtualChannels: 2 }],
  'trains at an odd rate': [
    mesh,
    { latencyPs: 60, efficiency: 0.7 },
    { mostPacketsPerMessage: 2, packetBytes: 100, bufferBytes: 150, virtualChannels: 1 },
  ],
  'trains on a ring at an odd rate': [
    ring,
    { latencyPs: 33, efficiency: 0.6 },
    { mostPacketsPerMessage: 1, virtualChannels: 2 },
  ],
  'ports that are slower than links': [
    mesh,
    { latencyPs: 60 },
    { injectionBytesPerPs: 0.7, ejectionBytesPerPs: 0.4, mostPacketsPerMessage: 3 },
  ],
  'ports without limits': [
    mesh,
    { latencyPs: 60, efficiency: 0.6 },
    { injectionBytesPerPs: Infinity, ejectionBytesPerPs: Infinity, flitBytes: 24 },
  ],
}

function overRouters(name: string): string {
  const [spec, changes, parts] = ROUTERS[name]!
  const topology = buildTopology(spec)
  const link: LinkSpec = { ...plainLink, ...changes, sharing: 'routers' }
  const loop = new EventLoop()
  const fabric = new RouterFabric(link, { ...defaultRouter(link), ...parts }, topology, loop)
  const messages = messagesOf(topology.dies, name)
  const sentPs = messages.map(() => Number.NaN)
  const arrivedPs = messages.map(() => Number.NaN)
  const waiting: number[] = []
  messages.forEach(({ from, to, bytes, atPs = 0 }, i) => {
    loop.at(atPs, Rank.decide, () => {
      fabric.send({
        ...{ route: topology.route(from, to), bytes, injection: i % 3 === 0 ? 'queued' : 'interleaved' },
        onSent: () => {
          sentPs[i] = loop.nowPs
        },
        onArrived: () => {
          arrivedPs[i] = loop.nowPs
          waiting.push(fabric.waiting())
        },
      })
    })
  })
  loop.run()
  return `${linesOf(name, sentPs, arrivedPs)}  waiting ${waiting.join(' ')}\n`
}

test('messages over links of every kind take what they took (vitest -u records it anew)', async () => {
  const texts = Object.entries(LINKS).map(([name, [spec, link]]) => {
    const topology = buildTopology(spec)
    const { sentPs, arrivedPs, waiting } = sendAll(topology, link, messagesOf(topology.dies, name))
    expect(waiting).toBe(0)
    return linesOf(name, sentPs, arrivedPs)
  })
  texts.push(...Object.keys(ROUTERS).map(overRouters))
  await expect(texts.join('')).toMatchFileSnapshot('recorded-arrivals.txt')
})

test('a router has room for whole flits and whole packets, and for one of each at least', () => {
  const sizes = (parts: Partial<RouterSpec>) => {
    const { packetFlits, bufferFlits } = routerTiming(plainLink, { ...defaultRouter(plainLink), ...parts })
    return { packetFlits, bufferFlits }
  }
  expect(sizes({ packetBytes: 95, bufferBytes: 159 })).toEqual({ packetFlits: 2, bufferFlits: 4 })
  expect(sizes({ packetBytes: 96, bufferBytes: 160 })).toEqual({ packetFlits: 3, bufferFlits: 5 })
  expect(sizes({ packetBytes: 31, bufferBytes: 1 })).toEqual({ packetFlits: 1, bufferFlits: 1 })
})

test('by default a buffer holds as many packets as keep the link busy, one at least', () => {
  const packetsAt = (latencyPs: number) => defaultRouter({ ...plainLink, latencyPs }).bufferBytes / 512
  // Cycles of 32 ps; a packet of 16 flits covers 2 L + 5 up to L = 5.5.
  expect([0, 5.5 * 32, 5.5 * 32 + 1, 13.5 * 32, 13.5 * 32 + 1].map(packetsAt)).toEqual([1, 1, 2, 2, 3])
})
