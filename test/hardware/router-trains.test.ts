// Short messages beside long ones that move as trains of packets: they wait as they would if all moved packet by packet.
import { describe, expect, it } from 'vitest'
import { EventLoop } from '../../src/engine/loop.ts'
import { Rank } from '../../src/engine/ranks.ts'
import { RouterFabric } from '../../src/hardware/router-fabric.ts'
import { defaultRouter } from '../../src/hardware/router-spec.ts'
import type { LinkSpec, RouterSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'

const CYCLE_PS = 1000
const FLIT_BYTES = 32

interface TestMessage {
  readonly from: number
  readonly to: number
  readonly flits: number
  readonly atCycle?: number
}

interface Network {
  readonly columns: number
  readonly rows: number
  readonly latencyCycles: number
}

/** Cycles from the start of each message to its arrival. */
function latencies(
  network: Network,
  messages: readonly TestMessage[],
  router: Partial<RouterSpec> = {},
): number[] {
  return cyclesOf(network, messages, router).map(({ arrived }) => arrived)
}

/** Cycles from the start of each message until it has left its source, and to its arrival. */
function cyclesOf(network: Network, messages: readonly TestMessage[], router: Partial<RouterSpec> = {}) {
  const { columns, rows, latencyCycles } = network
  const topology = buildTopology({ kind: 'mesh', columns, rows, numbering: 'row-major' })
  const link: LinkSpec = {
    bytesPerPs: FLIT_BYTES / CYCLE_PS,
    latencyPs: latencyCycles * CYCLE_PS,
    efficiency: 1,
    duplex: 'full',
    sharing: 'routers',
    requestBytes: 0,
  }
  const loop = new EventLoop()
  const fabric = new RouterFabric(link, { ...defaultRouter(link), ...router }, topology, loop)
  const cycles = messages.map(() => ({ sent: Number.NaN, arrived: Number.NaN }))
  messages.forEach(({ from, to, flits, atCycle = 0 }, i) => {
    loop.at(atCycle * CYCLE_PS, Rank.decide, () =>
      fabric.send({
        route: topology.route(from, to),
        bytes: flits * FLIT_BYTES,
        onSent: () => {
          cycles[i]!.sent = loop.nowPs / CYCLE_PS - atCycle
        },
        onArrived: () => {
          cycles[i]!.arrived = loop.nowPs / CYCLE_PS - atCycle
        },
      }),
    )
  })
  loop.run()
  return cycles
}

const packetByPacket = { mostPacketsPerMessage: Infinity }
/** 64 trains of 1024 flits. */
const LONG = 65536
const row = { columns: 4, rows: 1, latencyCycles: 8 }

describe('a short message', () => {
  it.each([
    ['joins a long one on its way', 1],
    ['has the source of a long one', 0],
  ])('that %s goes between its packets, which take no more than its flits longer', (_name, from) => {
    const alone = latencies(row, [{ from: 0, to: 3, flits: LONG }])[0]!
    const [long, short] = latencies(row, [
      { from: 0, to: 3, flits: LONG },
      { from, to: 3, flits: 4, atCycle: 10_000 },
    ])
    const own = latencies(row, [{ from, to: 3, flits: 4 }])[0]!
    // At most a packet and its own flits again at each of the lanes, never a train.
    expect(short).toBeGreaterThanOrEqual(own)
    expect(short).toBeLessThan(own + 40)
    expect(long).toBe(alone + 4)
  })

  it('goes past trains that stand before it, behind what the buffers hold in truth', () => {
    const messages = [
      { from: 0, to: 3, flits: LONG },
      { from: 1, to: 3, flits: LONG },
      ...Array.from({ length: 20 }, (_, i) => ({ from: 0, to: 3, flits: 4, atCycle: 10_000 + 3_331 * i })),
    ]
    const meanOf = (cycles: readonly number[]) => cycles.slice(2).reduce((sum, one) => sum + one, 0) / 20
    const fine = meanOf(latencies(row, messages, packetByPacket))
    const coarse = meanOf(latencies(row, messages))
    expect(coarse / fine).toBeGreaterThan(0.6)
    expect(coarse / fine).toBeLessThan(1.6)
  })

  it.each([1, 8])(
    'in an all-to-all of long ones waits less than a train, link latency %i',
    (latencyCycles) => {
      const long = Array.from({ length: 72 }, (_, i) => ({
        from: i % 9,
        to: (i + 1 + Math.floor(i / 9)) % 9,
        flits: 16384,
      }))
      const short = Array.from({ length: 40 }, (_, i) => ({
        from: (5 * i) % 9,
        to: (5 * i + 1 + ((7 * i) % 8)) % 9,
        flits: 16,
        atCycle: 3000 + 1500 * i,
      }))
      const cycles = latencies({ columns: 3, rows: 3, latencyCycles }, [...long, ...short])
      const waits = cycles.slice(long.length)
      // Trains of 256 flits: with buffers of as many trains as packets this was 3,600 cycles.
      expect(waits.reduce((sum, one) => sum + one, 0) / waits.length).toBeLessThan(1500)
    },
  )

  it('does not overtake the packets of its own message', () => {
    // The last packet has 4 flits: 21 on the way with 100 flits would be too early.
    expect(latencies(row, [{ from: 0, to: 3, flits: 100 }])).toEqual([100 + 11 * 3 + 5])
  })
})

describe('a long message', () => {
  // 63 trains of 1040 flits, and 116 flits.
  const UNEVEN = LONG + 100

  it('has left its source when all its flits have, its last and shorter part too', () => {
    expect(cyclesOf(row, [{ from: 0, to: 3, flits: UNEVEN }])[0]!.sent).toBe(UNEVEN)
  })

  it('lets other messages go before its last part while a train of it leaves', () => {
    const messages = [0, 50].map((late) => ({ from: 0, to: 3, flits: 4, atCycle: LONG - 500 + late }))
    const [long, ...short] = cyclesOf(row, [{ from: 0, to: 3, flits: UNEVEN }, ...messages])
    expect(long!.sent).toBe(UNEVEN + 8)
    for (const { sent } of short) expect(sent).toBeLessThan(20)
  })
})

describe('flits of two inputs alternate', () => {
  const grid = { columns: 3, rows: 3, latencyCycles: 1 }

  it('so that packets of one length that meet are through together', () => {
    const met = [1, 3, 5].map((from) => ({ from, to: 7, flits: 16 }))
    // One after the other they were through at 29, 45 and 61.
    expect(latencies(grid, met)).toEqual([61, 61, 61])
  })

  it('and the gaps that a packet has got so are not made again at the next router', () => {
    const line = { columns: 4, rows: 1, latencyCycles: 1 }
    const alone = latencies(line, [{ from: 0, to: 3, flits: 16 }])[0]!
    const [long] = latencies(line, [
      { from: 0, to: 3, flits: 16 },
      { from: 1, to: 3, flits: 4, atCycle: 8 },
    ])
    expect(long).toBe(alone + 4)
  })

  it('so that a shorter one is through in twice its flits', () => {
    const [long, short] = latencies(grid, [
      { from: 3, to: 7, flits: 16 },
      { from: 5, to: 7, flits: 4 },
    ])
    const alone = latencies(grid, [{ from: 5, to: 7, flits: 4 }])[0]!
    expect(short).toBe(alone + 4)
    expect(long).toBe(latencies(grid, [{ from: 3, to: 7, flits: 16 }])[0]! + 4)
  })
})
