// Quantities as people write them ("1.7 TB/s", "64 MiB", "200 ns") to base units and back.
import { nearest } from './errors.ts'

/**
 * What a quantity measures, and its base unit: time ps, size bytes, bandwidth bytes/ps, work FLOP, rate FLOP/ps,
 * frequency Hz, energyPerByte pJ/B, energy pJ, power W, area mm2, areaPerByte mm2/B.
 */
export type Dimension =
  | 'time'
  | 'size'
  | 'bandwidth'
  | 'work'
  | 'rate'
  | 'frequency'
  | 'energyPerByte'
  | 'energy'
  | 'power'
  | 'area'
  | 'areaPerByte'

/** Why a text is no quantity: what was expected instead, and the unit that was probably meant. */
export interface QuantityError {
  readonly expected: string
  readonly suggestion?: string
}

/** A unit is 10^ten * 2^two base units, so that a parsed value is the double nearest to what was written. */
interface Unit {
  readonly ten: number
  readonly two: number
}

interface DimensionTable {
  readonly noun: string
  readonly example: string
  readonly units: ReadonlyMap<string, Unit>
  /** Units that output uses, ascending. */
  readonly display: readonly string[]
  readonly displayIec?: readonly string[]
}

const DECIMAL = { '': 0, k: 3, M: 6, G: 9, T: 12, P: 15 }
const BINARY = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50 }

/** All of `symbols` with every decimal prefix and, for bytes and bits, every binary one. */
function prefixed(symbols: Readonly<Record<string, Unit>>, binary: boolean): Map<string, Unit> {
  const units = new Map<string, Unit>()
  for (const [symbol, unit] of Object.entries(symbols)) {
    for (const [prefix, ten] of Object.entries(DECIMAL)) {
      units.set(prefix + symbol, { ten: unit.ten + ten, two: unit.two })
    }
    if (!binary) continue
    for (const [prefix, two] of Object.entries(BINARY)) {
      units.set(prefix + symbol, { ten: unit.ten, two: unit.two + two })
    }
  }
  return units
}

const listed = (units: Readonly<Record<string, number>>): Map<string, Unit> =>
  new Map(Object.entries(units).map(([name, ten]) => [name, { ten, two: 0 }]))

const table: Readonly<Record<Dimension, DimensionTable>> = {
  time: {
    noun: 'a time',
    example: '200 ns',
    units: listed({ ps: 0, ns: 3, us: 6, µs: 6, μs: 6, ms: 9, s: 12 }),
    display: ['ps', 'ns', 'us', 'ms', 's'],
  },
  size: {
    noun: 'a size',
    example: '64 MiB',
    units: prefixed({ B: { ten: 0, two: 0 }, b: { ten: 0, two: -3 } }, true),
    display: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'],
    displayIec: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'],
  },
  bandwidth: {
    noun: 'a bandwidth',
    example: '1.7 TB/s',
    units: prefixed({ 'B/s': { ten: -12, two: 0 }, 'b/s': { ten: -12, two: -3 } }, true),
    display: ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s', 'PB/s'],
    displayIec: ['B/s', 'KiB/s', 'MiB/s', 'GiB/s', 'TiB/s', 'PiB/s'],
  },
  work: {
    noun: 'an amount of work',
    example: '2 GFLOP',
    units: prefixed({ FLOP: { ten: 0, two: 0 } }, false),
    display: ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP'],
  },
  rate: {
    noun: 'a compute rate',
    example: '989 TFLOP/s',
    units: prefixed(
      Object.fromEntries(['FLOP/s', 'FLOPS', 'OP/s', 'OPS'].map((name) => [name, { ten: -12, two: 0 }])),
      false,
    ),
    display: ['FLOP/s', 'kFLOP/s', 'MFLOP/s', 'GFLOP/s', 'TFLOP/s', 'PFLOP/s'],
  },
  frequency: {
    noun: 'a frequency',
    example: '800 MHz',
    units: listed({ Hz: 0, kHz: 3, MHz: 6, GHz: 9 }),
    display: ['Hz', 'kHz', 'MHz', 'GHz'],
  },
  energyPerByte: {
    noun: 'an energy per bit or byte',
    example: '0.29 pJ/bit',
    units: new Map(
      Object.entries({ fJ: -3, pJ: 0, nJ: 3 }).flatMap(([energy, ten]): [string, Unit][] => [
        [`${energy}/B`, { ten, two: 0 }],
        [`${energy}/bit`, { ten, two: 3 }],
        [`${energy}/b`, { ten, two: 3 }],
      ]),
    ),
    display: ['fJ/B', 'pJ/B', 'nJ/B'],
  },
  energy: {
    noun: 'an energy',
    example: '3 mJ',
    units: listed({ pJ: 0, nJ: 3, uJ: 6, µJ: 6, μJ: 6, mJ: 9, J: 12 }),
    display: ['pJ', 'nJ', 'uJ', 'mJ', 'J'],
  },
  power: { noun: 'a power', example: '60 W', units: listed({ mW: -3, W: 0 }), display: ['mW', 'W'] },
  area: { noun: 'an area', example: '30 mm2', units: listed({ mm2: 0 }), display: ['mm2'] },
  areaPerByte: {
    noun: 'an area per size',
    example: '0.39 mm2/MB',
    units: new Map(
      Object.entries({
        'mm2/MB': { ten: -6, two: 0 },
        'mm2/kB': { ten: -3, two: 0 },
        'mm2/B': { ten: 0, two: 0 },
        'mm2/MiB': { ten: 0, two: -20 },
        'mm2/KiB': { ten: 0, two: -10 },
      }),
    ),
    display: ['mm2/MB'],
  },
}

