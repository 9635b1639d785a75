// Numbers of a reproduction as people read them, by their unit.
import type { Amount, DataColumn } from '../../papers/figure.ts'
import { count, percent, ratio, size, time } from '../cells.ts'

interface Style {
  /** A single number, with its unit. */
  readonly alone: (value: number) => string
  /** Under a header that names the unit, if `header` gives one. */
  readonly cell: (value: number) => string
  readonly header?: string
}

const STYLES: Readonly<Record<string, Style>> = {
  ps: { alone: time, cell: time },
  B: { alone: size, cell: size },
  ratio: { alone: (value) => `${ratio(value)}x`, cell: ratio, header: 'x' },
  share: { alone: (value) => `${percent(value)} %`, cell: percent, header: '%' },
  count: { alone: count, cell: count },
}

/** Three digits, and the unit behind them. */
const styleOf = (unit: string): Style =>
  STYLES[unit] ?? { alone: (value) => `${plain(value)} ${unit}`, cell: plain, header: unit }

const plain = (value: number) => (Number.isInteger(value) ? count(value) : ratio(value))

/** The number, and the half-width of its interval where it has one. */
export function amountText({ value, unit, ci95 }: Amount): string {
  const { alone } = styleOf(unit)
  return ci95 === undefined ? alone(value) : `${alone(value)} ± ${alone(ci95)}`
}

export function dataHeader({ name, unit }: DataColumn): string {
  const header = unit === undefined ? undefined : styleOf(unit).header
  return header === undefined ? name : `${name} [${header}]`
}

export function dataCell(cell: string | number, { unit }: DataColumn): string {
  if (typeof cell === 'string') return cell
  return unit === undefined ? plain(cell) : styleOf(unit).cell(cell)
}
