// Unit energies times counted work, and no sum that leaves something out.
import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import { ENERGY_PARTS, partPj, totalPj } from '../../src/hardware/energy.ts'
import type { EnergySpec } from '../../src/hardware/spec.ts'
import { bundledIo } from '../config/bundled-io.ts'

const work = { macs: 1000, sramBytes: 100, linkByteHops: 10, memoryBytes: 4, diePs: 20 }
const all: EnergySpec = {
  basis: 'assumed',
  macPj: 2,
  sramPjPerByte: 3,
  linkPjPerByteHop: 5,
  memoryPjPerByte: 7,
  idleW: 11,
}

describe('energy', () => {
  it('is the sum of its parts, each a constant times what was counted', () => {
    expect(ENERGY_PARTS.map((part) => partPj(all, part, work))).toEqual([2000, 300, 50, 28, 220])
    expect(totalPj(all, work)).toBe(2598)
  })

  it.each(['macPj', 'sramPjPerByte', 'linkPjPerByteHop', 'memoryPjPerByte'] as const)(
    'has no total where %s is not known',
    (key) => {
      const spec = { ...all, [key]: undefined }
      expect(totalPj(spec, work)).toBeUndefined()
      expect(ENERGY_PARTS.filter((part) => partPj(spec, part, work) === undefined)).toHaveLength(1)
    },
  )

  it('counts what further memories took with the memory, and nothing where that is not known', () => {
    expect(partPj(all, 'memory', { ...work, tierPj: 9 })).toBe(37)
    expect(partPj(all, 'memory', { ...work, tierPj: undefined })).toBeUndefined()
    expect(totalPj(all, { ...work, tierPj: undefined })).toBeUndefined()
  })

  it('is that of the work alone where no idle power is stated', () => {
    expect(totalPj({ ...all, idleW: undefined }, work)).toBe(2378)
  })

  it('counts SRAM once where the figure for a MAC includes it, and not at all where there is no such figure', () => {
    const included: EnergySpec = { ...all, sramPjPerByte: 'in mac' }
    expect(partPj(included, 'sram', work)).toBeUndefined()
    expect(totalPj(included, work)).toBe(2298)
    expect(totalPj({ ...included, macPj: undefined }, work)).toBeUndefined()
  })

  it('has the constants of the FSE-DP sheet: 0.90 pJ a MAC, 0.277 pJ a bit and hop, 15.9 pJ a bit of memory', async () => {
    const { energy } = await loadHardware(bundledIo(), 'fse-dp-2x2')
    expect(energy).toEqual({
      basis: 'assumed',
      macPj: 0.9,
      sramPjPerByte: 'in mac',
      linkPjPerByteHop: 0.277 * 8,
      memoryPjPerByte: 15.9 * 8,
      idleW: 0.7365,
    })
    // Table I: 2187 mW at 4.865 TOPS.
    expect(energy!.macPj!).toBeCloseTo((2 * 2.187) / 4.865, 2)
  })
})
