// Links as circuits: a message has its whole route alone, others queue at its links.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { sendAll } from './messages.ts'

const row = buildTopology({ kind: 'mesh', columns: 5, rows: 1, numbering: 'row-major' })
const mesh = buildTopology({ kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' })
const circuit = { sharing: 'circuit', duplex: 'full' } as const

describe('circuits', () => {
  it('messages with disjoint routes run at the same time', () => {
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 2, bytes: 100 },
      { from: 2, to: 4, bytes: 70 },
    ])
    expect(arrivedPs).toEqual([100, 70])
  })

  it('messages that share a link run one after the other, in the order they came', () => {
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 2, bytes: 100 },
      { from: 1, to: 3, bytes: 70 },
      { from: 1, to: 2, bytes: 5 },
    ])
    expect(arrivedPs).toEqual([100, 170, 175])
  })

  it('an urgent message goes before others that wait, and interrupts none', () => {
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 1, bytes: 100 },
      { from: 0, to: 1, bytes: 10 },
      { from: 0, to: 1, bytes: 5, atPs: 50, isUrgent: true },
    ])
    expect(arrivedPs).toEqual([100, 115, 105])
  })

  it('a message claims a free route before its bytes are there, and those behind it wait', () => {
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 1, bytes: 100, readyPs: 40 },
      { from: 0, to: 1, bytes: 10, atPs: 1 },
    ])
    expect(arrivedPs).toEqual([140, 150])
  })

  it('of messages that wait, the one whose bytes are there earlier goes first', () => {
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 1, bytes: 100 },
      { from: 0, to: 1, bytes: 10, atPs: 1, readyPs: 90 },
      { from: 0, to: 1, bytes: 20, atPs: 2 },
    ])
    expect(arrivedPs).toEqual([100, 130, 120])
  })

  it('the whole route is held through the latency of all its hops', () => {
    const { sentPs, arrivedPs } = sendAll(row, { ...circuit, latencyPs: 10 }, [
      { from: 0, to: 3, bytes: 100 },
      { from: 2, to: 3, bytes: 50 },
    ])
    expect(arrivedPs).toEqual([130, 190])
    expect(sentPs).toEqual(arrivedPs)
  })

  it('a message at the head of a queue holds up those behind it that could go', () => {
    // A holds 0-1 until 100, B holds 1-2 until 40. C needs both and heads both queues; D needs only 1-2, but is behind C.
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 1, bytes: 100 },
      { from: 1, to: 2, bytes: 40 },
      { from: 0, to: 2, bytes: 30, atPs: 1 },
      { from: 1, to: 2, bytes: 10, atPs: 2 },
    ])
    expect(arrivedPs).toEqual([100, 40, 130, 140])
  })

  it('one that was at a head before is not looked at again where nothing of its own becomes free', () => {
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 1, bytes: 10 },
      { from: 1, to: 2, bytes: 20 },
      { from: 2, to: 3, bytes: 100 },
      { from: 1, to: 3, bytes: 5, atPs: 1 },
      // At the head of its first link from 10 on; at its second one it stands behind the message before.
      { from: 0, to: 2, bytes: 3, atPs: 2 },
      { from: 4, to: 3, bytes: 30 },
    ])
    expect(arrivedPs).toEqual([10, 20, 100, 105, 108, 30])
  })

  it('of messages that wait for links which become free together, the one that came first goes first', () => {
    // A holds 0-1 and 1-2. C heads the queue of 0-1, B that of 1-2; both need 2-3.
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 2, bytes: 100 },
      { from: 1, to: 3, bytes: 70 },
      { from: 0, to: 3, bytes: 30 },
    ])
    expect(arrivedPs).toEqual([100, 170, 200])
  })

  it('a message that comes when all its links are free starts at once, whoever queues for them', () => {
    // At 50 ps link 1-2 is free although C waits for it and for 0-1.
    const { arrivedPs } = sendAll(row, circuit, [
      { from: 0, to: 1, bytes: 100 },
      { from: 1, to: 2, bytes: 40 },
      { from: 0, to: 2, bytes: 30, atPs: 1 },
      { from: 1, to: 2, bytes: 10, atPs: 50 },
    ])
    expect(arrivedPs).toEqual([100, 40, 130, 60])
  })

  it('on half-duplex links a message blocks the other direction as well', () => {
    const messages = [
      { from: 0, to: 1, bytes: 100 },
      { from: 1, to: 0, bytes: 30 },
    ]
    expect(sendAll(row, { ...circuit, duplex: 'half' }, messages).arrivedPs).toEqual([100, 130])
    expect(sendAll(row, circuit, messages).arrivedPs).toEqual([100, 30])
  })

  it('a message from a die to itself takes no time', () => {
    const { arrivedPs } = sendAll(row, { ...circuit, latencyPs: 7 }, [
      { from: 1, to: 1, bytes: 100, atPs: 5 },
    ])
    expect(arrivedPs).toEqual([5])
  })

  it('whatever the traffic, all messages arrive and no link serves two at a time', () => {
    const message = fc.record({
      from: fc.integer({ min: 0, max: 8 }),
      to: fc.integer({ min: 0, max: 8 }),
      bytes: fc.integer({ min: 1, max: 500 }),
      atPs: fc.integer({ min: 0, max: 800 }),
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.constantFrom('full', 'half'), (all, duplex) => {
        const messages = all.filter(({ from, to }) => from !== to)
        const { arrivedPs, waiting } = sendAll(mesh, { ...circuit, duplex, latencyPs: 3 }, messages)
        expect(waiting).toBe(0)
        const heldOn = new Map<number, { startPs: number; endPs: number }[]>()
        messages.forEach(({ from, to, bytes, atPs }, i) => {
          const { links, hops } = mesh.route(from, to)
          const startPs = arrivedPs[i]! - hops * 3 - bytes
          expect(startPs).toBeGreaterThanOrEqual(atPs)
          for (const link of links) {
            const lane = duplex === 'half' ? mesh.edgeOfLink[link]! : link
            heldOn.set(lane, [...(heldOn.get(lane) ?? []), { startPs, endPs: arrivedPs[i]! }])
          }
        })
        for (const held of heldOn.values()) {
          held.sort((a, b) => a.startPs - b.startPs)
          held.slice(1).forEach((next, i) => {
            expect(next.startPs).toBeGreaterThanOrEqual(held[i]!.endPs)
          })
        }
      }),
      { seed: 12, numRuns: 300 },
    )
  })
})
