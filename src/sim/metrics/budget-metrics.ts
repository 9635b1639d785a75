// Metrics of energy, area and power: there where the hardware states the constants they are made of.
import { dieAreaMm2, packagePowerW } from '../../hardware/area.ts'
import { type EnergyPart, type EnergyWork, partPj, totalPj } from '../../hardware/energy.ts'
import type { Package } from '../../hardware/package.ts'
import type { MemorySpec } from '../../hardware/spec.ts'
import type { MetricDefinition } from './metric.ts'
import type { Totals } from './totals.ts'

const J_PER_PJ = 1e-12
/** A multiply and an add. */
const FLOP_PER_MAC = 2

/** undefined: not known of a tier from which something was read. Cores read from the last one. */
function tierPj({ tiers }: Totals, { tiers: specs = [] }: MemorySpec): number | undefined {
  let pj = 0
  for (const [i, spec] of specs.entries()) {
    const bytes = (tiers.readBytes[i] ?? 0) + (i === specs.length - 1 ? tiers.coreReadBytes : 0)
    if (bytes > 0 && spec.pjPerByte === undefined) return undefined
    pj += bytes * (spec.pjPerByte ?? 0)
  }
  return pj
}

const workOf = (t: Totals, { topology, hardware }: Package): EnergyWork => ({
  macs: (t.flop + t.tiers.coreFlop) / FLOP_PER_MAC,
  sramBytes: t.traffic.sramBytes,
  linkByteHops: t.traffic.linkByteHops,
  memoryBytes:
    t.traffic.weightReadBytes +
    t.traffic.activationReadBytes +
    t.kvReadBytes +
    t.kvWriteBytes +
    t.traffic.replicaWriteBytes +
    t.traffic.moveMemoryBytes +
    t.tiers.writtenBytes,
  tierPj: tierPj(t, hardware.memory),
  diePs: t.latencyPs * topology.dies,
})

const joules = (pj: number | undefined) => (pj === undefined ? undefined : pj * J_PER_PJ)

const part = (name: EnergyPart, definition: string): MetricDefinition => ({
  unit: 'J',
  definition,
  of: (t, pkg) => pkg.hardware.energy && joules(partPj(pkg.hardware.energy, name, workOf(t, pkg))),
})

export const BUDGET_METRICS: Readonly<Record<string, MetricDefinition>> = {
  energy: {
    unit: 'J',
    definition:
      'the sum of its parts, each a constant of the hardware times what was counted: dynamic energy and, where the hardware states an idle power, what all dies draw during latency; left out where a constant of the work is not stated',
    of: (t, pkg) => pkg.hardware.energy && joules(totalPj(pkg.hardware.energy, workOf(t, pkg))),
  },
  energyMac: part('mac', 'energy of useful multiply-accumulates'),
  energySram: part(
    'sram',
    'energy of bytes read from and written to SRAM: slices at arrival, send and compute, tokens in and out of each compute job and copy; left out where the constant of a MAC includes it',
  ),
  energyD2d: part('link', 'energy of bytes times hops'),
  energyMemory: part(
    'memory',
    'energy of bytes read from and written to memory, and of those read from memory.tiers',
  ),
  energyIdle: part('idle', 'idle power of all dies during latency; left out where the hardware states none'),
  dieArea: {
    unit: 'mm2',
    definition:
      'area of a die: D2D modules, rounded up, compute in proportion to its rate, and its SRAM or, where that is unlimited, the peak of it',
    of: (t, { hardware }) =>
      dieAreaMm2(hardware, hardware.sramBytes === Infinity ? t.sram.dieBytes.peak : hardware.sramBytes),
  },
  packagePower: {
    unit: 'W',
    definition:
      'peak power of the package: all dies computing, in proportion to their rate, and sending, all memory channels busy',
    of: (_t, { hardware }) => packagePowerW(hardware),
  },
}
