// Metrics in the units that charts show: milliseconds, megabytes, millijoules, as in the tables.
import type { Metric } from '../../../sim/result.ts'

const PS_PER_MS = 1e9
const BYTES_PER_MB = 1e6
const MJ_PER_J = 1e3

export const toMs = (ps: number) => ps / PS_PER_MS
export const toMB = (bytes: number) => bytes / BYTES_PER_MB
export const toMj = (joule: number) => joule * MJ_PER_J

/** The ends of the interval, or the value itself where there is none. */
export function interval({ value, ci95 = 0 }: Metric): { low: number; high: number } {
  return { low: value - ci95, high: value + ci95 }
}

/** Height of a bar and its gap. */
export const BAR_STEP = 30
export const CHART_WIDTH = 760
