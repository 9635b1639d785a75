// The way of a slice from memory to a die, against closed forms in ns.
import { describe, expect, it } from 'vitest'
import type { Compat } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import type { Machine } from '../../../src/schedulers/scheduler.ts'
import { NS, tinyModel } from '../../helpers/frames.ts'
import { runScript, scriptHardware } from '../scripted.ts'

const piece = expertBytes(tinyModel(2, 1))
const [load, hop, compute] = [10, 4, 5]

/** A memory of its own for each die: 30 ns latency, half of the peak; links of 7 ns a hop; a request of half a piece. */
const ownMemory: HardwareSpec = {
  ...scriptHardware,
  memory: { ...scriptHardware.memory, latencyPs: 30 * NS, efficiency: 0.5, shared: false },
  link: { ...scriptHardware.link, latencyPs: 7 * NS, requestBytes: piece / 2 },
}
const llc = { capacityBytes: 2 * piece, ways: 2, hitPs: 100 * NS, missPs: 110 * NS, writePs: 50 * NS }
const cached: HardwareSpec = { ...ownMemory, llc }
const [read, request, data] = [30 + 2 * load, 7 + hop / 2, 7 + hop]

interface Read {
  readonly expert: number
  readonly die: number
  readonly atNs?: number
}

/** What reads of experts that live on die 0 take, in ns; each is for one token of the die it goes to. */
function arrivals(hardware: HardwareSpec, reads: readonly Read[], compat: Compat = 'physical') {
  const { dies } = buildTopology(hardware.topology)
  const choices = Array.from({ length: dies }, (_, die) =>
    reads.filter((r) => r.die === die).map(({ expert }) => expert),
  )
  const seen = new Map<Read, number>()
  const run = runScript({ hardware, choices, compat }, (machine: Machine) => {
    const { work } = machine
    for (const read of reads) {
      const { expert, die } = read
      const pair = work.pairStart[expert * dies + die]!
      const start = () => {
        const { nowPs } = machine
        machine.load({ expert, slice: 0, channelDie: 0, die, tokens: 1 }, () => {
          seen.set(read, (machine.nowPs - nowPs) / NS)
          machine.compute({ expert, slice: 0, fromPair: pair, toPair: pair + 1, die }, () =>
            machine.releaseSlice(expert, 0, die),
          )
        })
      }
      if (read.atNs === undefined) start()
      else later(machine, read.atNs, start)
    }
  })
  return { times: reads.map((r) => seen.get(r)), traffic: run.machine.traffic, latencyNs: run.latencyPs / NS }
}

function later(machine: Machine, ns: number, action: () => void): void {
  machine.later(ns * NS - machine.nowPs, action)
}

describe('a read without a cache', () => {
  it('from the own memory takes latency plus bytes over bandwidth times efficiency', () => {
    const { times, traffic } = arrivals(ownMemory, [{ expert: 0, die: 0 }])
    expect(times).toEqual([read])
    expect(traffic.hops).toBe(0)
  })

  it('from a remote memory adds the request there and the data back', () => {
    const { times, traffic } = arrivals(ownMemory, [{ expert: 0, die: 1 }])
    expect(times).toEqual([request + read + data])
    expect(traffic.weightReadRemoteBytes).toBe(piece)
    expect(traffic.linkBytes).toBe(1.5 * piece)
    // A remote read counts the hops of its request only.
    expect(traffic.hops).toBe(1)
  })

  it('two hops away pays two hops of latency each way, and one serialization', () => {
    const { times } = arrivals(ownMemory, [{ expert: 0, die: 3 }])
    expect(times).toEqual([request + 7 + read + data + 7])
  })

  it('without request bytes nothing is sent there', () => {
    const hardware = { ...ownMemory, link: { ...ownMemory.link, requestBytes: 0 } }
    const { times, traffic } = arrivals(hardware, [{ expert: 0, die: 1 }])
    expect(times).toEqual([read + data])
    expect(traffic.linkBytes).toBe(piece)
    expect(traffic.hops).toBe(1)
  })

  it.each([
    ['pipelined: latencies overlap', 'pipelined', 30 + 2 * 2 * load],
    ['serial: the channel is busy through the latency', 'serial', 2 * (30 + 2 * load)],
  ] as const)('two reads of one channel, %s', (_what, access, second) => {
    const hardware = { ...ownMemory, memory: { ...ownMemory.memory, access } }
    const reads = [
      { expert: 0, die: 0 },
      { expert: 1, die: 0 },
    ]
    expect(arrivals(hardware, reads).times).toEqual([read, second])
  })
})

