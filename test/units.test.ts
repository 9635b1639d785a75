// Quantities: reading what people write, refusing what is ambiguous, printing three digits.
import fc from 'fast-check'
import Qty from 'js-quantities'
import { describe, expect, test } from 'vitest'
import { type Dimension, expectedQuantity, formatQuantity, parseQuantity } from '../src/units.ts'

describe('a quantity is read in base units', () => {
  test.each<[string, Dimension, number]>([
    ['1.7 TB/s', 'bandwidth', 1.7],
    ['25.6 GB/s', 'bandwidth', 0.0256],
    ['8 Tb/s', 'bandwidth', 1],
    ['1 TiB/s', 'bandwidth', 1.099511627776],
    ['64 MiB', 'size', 67_108_864],
    ['64 MB', 'size', 64_000_000],
    ['64 Mb', 'size', 8_000_000],
    ['1 Kib', 'size', 128],
    ['3.328MB', 'size', 3_328_000],
    ['16 B', 'size', 16],
    ['200 ns', 'time', 200_000],
    ['4.02 ns', 'time', 4020],
    ['  1e3 ps ', 'time', 1000],
    ['2 µs', 'time', 2e6],
    ['2 us', 'time', 2e6],
    ['1 s', 'time', 1e12],
    ['989 TFLOP/s', 'rate', 989],
    ['989 TFLOPS', 'rate', 989],
    ['4.865 TOPS', 'rate', 4.865],
    ['1 POP/s', 'rate', 1000],
    ['2 GFLOP', 'work', 2e9],
    ['800 MHz', 'frequency', 8e8],
    ['0.29 pJ/bit', 'energyPerByte', 2.32],
    ['127 pJ/B', 'energyPerByte', 127],
    ['3 mJ', 'energy', 3e9],
    ['736.5 mW', 'power', 0.7365],
    ['30 mm2', 'area', 30],
    ['0.390625 mm2/MB', 'areaPerByte', 0.390625e-6],
    ['1 mm2/MiB', 'areaPerByte', 2 ** -20],
    ['0.9 pJ', 'energy', 0.9],
    ['0.277 pJ/bit', 'energyPerByte', 2.216],
    ['0 ns', 'time', 0],
  ])('%s as %s', (text, dimension, value) => {
    expect(parseQuantity(text, dimension)).toBe(value)
  })
})

describe('a text that is no quantity is refused', () => {
  test.each<[string, Dimension]>([
    ['', 'size'],
    ['64', 'size'],
    ['MiB', 'size'],
    ['-1 MiB', 'size'],
    ['NaN MiB', 'size'],
    ['Infinity MiB', 'size'],
    ['1e309 B', 'size'],
    ['1e308 TB', 'size'],
    ['0x10 B', 'size'],
    ['1_000 B', 'size'],
    ['1,5 MB', 'size'],
    ['1.7 TB/s', 'size'],
    ['64 MB please', 'size'],
    ['5 W', 'time'],
    ['100 bytes', 'time'],
    ['1 m', 'time'],
    ['989 TFLOP', 'rate'],
    ['1 mm2', 'areaPerByte'],
    ['1 mm2/MB', 'area'],
    ['0.9 pJ', 'energyPerByte'],
    ['0.277 pJ/bit', 'energy'],
  ])('%j as %s', (text, dimension) => {
    expect(parseQuantity(text, dimension)).toMatchObject({
      expected: expect.stringContaining(expectedQuantity(dimension)),
    })
  })

  test.each<[string, Dimension, string | undefined]>([
    ['64 KB', 'size', '64 kB or 64 KiB'],
    ['64 mib', 'size', '64 Mib or 64 MiB'],
    ['1.7 tb/s', 'bandwidth', '1.7 Tb/s or 1.7 TB/s'],
    ['3 Ns', 'time', '3 ns'],
    ['3 TFLOP/ss', 'rate', '3 TFLOP/s'],
    ['3', 'time', undefined],
    ['3 parsec', 'time', undefined],
  ])('%j as %s suggests %j', (text, dimension, suggestion) => {
    const error = parseQuantity(text, dimension)
    const found = typeof error === 'number' ? 'a number' : error.suggestion
    expect(found?.split(' or ').sort()).toEqual(suggestion?.split(' or ').sort())
  })

  test('the error of a bare number lists the units', () => {
    expect(parseQuantity('200', 'time')).toEqual({
      expected: 'a time with its unit, such as 200 ns (units: ps, ns, us, ms, s)',
    })
  })
})

