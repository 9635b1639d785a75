// Energy of counted work, part by part.
import type { EnergySpec } from './spec.ts'

/** Everything that costs energy and is counted. */
export interface EnergyWork {
  readonly macs: number
  /** Read from and written to on-chip buffers. */
  readonly sramBytes: number
  readonly linkByteHops: number
  /** Read from and written to memory. */
  readonly memoryBytes: number
  /** Of what was read from memories beyond the one at the dies; undefined: not known; absent: there are none. */
  readonly tierPj?: number | undefined
  /** Latency times dies, in ps. */
  readonly diePs: number
}

export const ENERGY_PARTS = ['mac', 'sram', 'link', 'memory', 'idle'] as const
export type EnergyPart = (typeof ENERGY_PARTS)[number]

/** Energy of one part in pJ; undefined where its constant is not known, or where another part includes it. */
export function partPj(spec: EnergySpec, part: EnergyPart, work: EnergyWork): number | undefined {
  const { macPj, sramPjPerByte, linkPjPerByteHop, memoryPjPerByte, idleW } = spec
  switch (part) {
    case 'mac':
      return macPj === undefined ? undefined : macPj * work.macs
    case 'sram':
      return typeof sramPjPerByte === 'number' ? sramPjPerByte * work.sramBytes : undefined
    case 'link':
      return linkPjPerByteHop === undefined ? undefined : linkPjPerByteHop * work.linkByteHops
    case 'memory':
      if (memoryPjPerByte === undefined || ('tierPj' in work && work.tierPj === undefined)) return undefined
      return memoryPjPerByte * work.memoryBytes + (work.tierPj ?? 0)
    case 'idle':
      // A watt is a pJ/ps.
      return idleW === undefined ? undefined : idleW * work.diePs
  }
}

/**
 * All parts together in pJ; undefined where one of the work is not known: a partial sum would pass for the whole. Without an
 * idle power it is that of the work alone.
 */
export function totalPj(spec: EnergySpec, work: EnergyWork): number | undefined {
  let total = 0
  for (const part of ENERGY_PARTS) {
    const pj = partPj(spec, part, work)
    const isIncluded = part === 'sram' && spec.sramPjPerByte === 'in mac'
    if (pj === undefined && !isIncluded && part !== 'idle') return undefined
    total += pj ?? 0
  }
  return total
}
