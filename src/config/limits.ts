// Limits on metrics of results, such as `latency <= 6 ms` and `speedup >= 1.2`, for sweeps and checks.
import { type Diagnostic, finding, nearest } from '../errors.ts'
import { METRICS } from '../sim/metrics/metrics.ts'
import { type Dimension, expectedQuantity, parseQuantity } from '../units.ts'
import type { Place } from './view.ts'

export interface Limit {
  /** As written. */
  readonly text: string
  readonly metric: string
  /** `value` in the unit of the metric. */
  isKept(value: number): boolean
}

/** Parts of `area <= 30 mm2`. */
interface Comparison {
  readonly name: string
  readonly sign: string
  readonly limit: string
}

const SIGNS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<=': (value, limit) => value <= limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '>': (value, limit) => value > limit,
}

/** Undefined where the text has not that form. */
export function splitComparison(text: string): Comparison | undefined {
  const parts = /^\s*([\w.]+)\s*(<=|>=|<|>)\s*(.*\S)\s*$/.exec(text)
  if (parts === null) return undefined
  const [, name = '', sign = '', limit = ''] = parts
  return { name, sign, limit }
}

/** Whether `value sign limit` holds. */
export const compares = (value: number, sign: string, limit: number) => SIGNS[sign]!(value, limit)

/** Of a metric's unit: what a limit is written in, and how many of it are one of the metric's. */
const WRITTEN_IN: Readonly<Record<string, { readonly dimension: Dimension; readonly perUnit: number }>> = {
  ps: { dimension: 'time', perUnit: 1 },
  B: { dimension: 'size', perUnit: 1 },
  'B.hop': { dimension: 'size', perUnit: 1 },
  J: { dimension: 'energy', perUnit: 1e12 },
  mm2: { dimension: 'area', perUnit: 1 },
  W: { dimension: 'power', perUnit: 1 },
}

/** Metrics that can be limited. */
export const limitableMetrics = (): string[] => ['speedup', ...Object.keys(METRICS)]

/** A limit on a metric, or what is wrong with it. */
export function readLimit(text: string, place: Place): Limit | Diagnostic {
  const parts = splitComparison(text)
  const bad = (expected: string) =>
    finding('bad-value', { where: 'a limit', expected, got: `"${text}"` }, place)
  if (parts === undefined) return bad('a metric, one of <= >= < >, and a limit, such as latency <= 6 ms')
  const { name, sign, limit } = parts
  const known = limitableMetrics()
  if (!known.includes(name)) {
    const suggestion = nearest(name, known)
    return finding(
      'unknown-name',
      { kind: 'metric', name, allowed: known, ...(suggestion && { suggestion }) },
      place,
    )
  }
  const value = limitValue(limit, METRICS[name]?.unit ?? 'ratio')
  if (typeof value === 'string') return bad(`${name} ${sign} ${value}`)
  return { text, metric: name, isKept: (own) => compares(own, sign, value) }
}

/** In `unit`, or what was expected. */
function limitValue(text: string, unit: string): number | string {
  const written = WRITTEN_IN[unit]
  // A plain number may have the metric's own unit beside it: `throughput >= 900 token/s`.
  if (written === undefined)
    return plainLimit(text.endsWith(` ${unit}`) ? text.slice(0, -unit.length).trim() : text)
  const value = parseQuantity(text, written.dimension)
  return typeof value === 'number' ? value / written.perUnit : expectedQuantity(written.dimension)
}

/** A number, or what was expected. */
export const plainLimit = (text: string): number | string =>
  /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : 'a number'
