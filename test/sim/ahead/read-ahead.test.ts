// Reading ahead, in frames of 1 ns: an expert takes 10 to load, and 5 to compute for a token. One die, one channel.

import { describe, expect, it } from 'vitest'
import { Bug } from '../../../src/errors.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import type { AheadRead, Machine } from '../../../src/schedulers/scheduler.ts'
import type { HandOver } from '../../../src/sim/ahead/read-ahead.ts'
import { LayerMachine } from '../../../src/sim/machine/machine.ts'
import { frameHardware, NS, tinyModel, workOf } from '../../helpers/frames.ts'

const model = tinyModel(6, 1)
const bytes = expertBytes(model)
const frames = frameHardware(
  { load: 10, hop: 1, compute: 5, pieces: 1 },
  { topology: { kind: 'mesh', columns: 1, rows: 1, numbering: 'row-major' } },
)
const hardware = { ...frames, activations: 'memory' as const, memory: { ...frames.memory, channelDies: [0] } }
const topology = buildTopology(hardware.topology)

const wish = (expert: number): AheadRead => ({ expert, slice: 0, channelDie: 0, die: 0, into: 'sram' })

/** Loads the experts of the work at once, computes each when it is there. */
function loadAll(machine: Machine): void {
  const { work } = machine
  for (const expert of work.activeExperts) {
    const pairs = { fromPair: work.pairStart[expert]!, toPair: work.pairStart[expert + 1]! }
    machine.load({ expert, slice: 0, channelDie: 0, die: 0, tokens: 0 }, () => {
      machine.compute({ expert, slice: 0, die: 0, ...pairs }, () => machine.releaseSlice(expert, 0, 0))
    })
  }
}

/** One iteration in which each token chose the expert given for it. */
function run(
  experts: readonly number[],
  {
    wishes = [],
    gapNs = 0,
    sramBytes = Infinity,
    handOver,
    act = loadAll,
  }: {
    wishes?: readonly number[]
    gapNs?: number
    sramBytes?: number
    handOver?: HandOver
    act?: (machine: Machine) => void
  },
) {
  const scheduler = { slices: 1, home: () => 0, startLayer: act }
  const spec = { ...hardware, sramBytes }
  const machine = new LayerMachine(packageOf({ hardware: spec, model, compat: 'physical' }), scheduler)
  if (handOver) machine.ahead.receive(handOver)
  const work = workOf(
    experts.map((expert) => [expert]),
    model.experts,
    topology,
  )
  const latencyPs = machine.runIteration(work, { wishes: wishes.map(wish), gapPs: gapNs * NS })
  const { slices, channelLagPs } = machine.ahead.left!
  return {
    latencyNs: latencyPs / NS,
    left: slices.map(({ expert, lagPs }) => [expert, lagPs / NS]),
    channelLagNs: (channelLagPs.get(0) ?? 0) / NS,
    traffic: machine.traffic,
    handOver: machine.ahead.left!,
  }
}

