// Finds those constants of a hardware file that it states as fitted: the ones with the least error on given rows.
import type { HardwareSpec } from '../../hardware/spec.ts'
import { minimize } from './minimize.ts'

/** A constant of a hardware file that can be searched for. All are positive; those without unit are shares. */
export interface Fittable<H extends HardwareSpec> {
  /** Its place in the file. */
  readonly name: string
  readonly unit: 'us' | 'ns' | ''
  /** Where searches begin, whatever the file says; the loss may have a valley for each. In base units. */
  readonly starts: readonly number[]
  write(hardware: H, value: number): H
}

export interface FoundConstant {
  readonly name: string
  readonly unit: string
  readonly value: number
}

const PS_PER_UNIT = { us: 1e6, ns: 1e3, '': 1 } as const

const TOLERANCE = 1e-3
const MOST_STEPS = 600

/** `loss`: of hardware with its constants replaced. Only what the file states as fitted is searched for. */
export function fitConstants<H extends HardwareSpec>(
  hardware: H,
  fittable: readonly Fittable<H>[],
  loss: (hardware: H) => number,
): FoundConstant[] {
  const fitted = new Set(
    (hardware.constants ?? []).flatMap(({ name, basis }) => (basis === 'fitted' ? [name] : [])),
  )
  const constants = fittable.filter(({ name }) => fitted.has(name))
  if (constants.length === 0) return []
  const value = (i: number, log: number) => {
    const plain = Math.exp(log)
    return constants[i]!.unit === '' ? Math.min(1, plain) : plain
  }
  const lossAt = (logs: readonly number[]) =>
    loss(constants.reduce((spec, constant, i) => constant.write(spec, value(i, logs[i]!)), hardware))
  const ends = startsOf(constants).map((start) => {
    // Once more from what was found: a simplex may have collapsed on its way.
    const first = minimize(lossAt, start, TOLERANCE, MOST_STEPS)
    return minimize(lossAt, first.at, TOLERANCE, MOST_STEPS)
  })
  const best = ends.reduce((a, b) => (b.value < a.value ? b : a))
  return constants.map(({ name, unit }, i) => ({
    name,
    unit,
    value: value(i, best.at[i]!) / PS_PER_UNIT[unit],
  }))
}

/** Every combination of starts, as logarithms. */
function startsOf(constants: readonly { readonly starts: readonly number[] }[]): number[][] {
  return constants.reduce<number[][]>(
    (combinations, { starts }) =>
      combinations.flatMap((before) => starts.map((start) => [...before, Math.log(start)])),
    [[]],
  )
}

/** Small errors pull harder than large ones: rows that an implementation's tuning spoils should not bend the rest. */
const SOFT_ERROR = 0.08

/** Mean over rows of |log(ours / measured)| and of its saturating form; 0 without rows. */
export function meanLoss<T>(
  rows: readonly T[],
  ours: (row: T) => number,
  measured: (row: T) => number,
): number {
  if (rows.length === 0) return 0
  const sum = rows.reduce((total, row) => {
    const error = Math.abs(Math.log(ours(row) / measured(row)))
    return total + error / (error + SOFT_ERROR) + error
  }, 0)
  return sum / rows.length
}
