// Max-min sharing of links: cases worked out by hand, and that no link ever carries more than it can.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { plainLink, sendAll } from '../messages.ts'

/** Dies 0 - 1 - 2 - 3 in a row. */
const row = buildTopology({ kind: 'mesh', columns: 4, rows: 1, numbering: 'row-major' })
const mesh = buildTopology({ kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' })

describe('messages that share links', () => {
  it('two equal messages on one link get half of it each', () => {
    const { arrivedPs } = sendAll(row, {}, [
      { from: 0, to: 1, bytes: 100 },
      { from: 0, to: 1, bytes: 100 },
    ])
    expect(arrivedPs).toEqual([200, 200])
  })

  it('unequal messages on one link: the longer one has it alone after the shorter one', () => {
    // Half each until 200 ps, when the short one ends; the long one has 200 of its 300 bytes left.
    const { arrivedPs } = sendAll(row, {}, [
      { from: 0, to: 1, bytes: 100 },
      { from: 0, to: 1, bytes: 300 },
    ])
    expect(arrivedPs).toEqual([200, 400])
  })

  it('a message that comes later takes its half from then on', () => {
    // 50 bytes alone; then both at 1/2: the first's other 50 end at 150 ps, the second has 50 left: 200 ps.
    const { arrivedPs } = sendAll(row, {}, [
      { from: 0, to: 1, bytes: 100 },
      { from: 0, to: 1, bytes: 100, atPs: 50 },
    ])
    expect(arrivedPs).toEqual([150, 200])
  })

  it('three messages over two links share max-min, and the freed bandwidth goes to who can use it', () => {
    // Links 0-1 and 1-2. A 0->2, B and C 0->1, D 1->2. Link 0-1: A, B, C at 1/3; D gets the other 2/3 of 1-2.
    const { arrivedPs } = sendAll(row, {}, [
      { from: 0, to: 2, bytes: 120 },
      { from: 0, to: 1, bytes: 60 },
      { from: 0, to: 1, bytes: 90 },
      { from: 1, to: 2, bytes: 200 },
    ])
    // 180 ps: B ends; A 60, C 30, D 80 left. A and C at 1/2, D at 1/2: C ends at 240, D has 50, A 30 left.
    // A and D share 1-2 at 1/2: A ends at 300, D has 20 left and ends alone at 320.
    expect(arrivedPs).toEqual([300, 180, 240, 320])
  })

  it.each([
    ['leaves', { from: 0, to: 2 }, { from: 0, to: 1 }],
    ['comes to', { from: 2, to: 0 }, { from: 1, to: 0 }],
  ])(
    'a message that %s a wide link by a narrow one leaves the rest of the wide one to others',
    (_how, both, wide) => {
      const links = [
        [0, 1],
        [1, 2],
      ] as const
      const topology = buildTopology({ kind: 'custom', dies: 3, links, widths: [4, 1] })
      // Alone until 10 ps; from then on the narrow link gives one of them 1 and the wide one gives 3 to the other.
      const { arrivedPs } = sendAll(topology, {}, [
        { ...both, bytes: 100 },
        { ...wide, bytes: 120, atPs: 10 },
      ])
      expect(arrivedPs).toEqual([100, 50])
    },
  )

  it('messages on different links do not disturb each other', () => {
    const { arrivedPs } = sendAll(row, {}, [
      { from: 0, to: 1, bytes: 100 },
      { from: 1, to: 0, bytes: 150 },
      { from: 2, to: 3, bytes: 70 },
    ])
    expect(arrivedPs).toEqual([100, 150, 70])
  })

  it('on half-duplex links the two directions share one bandwidth', () => {
    const messages = [
      { from: 0, to: 1, bytes: 100 },
      { from: 1, to: 0, bytes: 100 },
    ]
    expect(sendAll(row, { duplex: 'half' }, messages).arrivedPs).toEqual([200, 200])
    expect(sendAll(row, { duplex: 'full' }, messages).arrivedPs).toEqual([100, 100])
  })

  it('the last byte leaves before it arrives, by the latency of the route', () => {
    const { sentPs, arrivedPs } = sendAll(row, { latencyPs: 7 }, [{ from: 0, to: 3, bytes: 100 }])
    expect(sentPs).toEqual([100])
    expect(arrivedPs).toEqual([121])
  })

  it('a message from a die to itself takes no time', () => {
    const { arrivedPs } = sendAll(row, { latencyPs: 7 }, [{ from: 1, to: 1, bytes: 100, atPs: 5 }])
    expect(arrivedPs).toEqual([5])
  })

  it('nothing waits', () => {
    expect(sendAll(row, {}, [{ from: 0, to: 1, bytes: 1 }]).waiting).toBe(0)
  })
})

const traffic = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: 8 }),
    to: fc.integer({ min: 0, max: 8 }),
    bytes: fc.integer({ min: 1, max: 2000 }),
    atPs: fc.integer({ min: 0, max: 1500 }),
  }),
  { minLength: 1, maxLength: 14 },
)

describe.each(['full', 'half'] as const)('any traffic over %s-duplex links', (duplex) => {
  const link = { ...plainLink, bytesPerPs: 1.5, efficiency: 0.5, latencyPs: 3, duplex }
  const bytesPerPs = 0.75
  const laneOf = (id: number) => (duplex === 'half' ? mesh.edgeOfLink[id]! : id)

  it('no link carries more in any stretch of time than its bandwidth', () => {
    fc.assert(
      fc.property(traffic, (messages) => {
        const { sentPs } = sendAll(mesh, link, messages)
        const lanes = new Map<number, { atPs: number; endPs: number; bytes: number }[]>()
        messages.forEach(({ from, to, bytes, atPs }, i) => {
          for (const id of mesh.route(from, to).links) {
            const list = lanes.get(laneOf(id)) ?? []
            lanes.set(laneOf(id), [...list, { atPs, endPs: sentPs[i]!, bytes }])
          }
        })
        for (const list of lanes.values()) {
          for (const { atPs: fromPs } of list) {
            for (const { endPs: toPs } of list) {
              const within = list.filter((m) => m.atPs >= fromPs && m.endPs <= toPs)
              const bytes = within.reduce((sum, m) => sum + m.bytes, 0)
              expect(bytes).toBeLessThanOrEqual(Math.max(0, toPs - fromPs) * bytesPerPs + 1e-6)
            }
          }
        }
      }),
      { seed: 99, numRuns: 300 },
    )
  })

  it('every message gets at least its equal share of its most crowded link', () => {
    fc.assert(
      fc.property(traffic, (messages) => {
        const { sentPs } = sendAll(mesh, link, messages)
        const lanesOf = messages.map(({ from, to }) => [...mesh.route(from, to).links].map(laneOf))
        messages.forEach(({ bytes, atPs }, i) => {
          const crowd = lanesOf[i]!.map((lane) => lanesOf.filter((lanes) => lanes.includes(lane)).length)
          const worstPs = (bytes * Math.max(0, ...crowd)) / bytesPerPs
          // Rates change at whole ps: at most one ps is lost for each message that starts or ends.
          expect(sentPs[i]! - atPs).toBeLessThanOrEqual(worstPs + 2 * messages.length)
        })
      }),
      { seed: 98, numRuns: 300 },
    )
  })
})
