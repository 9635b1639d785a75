// Die area and package power from their constants, and the limits a design breaks (FSE-DP paper, design space exploration).
import { peakFlopPerPs } from './compute.ts'
import { dieCount } from './die-count.ts'
import type { ComputeSpec, HardwareSpec } from './spec.ts'

/** Modules of a bandwidth that is a whole number of them must not become one more by rounding. */
const SLACK = 1e-9

/**
 * Area of one die with so large a buffer, in mm2: its D2D modules + compute + buffer. `whole`: as the paper's inequality
 * has it, modules rounded up; `fractional`: as its code computes it. undefined where the hardware states no constants.
 */
export function dieAreaMm2(
  { area, link, compute }: HardwareSpec,
  bufferBytes: number,
  modules: 'whole' | 'fractional' = 'whole',
): number | undefined {
  if (area === undefined) return undefined
  const exact = link.bytesPerPs / area.linkModuleBytesPerPs
  const count = modules === 'whole' ? Math.ceil(exact - SLACK) : exact
  return (
    count * area.linkModuleMm2 + ofRate(area.computeMm2, area, compute) + area.bufferMm2PerByte * bufferBytes
  )
}

/** What compute takes at the rate it has, in proportion to the rate that the constant holds for; where none is stated, for any. */
function ofRate(
  constant: number,
  { computeFlopPerPs }: { readonly computeFlopPerPs?: number | undefined },
  compute: ComputeSpec,
): number {
  return computeFlopPerPs === undefined ? constant : constant * (peakFlopPerPs(compute) / computeFlopPerPs)
}

/** Peak power of the package in W: every die computing and sending, every memory channel busy. undefined as above. */
export function packagePowerW({ power, topology, link, memory, compute }: HardwareSpec): number | undefined {
  if (power === undefined) return undefined
  const dieW = ofRate(power.computeW, power, compute) + power.linkPjPerByte * link.bytesPerPs
  const channelW = power.memoryPjPerByte * memory.bytesPerPs
  return dieCount(topology) * dieW + memory.channelDies.length * channelW
}

export interface ExceededLimit {
  readonly name: 'die area' | 'package power'
  readonly value: number
  readonly limit: number
  readonly unit: 'mm2' | 'W'
}

/** The stated limits that a design with such buffers breaks; empty where it keeps them or none are stated. */
export function limitsExceeded(hardware: HardwareSpec, bufferBytes: number): ExceededLimit[] {
  const areaMm2 = dieAreaMm2(hardware, bufferBytes)
  const powerW = packagePowerW(hardware)
  const limits = [
    { name: 'die area', value: areaMm2, limit: hardware.area?.limitMm2, unit: 'mm2' },
    { name: 'package power', value: powerW, limit: hardware.power?.limitW, unit: 'W' },
  ] as const
  return limits.flatMap(({ name, value, limit, unit }) =>
    value !== undefined && limit !== undefined && value > limit ? [{ name, value, limit, unit }] : [],
  )
}
