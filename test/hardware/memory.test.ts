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
  it('at a stated efficiency takes bytes / (peak x efficiency), whatever its kind and whenever', () => {
    const stated = new MemoryTiming({ ...spec, bytesPerPs: 2, efficiency: 0.5 })
    expect(stated.transferPs(1000, 0, true)).toBe(1000)
    expect(stated.transferPs(1000, 77, false)).toBe(1000)
    expect(stated.meanTransferPs(1000)).toBe(1000)
  })

  it('timed and idle, with its latency takes what a cold read of its part takes', () => {
    const timing = new MemoryTiming(spec)
    for (const bytes of [65536, 8 * 2 ** 20]) {
      expect(timing.transferPs(bytes, 0, true) + eight.latencyPs).toBe(eight.readPs(bytes))
    }
  })

  it('timed and busy, takes what one of many reads of its part takes', () => {
    const timing = new MemoryTiming(spec)
    expect(timing.transferPs(65536, 1000, false)).toBe(eight.busyPs(65536))
  })

  it('timed, is refreshed when the time for it comes', () => {
    const timing = new MemoryTiming(spec)
    const before = eight.refreshIntervalPs - 1000
    expect(timing.transferPs(65536, before, false)).toBe(eight.busyPs(65536) + eight.refreshStallPs)
    const undisturbed = timing.transferPs(65536, 0, true)
    expect(timing.transferPs(65536, before, true)).toBe(undisturbed + eight.refreshStallPs)
  })

  it('never beats its pins, however short the read', () => {
    const timing = new MemoryTiming(spec)
    for (const bytes of [1, 32, 64, 1024, 4096]) {
      for (const isIdle of [true, false]) {
        expect(timing.transferPs(bytes, 0, isIdle)).toBeGreaterThanOrEqual(bytes / timing.bestBytesPerPs)
      }
    }
  })

  it('scales with the stated bandwidth, not with a whole number of channels', () => {
    const faster = new MemoryTiming({ ...spec, bytesPerPs: spec.bytesPerPs * 1.05 })
    const ratio = new MemoryTiming(spec).meanTransferPs(2 ** 26) / faster.meanTransferPs(2 ** 26)
    expect(ratio).toBeCloseTo(1.05, 3)
    const timed = new MemoryTiming(spec).transferPs(2 ** 16, 0, false) / faster.transferPs(2 ** 16, 0, false)
    expect(timed).toBeCloseTo(1.05, 3)
  })

  it('on average is the less efficient the smaller the access', () => {
    const timing = new MemoryTiming(spec)
    const rates = [1024, 4096, 65536, 2 ** 20, 2 ** 26].map((bytes) => bytes / timing.meanTransferPs(bytes))
    expect(rates).toEqual(rates.toSorted((a, b) => a - b))
  })

  it('takes no time for nothing', () => {
    expect(new MemoryTiming(spec).transferPs(0, 0, true)).toBe(0)
  })

  it('of a known kind has the latency of an idle memory', () => {
    expect(partLatencyPs('hbm3')).toBe(new Dram(hbm3, 1).latencyPs)
  })
})
