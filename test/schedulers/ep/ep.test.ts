// Expert parallelism: what is loaded ahead, what travels, and how SRAM limits it.
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes, sliceBytes } from '../../../src/model/shape.ts'
import { namesOf } from '../../../src/schedulers/options.ts'
import { placements } from '../../../src/schedulers/placements/table.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { frameHardware, HIDDEN, NS, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

const hardware = frameHardware({ load: 32, hop: 2, compute: 12, pieces: 1 })
const topology = buildTopology(hardware.topology)
const single = {
  ...hardware,
  topology: { kind: 'mesh', columns: 1, rows: 1, numbering: 'row-major' },
} as const
const oneDie = { ...single, memory: { ...hardware.memory, channelDies: [0] } }
const model = tinyModel(8, 1)
const bytes = expertBytes(model)
/** Six experts of one die, one token each. */
const six = workOf([[0], [1], [2], [3], [4], [5]], 8, buildTopology(single.topology))

describe('ep', () => {
  it.each([0, 1, 2, 3])('with prefetch %d holds at most that many pieces and one more', (prefetch) => {
    const { machine } = runLayer(`ep:prefetch=${prefetch}`, oneDie, model, six)
    expect(machine.sram.counters.dieBytes.peak).toBe((prefetch + 1) * bytes + 6 * HIDDEN)
  })

  it('without prefetch takes the sum of loads and computes, with it the loads and one compute', () => {
    expect(runLayer('ep', oneDie, model, six).latencyPs).toBe(6 * (32 + 12) * NS)
    expect(runLayer('ep:prefetch=1', oneDie, model, six).latencyPs).toBe((6 * 32 + 12) * NS)
  })

  it('in slices loads and holds that much less at a time', () => {
    const { machine, latencyPs } = runLayer('ep:slices=4', oneDie, model, six)
    expect(machine.slices).toBe(4)
    expect(machine.sram.counters.dieBytes.peak).toBe(bytes / 4 + 6 * HIDDEN)
    expect(latencyPs).toBe(6 * (32 + 12) * NS)
  })

  describe('tiled', () => {
    it.each([0, 1, 2, 5])('with prefetch %d holds so many slices and one more, to the byte', (prefetch) => {
      // Sevenths of an expert are not all of one size: the largest sum of successive ones, from one expert into the next.
      const sliceSizes = Array.from({ length: 7 }, (_, s) => sliceBytes(model, 7, s))
      expect(new Set(sliceSizes).size).toBe(2)
      const around = [...sliceSizes, ...sliceSizes]
      const windows = sliceSizes.map((_, s) => around.slice(s, s + prefetch + 1).reduce((a, b) => a + b, 0))
      const { machine } = runLayer(`ep:slices=7,prefetch=${prefetch}`, oneDie, model, six)
      expect(machine.sram.counters.dieBytes.peak).toBe(Math.max(...windows) + 6 * HIDDEN)
    })

    it('is the preset ep-tiled: three slices per die, one load at a time on every channel', () => {
      const { resolved } = resolveScheduler({ name: 'ep-tiled', options: {} }, 'physical')
      expect(resolved).toMatchObject({ scheduler: 'ep', options: { slices: 16, prefetch: 2, copies: 1 } })
      const { machine } = runLayer('ep-tiled', oneDie, model, six)
      expect(machine.sram.counters.dieBytes.peak).toBe((3 * bytes) / 16 + 6 * HIDDEN)
    })

    it('stays at the memory bound: all loads, then the compute of one slice', () => {
      expect(runLayer('ep-tiled', oneDie, model, six).latencyPs).toBe((6 * 32 + 12 / 16) * NS)
    })

    it('needs two slices ahead to hide a compute and a latency that are each as long as a slice’s load', () => {
      // A slice loads and computes in 2 ns, and the memory answers after 2 ns.
      const even = frameHardware({ load: 32, hop: 2, compute: 32, pieces: 1 })
      const late = { ...oneDie, compute: even.compute, memory: { ...oneDie.memory, latencyPs: 2 * NS } }
      const loads = 6 * 32 * NS
      expect(runLayer('ep-tiled', late, model, six).latencyPs).toBe(loads + 4 * NS)
      // With one ahead two buffers turn over every 6 ns, so that the channel idles for 1 ns in 3.
      expect(runLayer('ep:slices=16,prefetch=1', late, model, six).latencyPs).toBe(1.5 * loads + 2 * NS)
    })
  })

  it('cuts experts into pieces that fit a small SRAM, no finer than needed', () => {
    // Half of the SRAM is for weights where tokens rest on chip: prefetch 1 needs two pieces within it.
    const sramBytes = bytes
    const run = runLayer('ep:prefetch=1', { ...oneDie, sramBytes }, model, six)
    expect(run.machine.slices).toBe(4)
    expect(run.machine.sram.counters.dieBytes.peak).toBeLessThanOrEqual(sramBytes)
  })

  it('with prefetch into a small SRAM never lets pieces take the room of tokens that are to be computed first', () => {
    // 8 tokens rest on each die; expert 0, at home on die 0, is wanted by all 32.
    const crowded = workOf(
      Array.from({ length: 32 }, () => [0, 1]),
      8,
      topology,
    )
    const run = runLayer('ep:prefetch=4', { ...hardware, sramBytes: bytes / 2 }, model, crowded)
    expect(run.machine.sram.counters.dieBytes.peak).toBeLessThanOrEqual(bytes / 2)
  })

  it('sends back the results of gathered tokens, where asked to: as many bytes again', () => {
    // Expert 0 at home on die 0 is wanted on all dies.
    const work = workOf([[0], [0], [0], [0]], 8, topology)
    const traffic = (id: string) => runLayer(id, hardware, model, work).machine.traffic
    expect(traffic('ep:channels=own').linkBytes).toBe(3 * HIDDEN)
    expect(traffic('ep:channels=own,combine=true').linkBytes).toBe(6 * HIDDEN)
    expect(traffic('ep:channels=own,combine=true').linkByteHops).toBe(2 * 4 * HIDDEN)
  })

  it.each(namesOf(placements))('placement %s computes every expert at its home', (placement) => {
    const work = workOf(
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ],
      8,
      topology,
    )
    const home = placements[placement].place(8, topology)
    const { spans } = runLayer(`ep:placement=${placement}`, hardware, model, work)
    const computes = spans.filter(({ kind }) => kind === 'compute')
    expect(computes).toHaveLength(8)
    for (const { expert, die } of computes) expect(die).toBe(home[expert])
  })
})

describe('placements', () => {
  const place = (name: keyof typeof placements, experts: number, dies = topology) => [
    ...placements[name].place(experts, dies),
  ]

  it('contiguous: runs in die order, as equal as can be', () => {
    expect(place('contiguous', 8)).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
    expect(place('contiguous', 11)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
    expect(place('contiguous', 3)).toEqual([0, 1, 2])
  })

  it('round-robin: in turn, in die order', () => {
    const columns = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'column-major' })
    expect(place('round-robin', 6, columns)).toEqual([0, 2, 1, 3, 0, 2])
  })
})