describe('a read with a cache', () => {
  it('that misses at home pays the miss before the memory', () => {
    expect(arrivals(cached, [{ expert: 0, die: 0 }]).times).toEqual([110 + read])
  })

  it('that misses on the only die there is pays the miss too', () => {
    const topology = { kind: 'mesh', columns: 1, rows: 1, numbering: 'row-major' } as const
    const single = { ...cached, topology, memory: { ...cached.memory, channelDies: [0] } }
    expect(arrivals(single, [{ expert: 0, die: 0 }]).times).toEqual([110 + read])
  })

  it('that misses everywhere pays one miss at the reading die, then request, memory and data (sheet 3.4)', () => {
    expect(arrivals(cached, [{ expert: 0, die: 1 }]).times).toEqual([110 + request + read + data])
  })

  it('that hits at home of the data saves the memory', () => {
    const reads = [
      { expert: 0, die: 0 },
      { expert: 0, die: 1, atNs: 400 },
    ]
    const { times, traffic } = arrivals(cached, reads)
    expect(traffic.llcHits).toBe(1)
    expect(traffic.weightReadBytes).toBe(piece)
    expect(times[1]).toBe(110 + request + 100 + data)
  })

  it('that hits at its own home streams activations from memory all the same', () => {
    const streaming: HardwareSpec = { ...cached, activations: 'memory' }
    const reads = [
      { expert: 0, die: 1 },
      { expert: 0, die: 0, atNs: 400 },
    ]
    const { times, traffic } = arrivals(streaming, reads)
    expect(traffic.llcHits).toBe(1)
    // Each of the two dies computes one token.
    const bytes = 3 * (64 + 32)
    expect(traffic.activationReadBytes).toBe(2 * bytes)
    expect(times[1]).toBeCloseTo(100 + 30 + (2 * load * bytes) / piece, 2)
  })

  it('fills the cache beside the read: the port is busy for the write, the data is not late', () => {
    const reads = [
      { expert: 0, die: 0 },
      { expert: 1, die: 0 },
    ]
    // The second look-up waits for the first; its memory read then follows without waiting.
    expect(arrivals(cached, reads).times).toEqual([110 + read, 220 + read])
  })

  it('forgets its content between iterations', () => {
    const run = runScript({ hardware: cached, choices: [[0], [], [], []] }, (machine) => {
      machine.load({ expert: 0, slice: 0, channelDie: 0, die: 0, tokens: 1 }, () => {
        machine.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 0 }, () =>
          machine.releaseSlice(0, 0, 0),
        )
      })
    })
    run.again()
    expect(run.machine.traffic.llcHits).toBe(0)
    expect(run.machine.traffic.weightReadBytes).toBe(2 * piece)
  })
})

describe('activations that rest in memory', () => {
  const inMemory: HardwareSpec = { ...ownMemory, activations: 'memory' }
  // 3 * (H + I) elements of one byte for one token, against 3 * H * I of the weights.
  const activation = 3 * (64 + 32)
  const extraNs = (2 * load * activation) / piece

  it('are read with the slice from the own memory', () => {
    const { times, traffic, latencyNs } = arrivals(inMemory, [{ expert: 0, die: 0 }])
    expect(traffic.activationReadBytes).toBe(activation)
    expect(times[0]).toBeCloseTo(read + extraNs, 2)
    expect(latencyNs).toBeCloseTo(read + extraNs + compute, 2)
  })

  it('are read from the own memory while a remote slice travels', () => {
    const { times, traffic } = arrivals(inMemory, [{ expert: 0, die: 1 }])
    expect(traffic.activationReadBytes).toBe(activation)
    expect(times).toEqual([request + read + data])
  })

  it('are charged for local reads only under compat: paper', () => {
    expect(arrivals(inMemory, [{ expert: 0, die: 1 }], 'paper').traffic.activationReadBytes).toBe(0)
    expect(arrivals(inMemory, [{ expert: 0, die: 0 }], 'paper').traffic.activationReadBytes).toBe(activation)
  })
})

describe('a replica', () => {
  it('is written to the memory of its die and read from there afterwards', () => {
    let kept: boolean[] = []
    const run = runScript(
      { hardware: ownMemory, choices: [[], [0], [], []], replicaBudgetBytes: piece },
      (machine) => {
        const source = machine.hasReplica(0, 0, 1) ? 1 : 0
        machine.load({ expert: 0, slice: 0, channelDie: source, die: 1, tokens: 1 }, () => {
          kept = [...kept, machine.keepReplica(0, 0, 1)]
          machine.compute({ expert: 0, slice: 0, fromPair: 0, toPair: 1, die: 1 }, () =>
            machine.releaseSlice(0, 0, 1),
          )
        })
      },
    )
    // The die computes while the copy is written to its memory.
    const write = run.spans.find(({ kind }) => kind === 'write')!
    const { endPs: readPs } = run.spans.find(({ kind }) => kind === 'send')!
    expect(write).toMatchObject({ die: 1, peer: 1, expert: 0, slice: 0, bytes: piece })
    expect([write.startPs, write.endPs]).toEqual([readPs, readPs + read * NS])
    expect(run.latencyPs).toBe(Math.max(...run.spans.map(({ endPs }) => endPs)))
    expect(run.again()).toBe((read + compute) * NS)
    expect(kept).toEqual([true, false])
    const { traffic } = run.machine
    expect(traffic.replicaWriteBytes).toBe(piece)
    expect([traffic.remoteLoads, traffic.replicaLoads]).toEqual([1, 1])
    expect(traffic.hops).toBe(1)
  })
})
