// Metrics of energy, area and power: there where the hardware states the constants they are made of.
import { dieAreaMm2, packagePowerW } from '../../hardware/area.ts'
import { type EnergyPart, type EnergyWork, partPj, totalPj } from '../../hardware/energy.ts'
import type { MetricDefinition } from './metric.ts'
import type { Totals } from './totals.ts'

const J_PER_PJ = 1e-12
/** A multiply and an add. */
const FLOP_PER_MAC = 2

const workOf = (t: Totals): EnergyWork => ({
  macs: t.flop / FLOP_PER_MAC,
  sramBytes: t.traffic.sramBytes,
  linkByteHops: t.traffic.linkByteHops,
  memoryBytes:
    t.traffic.weightReadBytes +
    t.traffic.activationReadBytes +
    t.kvReadBytes +
    t.kvWriteBytes +
    t.traffic.replicaWriteBytes,
})

const joules = (pj: number | undefined) => (pj === undefined ? undefined : pj * J_PER_PJ)

const part = (name: EnergyPart, definition: string): MetricDefinition => ({
  unit: 'J',
  definition,
  of: (t, { hardware: { energy } }) => energy && joules(partPj(energy, name, workOf(t))),
})

export const BUDGET_METRICS: Readonly<Record<string, MetricDefinition>> = {
  energy: {
    unit: 'J',
    definition:
      'dynamic energy: the sum of its four parts, each a constant of the hardware times what was counted; left out where a constant is not stated',
    of: (t, { hardware: { energy } }) => energy && joules(totalPj(energy, workOf(t))),
  },
  energyMac: part('mac', 'energy of useful multiply-accumulates'),
  energySram: part(
    'sram',
    'energy of bytes read from and written to SRAM: slices at arrival, send and compute, tokens in and out of each compute job and copy; left out where the constant of a MAC includes it',
  ),
  energyD2d: part('link', 'energy of bytes times hops'),
  energyMemory: part('memory', 'energy of bytes read from and written to memory'),
  dieArea: {
    unit: 'mm2',
    definition:
      'area of a die: D2D modules, rounded up, compute, and its SRAM or, where that is unlimited, the peak of it',
    of: (t, { hardware }) =>
      dieAreaMm2(hardware, hardware.sramBytes === Infinity ? t.sram.dieBytes.peak : hardware.sramBytes),
  },
  packagePower: {
    unit: 'W',
    definition: 'peak power of the package: all dies computing and sending, all memory channels busy',
    of: (_t, { hardware }) => packagePowerW(hardware),
  },
}
