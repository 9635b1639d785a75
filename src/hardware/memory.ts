// How long a die's memory channel takes for an access: from the part's timings, or at one stated efficiency.
import { durationPs } from '../engine/loop.ts'
import { Dram } from './dram.ts'
import { dramParts } from './dram-parts.ts'
import type { MemorySpec } from './spec.ts'

/** The timing model behind `efficiency: timed`: the part, with as many channels as make up the die's bandwidth. */
function timedDram({ kind, bytesPerPs }: MemorySpec): Dram {
  const part = dramParts.get(kind)!
  const onePeak = new Dram(part, 1).peakBytesPerPs
  return new Dram(part, Math.max(1, Math.round(bytesPerPs / onePeak)))
}

export class MemoryTiming {
  private readonly spec: MemorySpec
  private readonly dram: Dram | undefined
  /** Efficiencies by access size: slices of a few sizes make up nearly all accesses. */
  private readonly known = new Map<number, number>()

  constructor(spec: MemorySpec) {
    this.spec = spec
    this.dram = spec.efficiency === 'timed' ? timedDram(spec) : undefined
  }

  /** Time the channel gives to an access: bytes / (peak x efficiency of this size and kind). */
  transferPs(bytes: number): number {
    return durationPs(bytes, this.spec.bytesPerPs * this.efficiency(bytes))
  }

  /** Rate that no access exceeds, bytes/ps: the peak less refresh, the one loss that none escapes. */
  get bestBytesPerPs(): number {
    const { bytesPerPs, efficiency } = this.spec
    if (efficiency !== 'timed') return bytesPerPs * efficiency
    return bytesPerPs * (1 - this.dram!.refreshStallPs / this.dram!.refreshIntervalPs)
  }

  private efficiency(bytes: number): number {
    if (this.spec.efficiency !== 'timed') return this.spec.efficiency
    if (bytes === 0) return 1
    let efficiency = this.known.get(bytes)
    if (efficiency === undefined) {
      efficiency = this.dram!.efficiency(bytes)
      this.known.set(bytes, efficiency)
    }
    return efficiency
  }
}

/** Latency of an idle memory of a known kind, in ps. */
export function partLatencyPs(kind: string): number {
  return new Dram(dramParts.get(kind)!, 1).latencyPs
}
