// Energy, area and power in results: only where their constants are stated, and no sum that lacks a part.

import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { metricsOf } from '../../../src/sim/metrics/metrics.ts'
import { Totals } from '../../../src/sim/metrics/totals.ts'
import { bundledIo } from '../../config/bundled-io.ts'
import { tinyModel } from '../../helpers/frames.ts'

const chip = await loadHardware(bundledIo(), 'fse-dp-2x2')

const totals = Object.assign(new Totals(), { latencyPs: 1e9, flop: 2e12 })
Object.assign(totals.traffic, {
  weightReadBytes: 3e9,
  activationReadBytes: 1e9,
  replicaWriteBytes: 1e9,
  sramBytes: 7e9,
  linkByteHops: 11e9,
})
totals.sram.dieBytes.peak = 3_328_000
const of = (changes: Partial<HardwareSpec>) => {
  const hardware = { ...chip, ...changes }
  const metrics = metricsOf(totals, packageOf({ hardware, model: tinyModel(4, 1), compat: 'physical' }))
  return (name: string) => metrics[name]?.value
}

describe('energy', () => {
  it('is what was counted times the constants of the hardware, in joules', () => {
    const value = of({})
    expect(value('energyMac')).toBeCloseTo(0.9, 12)
    expect(value('energyD2d')).toBeCloseTo(11e9 * 8 * 0.277e-12, 12)
    expect(value('energyMemory')).toBeCloseTo(5e9 * 8 * 15.9e-12, 12)
    expect(value('energySram')).toBeUndefined()
    expect(value('energy')).toBeCloseTo(
      0.9 + value('energyIdle')! + value('energyD2d')! + value('energyMemory')!,
      12,
    )
  })

  it('has a part for SRAM where its constant stands alone', () => {
    const value = of({ energy: { ...chip.energy!, sramPjPerByte: 2 } })
    expect(value('energySram')).toBeCloseTo(0.014, 12)
    expect(value('energy')).toBeCloseTo(of({})('energy')! + 0.014, 12)
  })

  it('has no total where a constant is missing, and no part at all without constants', () => {
    const value = of({ energy: { ...chip.energy!, memoryPjPerByte: undefined } })
    expect([value('energy'), value('energyMemory')]).toEqual([undefined, undefined])
    expect(value('energyMac')).toBeGreaterThan(0)
    const bare = of({ energy: undefined, area: undefined, power: undefined })
    for (const name of ['energy', 'energyMac', 'energyD2d', 'dieArea', 'packagePower'])
      expect(bare(name)).toBeUndefined()
  })
})

describe('energy of memory beyond the one at the dies', () => {
  const tier = { name: 'host', capacityBytes: 1e12, bytesPerPs: 1, latencyPs: 0, startupPs: 0 } as const
  const tiers = [
    { ...tier, shared: true, way: 'pcie', pjPerByte: 10 },
    { ...tier, shared: true, way: 'nvme' },
  ] as const
  const withTiers = (readBytes: readonly number[], coreReadBytes = 0, pjPerByte?: number) => {
    const memory = { ...chip.memory, tiers: [tiers[0], { ...tiers[1], pjPerByte }] }
    const counted = Object.assign(new Totals(), { latencyPs: 1 })
    Object.assign(counted.tiers, { readBytes: Float64Array.from(readBytes), coreReadBytes })
    const hardware = { ...chip, memory }
    return metricsOf(counted, packageOf({ hardware, model: tinyModel(4, 1), compat: 'physical' }))
  }

  it('counts what was read from each, by its own constant', () => {
    expect(withTiers([3e12, 0]).energyMemory?.value).toBeCloseTo(30, 9)
    expect(withTiers([3e12, 2e12], 0, 7).energyMemory?.value).toBeCloseTo(30 + 14, 9)
  })

  it('counts what cores read as read from the last one', () => {
    expect(withTiers([3e12, 2e12], 5e11, 7).energyMemory?.value).toBeCloseTo(30 + 17.5, 9)
  })

  it('is not known where something was read from one that states none', () => {
    for (const read of [withTiers([3e12, 1]), withTiers([3e12, 0], 1)]) {
      expect(read).not.toHaveProperty('energyMemory')
      expect(read).not.toHaveProperty('energy')
      expect(read).toHaveProperty('energyMac')
    }
  })
})

describe('area and power', () => {
  it('are those of the test chip: the peak of an unlimited SRAM counts as its size', () => {
    expect(of({})('dieArea')).toBeCloseTo(12.6, 9)
    expect(of({})('packagePower')).toBeCloseTo(25.04, 2)
  })

  it('take the SRAM that a die has, used or not', () => {
    expect(of({ sramBytes: 2 * 3_328_000 })('dieArea')).toBeCloseTo(13.9, 9)
  })
})
