// How long a memory channel is busy: at a stated efficiency, or by the timings of its part.
import { describe, expect, it } from 'vitest'
import { Dram } from '../../src/hardware/dram.ts'
import { dramParts } from '../../src/hardware/dram-parts.ts'
import { MemoryTiming, partLatencyPs } from '../../src/hardware/memory.ts'
import type { MemorySpec } from '../../src/hardware/spec.ts'

const hbm3 = dramParts.get('hbm3')!
const eight = new Dram(hbm3, 8)
const spec: MemorySpec = {
  kind: 'hbm3',
  capacityBytes: Number.POSITIVE_INFINITY,
  reserved: 0,
  bytesPerPs: eight.peakBytesPerPs,
  efficiency: 'timed',
  latencyPs: 0,
  access: 'pipelined',
  channelDies: [0],
  shared: false,
}

describe('a memory channel', () => {
  it('at a stated efficiency takes bytes / (peak x efficiency), whatever its kind', () => {
    expect(new MemoryTiming({ ...spec, bytesPerPs: 2, efficiency: 0.5 }).transferPs(1000)).toBe(1000)
  })

  it('timed, takes what its part with as many channels as make up its bandwidth takes', () => {
    const timing = new MemoryTiming(spec)
    for (const bytes of [4096, 65536, 8 * 2 ** 20]) {
      const expected = bytes / (spec.bytesPerPs * eight.efficiency(bytes))
      expect(timing.transferPs(bytes)).toBe(Math.ceil(expected))
    }
  })

  it('timed, is the less efficient the smaller the access, and never better than its best rate', () => {
    const timing = new MemoryTiming(spec)
    const rates = [1024, 4096, 65536, 2 ** 20, 2 ** 26].map((bytes) => bytes / timing.transferPs(bytes))
    expect(rates).toEqual(rates.toSorted((a, b) => a - b))
    expect(rates.at(-1)!).toBeLessThanOrEqual(timing.bestBytesPerPs)
    expect(rates.at(-1)!).toBeGreaterThan(0.9 * timing.bestBytesPerPs)
  })

  it('scales with the stated bandwidth, not with a whole number of channels', () => {
    const faster = new MemoryTiming({ ...spec, bytesPerPs: spec.bytesPerPs * 1.05 })
    const ratio = new MemoryTiming(spec).transferPs(2 ** 26) / faster.transferPs(2 ** 26)
    expect(ratio).toBeCloseTo(1.05, 3)
  })

  it('takes no time for nothing', () => {
    expect(new MemoryTiming(spec).transferPs(0)).toBe(0)
  })

  it('of a known kind has the latency of an idle memory', () => {
    expect(partLatencyPs('hbm3')).toBe(new Dram(hbm3, 1).latencyPs)
  })
})
