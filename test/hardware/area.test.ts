// The paper's design space: area of a die, power of the package, and where its limits lie.
import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import { dieAreaMm2, limitsExceeded, packagePowerW } from '../../src/hardware/area.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { bundledIo } from '../config/bundled-io.ts'

const MB = 1e6
const chip = await loadHardware(bundledIo(), 'fse-dp-2x2')
/** The chip with other bandwidths, in GB/s. */
const withRates = (d2d: number, ddr = 25.6): HardwareSpec => ({
  ...chip,
  link: { ...chip.link, bytesPerPs: d2d / 1000 },
  memory: { ...chip.memory, bytesPerPs: ddr / 1000 },
})
const exceeded = (hardware: HardwareSpec, megabytes: number) =>
  limitsExceeded(hardware, megabytes * MB).map(({ name }) => name)

describe('the area of a die', () => {
  it('is 12.6 mm2 for the test chip with 3.328 MB', () => {
    expect(dieAreaMm2(chip, 3.328 * MB)).toBeCloseTo(12.6, 12)
    expect(dieAreaMm2(chip, 3.328 * MB, 'fractional')).toBeCloseTo(12.6, 12)
  })

  it('rounds D2D modules up as the inequality says, or takes parts of them as the code does', () => {
    expect(dieAreaMm2(withRates(289), 0)).toBeCloseTo(4 * 3.2 + 1.7, 12)
    expect(dieAreaMm2(withRates(289), 0, 'fractional')).toBeCloseTo((289 / 96) * 3.2 + 1.7, 12)
  })

  it('takes no module more for the rounding of a quotient', () => {
    // 2.7 / 0.3 is a little more than 9 in floating point.
    const area = { ...chip.area!, linkModuleBytesPerPs: Number('0.3e-3') }
    const link = { ...chip.link, bytesPerPs: Number('2.7e-3') }
    expect(link.bytesPerPs / area.linkModuleBytesPerPs).toBeGreaterThan(9)
    expect(dieAreaMm2({ ...chip, area, link }, 0)).toBeCloseTo(9 * 3.2 + 1.7, 9)
  })

  it('keeps 30 mm2 with 13.952 MB up to 672 GB/s of D2D, or 685 with parts of modules', () => {
    const power = { ...chip.power!, limitW: undefined }
    const at = (d2d: number) => exceeded({ ...withRates(d2d), power }, 13.952)
    expect(at(672)).toEqual([])
    expect(at(673)).toEqual(['die area'])
    expect(dieAreaMm2(withRates(685), 13.952 * MB, 'fractional')).toBeLessThan(30)
    expect(dieAreaMm2(withRates(686), 13.952 * MB, 'fractional')).toBeGreaterThan(30)
  })

  it('keeps 30 mm2 at 288 GB/s up to a buffer of 47.8 MB', () => {
    expect(exceeded(chip, 47.87)).toEqual([])
    expect(exceeded(chip, 47.88)).toEqual(['die area'])
  })
})

describe('compute', () => {
  const withMacs = (share: number): HardwareSpec => ({
    ...chip,
    compute: { kind: 'ideal', flopPerPs: 3.2768 * share },
  })

  it('takes area and power in proportion to its rate', () => {
    expect(dieAreaMm2(withMacs(2), 0)! - dieAreaMm2(chip, 0)!).toBeCloseTo(1.7, 12)
    expect(packagePowerW(withMacs(2))! - packagePowerW(chip)!).toBeCloseTo(9.492, 12)
    expect(dieAreaMm2(withMacs(0.5), 0)).toBeCloseTo(3 * 3.2 + 0.85, 12)
  })

  it('takes the same at any rate where no rate is stated', () => {
    const area = { ...chip.area!, computeFlopPerPs: undefined }
    expect(dieAreaMm2({ ...withMacs(4), area }, 0)).toBeCloseTo(3 * 3.2 + 1.7, 12)
  })
})

describe('the power of the package', () => {
  it('is 25.0 W for the test chip', () => {
    expect(packagePowerW(chip)).toBeCloseTo(9.492 + 2.552_832 + 13, 9)
  })

  it.each([
    [288, 94.4],
    [512, 90.5],
  ])('keeps 60 W with D2D at %d GB/s up to %d GB/s of DDR per die', (d2d, ddr) => {
    expect(exceeded(withRates(d2d, ddr), 1)).toEqual([])
    expect(exceeded(withRates(d2d, ddr + 0.1), 1)).toEqual(['package power'])
  })

  it('counts dies and channels: nine dies with four channels', async () => {
    const nine = await loadHardware(bundledIo(), 'fse-dp-3x3')
    expect(packagePowerW(nine)).toBeCloseTo(9 * (2.373 + 0.002_216 * 288) + 4 * 0.126_953_125 * 38.4, 9)
  })
})

describe('limits', () => {
  it('say what is exceeded, by how much and in which unit', () => {
    expect(limitsExceeded(withRates(288, 128), 100 * MB)).toEqual([
      { name: 'die area', value: dieAreaMm2(chip, 100 * MB), limit: 30, unit: 'mm2' },
      { name: 'package power', value: packagePowerW(withRates(288, 128)), limit: 60, unit: 'W' },
    ])
  })

  it('are kept where none are stated, and nothing is claimed without constants', () => {
    const bare: HardwareSpec = { ...chip, area: undefined, power: undefined }
    expect(limitsExceeded(bare, 1e12)).toEqual([])
    expect([dieAreaMm2(bare, 1), packagePowerW(bare)]).toEqual([undefined, undefined])
    const unlimited = { ...chip, area: { ...chip.area!, limitMm2: undefined } }
    expect(limitsExceeded(unlimited, 1e12)).toEqual([])
  })
})
