// A placement on a machine: what it sends over links, and what moving there costs.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { moveCost } from '../../src/place/moving.ts'
import { addLinkBytes, flowsOf, linkTraffic } from '../../src/place/traffic.ts'
import { frameHardware, NS, tinyModel } from '../helpers/frames.ts'

/** 2x2 dies, each with the weights of its experts: reading or writing one takes 3 ns, sending it over a link 5 ns. */
function ownMemories(overrides: Partial<HardwareSpec> = {}) {
  const { memory, ...others } = frameHardware({ load: 3, hop: 5, compute: 1, pieces: 1 })
  const hardware = { ...others, memory: { ...memory, shared: false }, ...overrides }
  return packageOf({ hardware, model: tinyModel(4, 1), compat: 'physical' })
}
const HOMES = [[0], [1], [2], [3]]
const EXPERT_BYTES = 3 * 64 * 32

describe('moving experts', () => {
  it('costs a read, the way and a write for each, at the same time where nothing is shared', () => {
    const after = [[1], [0], [2], [3]]
    expect(moveCost(ownMemories(), HOMES, after)).toEqual({
      experts: 2,
      bytes: 2 * EXPERT_BYTES,
      ps: 11 * NS,
    })
  })

  it('waits where two read the same memory and go over the same link', () => {
    // Experts 0 and 1 lie on die 0. Read 3, 6; sent 5 after each read, one after the other: 8, 13; written: 16.
    const before = [[0, 1], [2], [3], []]
    const after = [[0, 1], [2, 0, 1], [3], []]
    expect(moveCost(ownMemories(), before, after).ps).toBe(16 * NS)
  })

  it('takes an expert from the nearest die that has it', () => {
    // Die 3 has expert 0 too, one hop from die 2; so have die 0, one hop too, which has sent one already.
    const before = [[0], [1], [2], [3, 0]]
    const after = [[0], [1, 0], [2, 0], [3, 0]]
    expect(moveCost(ownMemories(), before, after)).toEqual({
      experts: 2,
      bytes: 2 * EXPERT_BYTES,
      ps: 11 * NS,
    })
  })

  it('costs nothing where nothing changes, or every die reads all memory', () => {
    const none = { experts: 0, bytes: 0, ps: 0 }
    expect(moveCost(ownMemories(), HOMES, HOMES)).toEqual(none)
    const hardware = frameHardware({ load: 3, hop: 5, compute: 1, pieces: 1 })
    const shared = packageOf({ hardware, model: tinyModel(4, 1), compat: 'physical' })
    expect(moveCost(shared, HOMES, [[1], [0], [2], [3]])).toEqual(none)
  })
})

describe('traffic', () => {
  it('is that of tokens that rest evenly on all dies', () => {
    const { topology } = ownMemories()
    const linkBytes = new Float64Array(topology.linkCount)
    const loads = Float64Array.from([8, 0, 0, 0])
    const byteHops = addLinkBytes(linkBytes, topology, HOMES, loads, 10)
    // Two selections on each die, three dies send theirs to die 0: one, one and two hops of 20 B.
    expect(byteHops).toBe(80)
    // The one from afar goes along x first: both ways into die 0 have something, the one along y 40 B.
    expect(linkTraffic(linkBytes, byteHops, topology)).toEqual({ bytes: 80, busiestBytes: 40, byteHops: 80 })
  })

  it('goes to the copy that the resting die is dealt to, and is whole', () => {
    const dies = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(dies, fc.nat(8), fc.integer({ min: 0, max: 50 }), (count, extra, load) => {
        const copies = Math.min(count, 1 + extra)
        const holders = Array.from({ length: copies }, (_, i) => i)
        const order = Int32Array.from({ length: count }, (_, i) => i)
        const received = new Float64Array(count)
        const sent = new Float64Array(count)
        flowsOf(holders, load, { dies: count, order }, (from, to, selections) => {
          received[to]! += selections
          sent[from]! += selections
        })
        for (let die = 0; die < count; die++) expect(sent[die]).toBeCloseTo(load / count, 9)
        for (let die = 0; die < copies; die++) expect(received[die]).toBeCloseTo(load / copies, 9)
      }),
    )
  })
})
