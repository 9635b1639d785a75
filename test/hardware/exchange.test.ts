// Start-ups of messages, and the closed form of an exchange against messages sent one by one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Exchange, exchangePs } from '../../src/hardware/exchange.ts'
import type { HardwareSpec, LinkSpec, TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { plainLink, sendAll } from './messages.ts'

const crossbar = buildTopology({ kind: 'crossbar', dies: 4 })

describe('a start-up', () => {
  const link: Partial<LinkSpec> = { startup: { messagePs: 50, exchangePs: 0 } }

  it.each(['fair', 'circuit'] as const)(
    'of each message is paid by its sender, one after the other: %s',
    (sharing) => {
      const { arrivedPs } = sendAll(crossbar, { ...link, sharing }, [
        { from: 0, to: 1, bytes: 10 },
        { from: 0, to: 2, bytes: 10 },
        { from: 3, to: 1, bytes: 10 },
      ])
      // The third waits for nobody's start-up, but for the first's bytes where circuits are held.
      expect(arrivedPs).toEqual(sharing === 'fair' ? [70, 110, 70] : [60, 110, 70])
    },
  )

  it('is not paid from a die to itself', () => {
    expect(sendAll(crossbar, link, [{ from: 0, to: 0, bytes: 10 }]).arrivedPs).toEqual([0])
  })

  it('is another one to another node', () => {
    const nodes = buildTopology({ kind: 'nodes', count: 2, node: { kind: 'ring', dies: 2 }, width: 1 })
    const outer = { latencyPs: 0, messagePs: 300, payloadBytesPerPs: 1 }
    const { arrivedPs } = sendAll(nodes, { ...link, outer }, [
      { from: 0, to: 1, bytes: 10 },
      { from: 1, to: 2, bytes: 10 },
    ])
    expect(arrivedPs).toEqual([60, 310])
  })
})

function hardware(topology: TopologySpec, link: Partial<LinkSpec>): HardwareSpec {
  return {
    name: 'made up',
    topology,
    link: { ...plainLink, ...link },
    compute: { kind: 'ideal', flopPerPs: 1 },
    sramBytes: Number.POSITIVE_INFINITY,
    memory: {
      kind: 'other',
      capacityBytes: 1e12,
      reserved: 0,
      bytesPerPs: 4,
      efficiency: 0.5,
      latencyPs: 0,
      access: 'pipelined',
      channelDies: [0],
      shared: false,
    },
    activations: 'sram',
  }
}

/** Every die to every other, `bytes` each. */
function everyPair(dies: number, bytes: number) {
  const all = Array.from({ length: dies }, (_, die) => die)
  return all.flatMap((from) => all.filter((to) => to !== from).map((to) => ({ from, to, bytes })))
}

describe('the closed form of an exchange', () => {
  it('is what equal messages between all dies of a node take', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 1000 }), (dies, bytes) => {
        const topology: TopologySpec = { kind: 'crossbar', dies }
        const link = { latencyPs: 7 }
        const exchange: Exchange = {
          tokensPerDie: dies,
          copyBytes: bytes,
          copies: { inner: (dies - 1) / dies, outer: 0, staying: 1 / dies },
          messages: { inner: dies - 1, outer: 0 },
        }
        const sent = Math.max(...sendAll(buildTopology(topology), link, everyPair(dies, bytes)).arrivedPs)
        expect(exchangePs(hardware(topology, link), exchange)).toBeCloseTo(sent, 6)
      }),
      { numRuns: 50 },
    )
  })

  it('is what the ways between nodes take where they are the narrow ones', () => {
    const topology: TopologySpec = {
      kind: 'nodes',
      count: 3,
      node: { kind: 'crossbar', dies: 4 },
      width: 0.1,
    }
    const link = { outer: { latencyPs: 50, messagePs: 0, payloadBytesPerPs: 0.1 } }
    const exchange: Exchange = {
      tokensPerDie: 12,
      copyBytes: 100,
      copies: { inner: 3 / 12, outer: 8 / 12, staying: 1 / 12 },
      messages: { inner: 3, outer: 8 },
    }
    const sent = Math.max(...sendAll(buildTopology(topology), link, everyPair(12, 100)).arrivedPs)
    expect(exchangePs(hardware(topology, link), exchange)).toBeCloseTo(sent, 6)
  })

  it('adds the start-ups, and where activations rest in memory what stays and what is added up', () => {
    const link = {
      startup: { messagePs: 3, exchangePs: 1000 },
      outer: { latencyPs: 0, messagePs: 20, payloadBytesPerPs: 1 },
    }
    const spec = hardware({ kind: 'crossbar', dies: 4 }, link)
    const exchange: Exchange = {
      tokensPerDie: 2,
      copyBytes: 10,
      copies: { inner: 0, outer: 0, staying: 3 },
      messages: { inner: 5, outer: 7 },
      results: { count: 4, bytes: 100 },
    }
    expect(exchangePs(spec, exchange)).toBe(1000 + 15 + 140)
    // 60 bytes copied, 800 added up, at 2 bytes/ps, each read and written.
    const inMemory = exchangePs({ ...spec, activations: 'memory' }, exchange)
    expect(inMemory).toBe(1000 + 15 + 140 + 60 + 800)
  })
})
