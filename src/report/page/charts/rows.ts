// Metrics in the units that charts show: milliseconds, megabytes or gigabytes, millijoules, as in the tables.
import type { Metric } from '../../../sim/result.ts'

const PS_PER_MS = 1e9
const SIZE_UNITS = [
  ['TB', 1e12],
  ['GB', 1e9],
] as const
const MJ_PER_J = 1e3

export const toMs = (ps: number) => ps / PS_PER_MS

interface SizeUnit {
  readonly unit: string
  readonly bytesPerUnit: number
  readonly of: (bytes: number) => number
}

/** The decimal unit in which an axis of sizes up to `mostBytes` is read with the fewest digits: MB at least. */
export function sizeUnit(mostBytes: number): SizeUnit {
  const [unit, bytesPerUnit] = SIZE_UNITS.find(([, each]) => mostBytes >= each) ?? ['MB', 1e6]
  return { unit, bytesPerUnit, of: (bytes) => bytes / bytesPerUnit }
}

export const toMj = (joule: number) => joule * MJ_PER_J

/** The ends of the interval, or the value itself where there is none. */
export function interval({ value, ci95 = 0 }: Metric): { low: number; high: number } {
  return { low: value - ci95, high: value + ci95 }
}

/** Height of a bar and its gap. */
export const BAR_STEP = 30
export const CHART_WIDTH = 760