describe('a quantity is printed for people', () => {
  test.each<[number, Dimension, string]>([
    [47_123_456, 'time', '47.1 us'],
    [999_700, 'time', '1 us'],
    [999_400, 'time', '999 ns'],
    [0, 'time', '0 ps'],
    [3.2e15, 'time', '3200 s'],
    [3_328_000, 'size', '3.33 MB'],
    [1.7, 'bandwidth', '1.7 TB/s'],
    [0.0256, 'bandwidth', '25.6 GB/s'],
    [989, 'rate', '989 TFLOP/s'],
    [3.2768, 'rate', '3.28 TFLOP/s'],
    [8e8, 'frequency', '800 MHz'],
    [-47_123_456, 'time', '-47.1 us'],
    [Number.POSITIVE_INFINITY, 'size', 'unlimited'],
    [Number.NaN, 'time', 'n/a'],
  ])('%d as %s', (value, dimension, text) => {
    expect(formatQuantity(value, dimension)).toBe(text)
  })

  test('sizes have powers of two on request', () => {
    expect(formatQuantity(67_108_864, 'size', 'iec')).toBe('64 MiB')
    expect(formatQuantity(4_718_592, 'size', 'iec')).toBe('4.5 MiB')
    expect(formatQuantity(1023.9, 'size', 'iec')).toBe('1020 B')
  })

  const dimensions: Dimension[] = [
    'time',
    'size',
    'bandwidth',
    'work',
    'rate',
    'frequency',
    'energyPerByte',
    'energy',
    'power',
    'area',
    'areaPerByte',
  ]
  test('printing and reading again stays within half a unit of the third digit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dimensions),
        fc.double({ min: 1e-12, max: 1e18, noNaN: true }),
        fc.constantFrom<'si' | 'iec'>('si', 'iec'),
        (dimension, value, style) => {
          const again = parseQuantity(formatQuantity(value, dimension, style), dimension)
          expect(typeof again).toBe('number')
          expect(Math.abs(Number(again) / value - 1)).toBeLessThanOrEqual(0.005_01)
        },
      ),
    )
  })
})

describe('reading agrees with js-quantities', () => {
  const oracle: [Dimension, string, string[]][] = [
    ['time', 's', ['ps', 'ns', 'us', 'ms', 's']],
    [
      'size',
      'B',
      ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'KiB', 'MiB', 'GiB', 'TiB', 'b', 'kb', 'Mb', 'Gb', 'Kib', 'Mib'],
    ],
    ['bandwidth', 'B/s', ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s', 'GiB/s', 'Gb/s', 'Tb/s']],
    ['frequency', 'Hz', ['Hz', 'kHz', 'MHz', 'GHz']],
    ['energy', 'J', ['pJ', 'nJ', 'uJ', 'mJ', 'J']],
    ['power', 'W', ['mW', 'W']],
  ]
  const baseUnits: Partial<Record<Dimension, number>> = { time: 1e12, bandwidth: 1e-12, energy: 1e12 }

  test.each(oracle)('%s', (dimension, unit, units) => {
    fc.assert(
      fc.property(fc.constantFrom(...units), fc.integer({ min: 1, max: 999_999 }), (name, thousandths) => {
        const number = thousandths / 1000
        const expected = Qty(`${number} ${name}`).to(unit).scalar * (baseUnits[dimension] ?? 1)
        expect(Math.abs(Number(parseQuantity(`${number} ${name}`, dimension)) / expected - 1)).toBeLessThan(
          1e-12,
        )
      }),
    )
  })
})