/** All of them, in a fixed order. No unit belongs to two. */
export const DIMENSIONS = Object.keys(table) as readonly Dimension[]

const scale = (unit: Unit, digits: string): number => {
  // The decimal part is left to Number(), which rounds once; the power of two is exact.
  const [mantissa, exponent = '0'] = digits.toLowerCase().split('e')
  return Number(`${mantissa}e${Number(exponent) + unit.ten}`) * 2 ** unit.two
}

/** What a quantity of this dimension looks like, for error texts: "a time with its unit, such as 200 ns (ps, ns ...)". */
export function expectedQuantity(dimension: Dimension): string {
  const { noun, example, units } = table[dimension]
  return `${noun} with its unit, such as ${example} (units: ${[...units.keys()].filter((u) => !/[µμ]/.test(u)).join(', ')})`
}

/** A quantity of this dimension, such as `200 ns`. */
export const exampleQuantity = (dimension: Dimension): string => table[dimension].example

/**
 * A quantity that `parseQuantity` reads as exactly this value, in the largest unit of output in which it is at least 1:
 * `288 GB/s`, `3334 ps`. Infinity is `unlimited`.
 */
export function exactQuantity(value: number, dimension: Dimension): string {
  if (value === Number.POSITIVE_INFINITY) return 'unlimited'
  const { units, display } = table[dimension]
  const written = [...units].flatMap(([name, { ten, two }]) => {
    const text = `${Number((value / 2 ** two / 10 ** ten).toPrecision(15))} ${name}`
    const isExact = display.includes(name) && parseQuantity(text, dimension) === value
    return isExact ? [{ text, size: 2 ** two * 10 ** ten }] : []
  })
  const fitting = written.filter(({ size }) => size <= value)
  const best = fitting.length > 0 ? fitting : written.slice(0, 1)
  const largest = best.toSorted((a, b) => b.size - a.size)[0]
  const [base] = [...units].find(([, { ten, two }]) => ten === 0 && two === 0)!
  return largest?.text ?? `${value} ${base}`
}

/** Reads a quantity that is not negative. Returns base units, or what is wrong; never NaN or Infinity. */
export function parseQuantity(text: string, dimension: Dimension): number | QuantityError {
  const parts = /^\s*\+?(\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)\s*(\S*)\s*$/.exec(text)
  if (parts === null) return { expected: expectedQuantity(dimension) }
  const [, digits = '', name = ''] = parts
  const { units } = table[dimension]
  const unit = units.get(name)
  if (unit === undefined) {
    const expected = expectedQuantity(dimension)
    const guess = nearestUnit(name, [...units.keys()])
    return guess === undefined
      ? { expected }
      : { expected, suggestion: guess.map((u) => `${digits} ${u}`).join(' or ') }
  }
  const value = scale(unit, digits)
  if (Number.isFinite(value)) return value
  return { expected: `${expectedQuantity(dimension)}, within the range of numbers` }
}

/** Units that a wrong one may have meant: same letters in another case, kB and KiB for KB, or a slip of the hand. */
function nearestUnit(name: string, units: readonly string[]): string[] | undefined {
  if (name === '') return undefined
  const kilo = /^K([Bb].*)$/.exec(name)
  if (kilo && units.includes(`k${kilo[1]}`)) return [`k${kilo[1]}`, `Ki${kilo[1]}`]
  const sameLetters = units.filter((unit) => unit.toLowerCase() === name.toLowerCase())
  if (sameLetters.length > 0) return sameLetters
  const near = nearest(name, units)
  return near === undefined ? undefined : [near]
}

/**
 * A quantity for people, three significant digits: `47.1 us`, `3.33 MB`, `1.7 TB/s`. Sizes and bandwidths use
 * powers of ten unless `style` is `iec` (`64 MiB`). Infinity is `unlimited`; NaN is `n/a`.
 */
export function formatQuantity(value: number, dimension: Dimension, style: 'si' | 'iec' = 'si'): string {
  if (Number.isNaN(value)) return 'n/a'
  if (value === Number.POSITIVE_INFINITY) return 'unlimited'
  if (value === Number.NEGATIVE_INFINITY) return '-unlimited'
  const { units, display, displayIec } = table[dimension]
  const names = style === 'iec' && displayIec ? displayIec : display
  const step = names === displayIec ? 1024 : 1000
  let shown = ''
  for (const [i, name] of names.entries()) {
    const unit = units.get(name) as Unit
    const scaled = Number((value / 2 ** unit.two / 10 ** unit.ten).toPrecision(3))
    shown = `${scaled} ${name}`
    // 999.7 ns rounds to 1000 and belongs to the next unit.
    if (Math.abs(scaled) < step || i === names.length - 1) break
  }
  return shown
}
