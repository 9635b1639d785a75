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
  readonly worstAbsErrorPct: number
  /** Mean error with its sign: above 0 our times are too long. */
  readonly biasPct: number
  readonly worstRow: string
  /** Within both limits; true where there are none. */
  readonly pass: boolean
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
  const absolute = details.map(({ errorPct }) => Math.abs(errorPct))
  const worst = details.reduce((a, b) => (Math.abs(b.errorPct) > Math.abs(a.errorPct) ? b : a), first)
  const meanAbsErrorPct = mean(absolute)
  const worstAbsErrorPct = Math.abs(worst.errorPct)
  const keeps = (value: number, limit: number | null) => limit === null || value <= limit + ROUNDING_PCT
  return {
    ...spec,
    details,
    rows: details.length,
    meanAbsErrorPct,
    worstAbsErrorPct,
    biasPct: mean(details.map(({ errorPct }) => errorPct)),
    worstRow: worst.row,
    pass: keeps(meanAbsErrorPct, spec.limitMeanPct) && keeps(worstAbsErrorPct, spec.limitWorstPct),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
