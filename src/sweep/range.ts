// Ranges of numbers or quantities to their values, each written in the unit of the first.
import { MAX_AXIS_VALUES, type RangeValues } from '../config/sweep-schema.ts'
import { DIMENSIONS, type Dimension, parseQuantity } from '../units.ts'

/** Ends that differ by rounding alone are still reached. */
const SLACK = 1e-9
/** Sums of decimal steps are not decimal: 0.1 + 0.2. */
const DIGITS = 12

/** What is wrong with a range: the key that is, or undefined for the range as a whole. */
export interface RangeFault {
  readonly key: 'from' | 'to' | 'step' | undefined
  readonly expected: string
}

/** Values ascending from `from` to at most `to`, or what is wrong. */
export function rangeOf(range: RangeValues): readonly (number | string)[] | RangeFault {
  const unit = unitOf(range.from)
  if (unit === undefined) return { key: 'from', expected: 'a number, or a quantity with its unit' }
  const from = unit.read(range.from)!
  const to = unit.read(range.to)
  if (to === undefined) return { key: 'to', expected: `in a unit like that of from (${range.from})` }
  if (to <= from) return { key: 'to', expected: `more than from (${range.from})` }
  const step = range.step === undefined ? undefined : unit.read(range.step)
  if (range.step !== undefined && (step === undefined || step <= 0)) {
    return { key: 'step', expected: `more than 0, in a unit like that of from (${range.from})` }
  }
  const ways = [range.step, range.factor, range.count].filter((way) => way !== undefined)
  if (ways.length !== 1) return { key: undefined, expected: 'a range with one of step, factor and count' }
  const { factor, count } = range
  if (factor !== undefined && from <= 0) return { key: 'from', expected: 'more than 0 where factor is given' }
  const at = (i: number) => {
    if (step !== undefined) return from + i * step
    return factor !== undefined ? from * factor ** i : from + (i * (to - from)) / (count! - 1)
  }
  const values: (number | string)[] = []
  for (let i = 0; at(i) <= to * (1 + SLACK); i++) {
    if (i === MAX_AXIS_VALUES)
      return { key: undefined, expected: `a range of at most ${MAX_AXIS_VALUES} values` }
    values.push(unit.write(Number(at(i).toPrecision(DIGITS))))
  }
  return values
}

/** How the numbers of a range are read and written: plain, or as multiples of one unit. */
interface RangeUnit {
  read(bound: number | string): number | undefined
  write(value: number): number | string
}

const PLAIN: RangeUnit = {
  read: (bound) => (typeof bound === 'number' ? bound : undefined),
  write: (value) => value,
}

function unitOf(bound: number | string): RangeUnit | undefined {
  if (typeof bound === 'number') return PLAIN
  const found = splitQuantity(bound)
  if (found === undefined) return undefined
  const { unit, dimension } = found
  const one = parseQuantity(`1 ${unit}`, dimension) as number
  return {
    read(other) {
      const base = typeof other === 'string' ? parseQuantity(other, dimension) : undefined
      return typeof base === 'number' ? Number((base / one).toPrecision(DIGITS)) : undefined
    },
    write: (value) => `${value} ${unit}`,
  }
}

/** A quantity's number, unit and dimension; undefined where the text is none. */
export function splitQuantity(
  text: string,
): { readonly number: number; readonly unit: string; readonly dimension: Dimension } | undefined {
  const dimension = DIMENSIONS.find((candidate) => typeof parseQuantity(text, candidate) === 'number')
  const parts = /^\s*\+?([\d.]+(?:[eE][+-]?\d+)?)\s*(\S+)\s*$/.exec(text)
  if (dimension === undefined || parts === null) return undefined
  return { number: Number(parts[1]), unit: parts[2]!, dimension }
}
