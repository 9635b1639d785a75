// How long a die's memory channel takes for an access: from the part's timings, or at one stated efficiency.
import { durationPs } from '../engine/loop.ts'
import { Dram } from './dram.ts'
import { dramParts } from './dram-parts.ts'
import type { MemorySpec } from './spec.ts'

/** The timing model behind `efficiency: timed`: the part, with as many channels as come nearest to the die's bandwidth. */
function timedDram({ kind, bytesPerPs }: MemorySpec): Dram {
  const part = dramParts.get(kind)!
  const onePeak = new Dram(part, 1).peakBytesPerPs
  return new Dram(part, Math.max(1, Math.round(bytesPerPs / onePeak)))
}

export class MemoryTiming {
  private readonly spec: MemorySpec
  private readonly dram: Dram | undefined
  /** Rate that no access exceeds, bytes/ps. */
  readonly bestBytesPerPs: number

  constructor(spec: MemorySpec) {
    this.spec = spec
    this.dram = spec.efficiency === 'timed' ? timedDram(spec) : undefined
    this.bestBytesPerPs = spec.efficiency === 'timed' ? spec.bytesPerPs : spec.bytesPerPs * spec.efficiency
  }

  /** Whether an access takes the same time whenever it starts. */
  get isSteady(): boolean {
    return this.dram === undefined
  }

  /**
   * Time the channel gives to an access that starts at `startPs`, its latency not included. An idle memory has all rows
   * closed and nothing in its queue; in a busy one the access follows others at unrelated addresses. Refreshes fall
   * where they fall.
   */
  transferPs(bytes: number, startPs: number, isIdle: boolean): number {
    const { dram, spec } = this
    if (dram === undefined) return durationPs(bytes, this.bestBytesPerPs)
    if (bytes === 0) return 0
    const timed = isIdle
      ? dram.readPs(bytes, startPs) - dram.latencyPs
      : dram.finishPs(startPs, dram.busyPs(bytes)) - startPs
    // The stated bandwidth lies between two whole numbers of channels. No access beats the pins.
    const scaled = Math.ceil((timed * dram.peakBytesPerPs) / spec.bytesPerPs)
    return Math.max(scaled, durationPs(bytes, spec.bytesPerPs))
  }

  /** The same for one of many accesses, on average: what planners assume. */
  meanTransferPs(bytes: number): number {
    return this.dram === undefined
      ? durationPs(bytes, this.bestBytesPerPs)
      : durationPs(bytes, this.spec.bytesPerPs * this.dram.efficiency(bytes))
  }
}

/** Latency of an idle memory of a known kind, in ps. */
export function partLatencyPs(kind: string): number {
  return new Dram(dramParts.get(kind)!, 1).latencyPs
}
