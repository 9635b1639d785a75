// Room for slices, and how long a probe is told that each was held.
import { describe, expect, it } from 'vitest'
import { EventLoop } from '../../../src/engine/loop.ts'
import { Rank } from '../../../src/engine/ranks.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { SliceBuffers } from '../../../src/sim/machine/buffers.ts'
import { Residency } from '../../../src/sim/machine/residency.ts'
import { Sram } from '../../../src/sim/machine/sram.ts'
import type { Span } from '../../../src/sim/probe.ts'
import { workOf } from '../../helpers/frames.ts'

const pair = buildTopology({ kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' })

/** Two dies with room for 100 B each; of every expert slice 0 takes 60 B and slice 1 takes 70 B. */
function machine() {
  const loop = new EventLoop()
  const sram = new Sram(2, 100)
  const residency = new Residency(workOf([[2], [2], [2], [2]], 3, pair), 2)
  const held: string[] = []
  const probe = {
    span: ({ kind, die, expert, slice, startPs, endPs, bytes }: Span) =>
      void held.push(`${kind} ${expert}/${slice} on ${die}: ${startPs}..${endPs}, ${bytes} B`),
  }
  const buffers = new SliceBuffers(loop, sram, residency, [60, 70], probe)
  const claim = (expert: number, slice: number, die: number) =>
    buffers.claim(expert, slice, die, 'weights', () => residency.arrive(die, expert, slice))
  return { loop, sram, residency, held, buffers, claim }
}

describe('a slice', () => {
  it('is held from when it was granted room, not from when it asked, until it is released', () => {
    const { loop, sram, held, buffers, claim } = machine()
    claim(0, 0, 0)
    loop.at(3, Rank.transfer, () => claim(1, 1, 0))
    loop.at(10, Rank.transfer, () => buffers.release(0, 0, 0))
    loop.at(25, Rank.transfer, () => buffers.release(1, 1, 0))
    loop.run()
    expect(held).toEqual(['reserve 0/0 on 0: 0..10, 60 B', 'reserve 1/1 on 0: 10..25, 70 B'])
    expect(sram.usedBytes(0)).toBe(0)
  })

  it('that was there before is held from when it is taken over, and its room is given back', () => {
    const { loop, sram, residency, held, buffers } = machine()
    sram.reserve(1, 'weights', 70, () => {})
    loop.at(5, Rank.transfer, () => {
      buffers.adopt(2, 1, 1)
      residency.arrive(1, 2, 1)
    })
    loop.at(9, Rank.transfer, () => buffers.release(2, 1, 1))
    loop.run()
    expect(held).toEqual(['reserve 2/1 on 1: 5..9, 70 B'])
    expect(sram.usedBytes(1)).toBe(0)
  })

  it('that takes the room which another leaves is held there from then on', () => {
    const { loop, sram, residency, held, buffers, claim } = machine()
    const moved = { tokens: 2, onSent: () => {}, onArrived: () => {} }
    claim(0, 0, 0)
    claim(1, 1, 1)
    loop.at(4, Rank.transfer, () => {
      buffers.rotate([
        { expert: 0, slice: 0, from: 0, to: 1, ...moved },
        { expert: 1, slice: 1, from: 1, to: 0, ...moved },
      ])
      residency.arrive(1, 0, 0)
      residency.arrive(0, 1, 1)
    })
    expect([sram.usedBytes(0), sram.usedBytes(1)]).toEqual([60, 70])
    loop.at(6, Rank.transfer, () => {
      expect([sram.usedBytes(0), sram.usedBytes(1)]).toEqual([70, 60])
      buffers.release(0, 0, 1)
      buffers.release(1, 1, 0)
    })
    loop.run()
    expect(held).toEqual([
      'reserve 0/0 on 0: 0..4, 60 B',
      'reserve 1/1 on 1: 0..4, 70 B',
      'reserve 0/0 on 1: 4..6, 60 B',
      'reserve 1/1 on 0: 4..6, 70 B',
    ])
    expect([sram.usedBytes(0), sram.usedBytes(1)]).toEqual([0, 0])
  })
})
