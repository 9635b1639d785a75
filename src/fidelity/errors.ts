// Error arithmetic: from numbers of the reference and ours to a table's errors and verdict.
import { invariant } from '../errors.ts'
import type { TableSpec } from './tables.ts'

export interface FidelityRow {
  readonly row: string
  readonly reference: number
  readonly ours: number
  readonly errorPct: number
}

export interface FidelityTable extends TableSpec {
  /** Every row, in the order of the reference. */
  readonly details: readonly FidelityRow[]
  readonly rows: number
  readonly meanAbsErrorPct: number
  readonly medianAbsErrorPct: number
  readonly p90AbsErrorPct: number
  readonly worstAbsErrorPct: number
  /** Mean error with its sign: above 0 our times are too long. */
  readonly biasPct: number
  readonly worstRow: string
  /** Within all limits; absent where there are none. */
  readonly pass?: boolean
}

/** What is left of a division of equal numbers, not an error. */
const ROUNDING_PCT = 1e-9

export function compared(row: string, reference: number, ours: number): FidelityRow {
  invariant(
    reference > 0 && Number.isFinite(ours),
    () => `${row}: ${ours} cannot be compared with ${reference}`,
  )
  return { row, reference, ours, errorPct: 100 * (ours / reference - 1) }
}

export function summarize(spec: TableSpec, details: readonly FidelityRow[]): FidelityTable {
  const first = details[0]
  invariant(first !== undefined, () => `table ${spec.name} has no rows`)
  const absolute = details.map(({ errorPct }) => Math.abs(errorPct)).sort((a, b) => a - b)
  const worst = details.reduce((a, b) => (Math.abs(b.errorPct) > Math.abs(a.errorPct) ? b : a), first)
  const errors = {
    meanAbsErrorPct: mean(absolute),
    medianAbsErrorPct: quantile(absolute, 0.5),
    p90AbsErrorPct: quantile(absolute, 0.9),
    worstAbsErrorPct: Math.abs(worst.errorPct),
  }
  const kept = limitsOf(spec, errors).map(({ value, limit }) => value <= limit + ROUNDING_PCT)
  return {
    ...spec,
    details,
    rows: details.length,
    ...errors,
    biasPct: mean(details.map(({ errorPct }) => errorPct)),
    worstRow: worst.row,
    ...(kept.length > 0 && { pass: !kept.includes(false) }),
  }
}

type Errors = Pick<
  FidelityTable,
  'meanAbsErrorPct' | 'medianAbsErrorPct' | 'p90AbsErrorPct' | 'worstAbsErrorPct'
>

/** The limits that a table has, each with the error that must keep it. */
export function limitsOf(
  spec: TableSpec,
  errors: Errors,
): { readonly what: string; readonly value: number; readonly limit: number }[] {
  const all = [
    { what: 'mean error', value: errors.meanAbsErrorPct, limit: spec.limitMeanPct },
    { what: 'median error', value: errors.medianAbsErrorPct, limit: spec.limitMedianPct },
    { what: '90th percentile', value: errors.p90AbsErrorPct, limit: spec.limitP90Pct },
    { what: 'worst error', value: errors.worstAbsErrorPct, limit: spec.limitWorstPct },
  ]
  return all.flatMap(({ what, value, limit }) => (limit === null ? [] : [{ what, value, limit }]))
}

/** Between the two nearest of ascending values, in proportion. */
function quantile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1)
  const below = ascending[Math.floor(place)]!
  return below + (place - Math.floor(place)) * (ascending[Math.ceil(place)]! - below)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