describe('reading ahead', () => {
  it('uses the time in which the channel waits for the die, and no other', () => {
    // Load 0-10, compute of two tokens 10-20: one more load fits beside it.
    const { latencyNs, left, traffic } = run([0, 0], { wishes: [3, 4] })
    expect(latencyNs).toBe(20)
    expect(left).toEqual([[3, 0]])
    expect(traffic.aheadReadBytes).toBe(bytes)
  })

  it('goes on through the gap; what is under way at its end comes late and keeps the channel', () => {
    const { latencyNs, left, channelLagNs } = run([0, 0], { wishes: [3, 4, 5], gapNs: 5 })
    expect(latencyNs).toBe(20)
    expect(left).toEqual([
      [3, 0],
      [4, 5],
    ])
    expect(channelLagNs).toBe(5)
  })

  it('waits while the channel has loads of its own to do', () => {
    // Loads 0-10, 10-20, 20-30; the last compute is 30-35, in which a read begins that ends at 40.
    const { latencyNs, left } = run([0, 1, 2], { wishes: [3] })
    expect(latencyNs).toBe(35)
    expect(left).toEqual([[3, 5]])
  })

  it('makes a load wait that comes while the channel reads ahead', () => {
    // Expert 1 is asked for at 12, when the channel has just begun to read ahead: it comes at 30, not at 22.
    const late = (machine: Machine) => {
      const { load, compute } = loaderOf(machine)
      load(0, () => compute(0))
      machine.later(12 * NS, () => load(1, () => compute(1)))
    }
    expect(run([0, 1], { act: late }).latencyNs).toBe(27)
    expect(run([0, 1], { act: late, wishes: [3] }).latencyNs).toBe(35)
  })

  it('takes only room that nobody waits for, and gives it back to who does', () => {
    // Room for two. Expert 0 is computed 10-25 beside expert 3, read ahead 10-20. Expert 1, asked for at 22, drives it out.
    const late = (machine: Machine) => {
      const { load, compute } = loaderOf(machine)
      load(0, () => compute(0))
      machine.later(22 * NS, () => load(1, () => compute(1)))
    }
    const setting = { act: late, wishes: [3, 4], sramBytes: 2 * bytes }
    const { latencyNs, left, traffic } = run([0, 0, 0, 1], setting)
    expect(latencyNs).toBe(22 + 10 + 5)
    // Expert 0 has left by then: 4 is read beside expert 1, from 32 on.
    expect(left).toEqual([[4, 5]])
    expect([traffic.aheadReadBytes, traffic.aheadVainBytes]).toEqual([2 * bytes, bytes])
  })
})

describe('a layer for which was read ahead', () => {
  const { handOver } = run([0, 0], { wishes: [3, 4], gapNs: 5 })

  it('computes with what is there at once, with what is on its way as soon as it comes, and loads the rest', () => {
    // 3 is there: 0-5. 4 comes at 5: 5-10. The channel is free at 5 and loads 5: 5-15, computed until 20.
    const { latencyNs, traffic } = run([3, 4, 5], { handOver })
    expect(latencyNs).toBe(20)
    expect([traffic.aheadUses, traffic.aheadUsedBytes, traffic.aheadVainBytes]).toEqual([2, 2 * bytes, 0])
    expect([traffic.sliceLoads, traffic.weightReadBytes]).toEqual([1, bytes])
  })

  it('pays for a wrong guess with the time that the channel still needs for it', () => {
    const act = (machine: Machine) => {
      for (const place of machine.ahead.places) machine.ahead.discard(place)
      loadAll(machine)
    }
    const { latencyNs, traffic } = run([5], { handOver, act })
    expect(latencyNs).toBe(5 + 10 + 5)
    expect([traffic.aheadUses, traffic.aheadVainBytes]).toEqual([0, 2 * bytes])
    expect(run([5], {}).latencyNs).toBe(15)
  })

  it('gives up what it has no room for, the last first, and loads it when it is needed', () => {
    const { latencyNs, traffic } = run([3, 4, 5], { handOver, sramBytes: bytes })
    // 3 takes the only room: 0-5. Then 4 and 5 are loaded one after the other, each when the room is free.
    expect(latencyNs).toBe(5 + 15 + 15)
    expect([traffic.aheadUses, traffic.aheadVainBytes, traffic.sliceLoads]).toEqual([1, bytes, 2])
  })

  it('must use it or give it up', () => {
    expect(() => run([5], { handOver })).toThrow(
      /2 slices that were read ahead have been neither used nor discarded/,
    )
    const twice = (machine: Machine) => {
      machine.ahead.discard({ expert: 3, slice: 0, die: 0 })
      machine.ahead.discard({ expert: 3, slice: 0, die: 0 })
    }
    expect(() => run([5], { handOver, act: twice })).toThrow(Bug)
  })
})

/** Loads and computes of single experts. */
function loaderOf(machine: Machine) {
  const { pairStart } = machine.work
  return {
    load: (expert: number, onArrived: () => void) =>
      machine.load({ expert, slice: 0, channelDie: 0, die: 0, tokens: 0 }, onArrived),
    compute: (expert: number) => {
      const pairs = { fromPair: pairStart[expert]!, toPair: pairStart[expert + 1]! }
      machine.compute({ expert, slice: 0, die: 0, ...pairs }, () => machine.releaseSlice(expert, 0, 0))
    },
  }
}
