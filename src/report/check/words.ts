// What a check found, in words.
import type { CheckRow } from '../../check/differences.ts'
import type { LimitRow } from '../../check/limits.ts'
import type { CheckResult } from '../../check/run-check.ts'

/** `12 of 15 values as recorded, 3 not; 2 of 2 limits kept`. */
export function summaryOf({ cases }: CheckResult): string {
  const rows = cases.flatMap((one) => one.rows)
  const limits = cases.flatMap((one) => one.limits)
  const values = tally(rows, 'same', 'values as recorded')
  if (limits.length === 0) return values
  const kept = tally(limits, 'kept', 'limits kept')
  return rows.length === 0 ? kept : `${values}; ${kept}`
}

function tally(rows: readonly { readonly verdict: string }[], good: string, what: string): string {
  const count = rows.filter(({ verdict }) => verdict === good).length
  const rest = rows.length === count ? '' : `, ${rows.length - count} not`
  return `${count} of ${rows.length} ${what}${rest}`
}

/** What changed, in words: `latency 30 ps -> 33 ps (+10 %, tolerance 2 %)`. */
export function tellRow({ metric, unit, was, now, change, tolerance, verdict }: CheckRow): string {
  const amount = (value: number | undefined) =>
    value === undefined ? 'nothing' : `${value} ${unit ?? ''}`.trim()
  const relative = change === undefined ? verdict : `${signedPercent(change)} %`
  return `${metric} ${amount(was)} -> ${amount(now)} (${relative}, tolerance ${percentText(tolerance)} %)`
}

/** What a limit is broken by, in words: `latency 33 ps, limit latency <= 30 ps`. */
export function tellLimit({ metric, unit, now, limit }: LimitRow): string {
  return `${metric} ${now === undefined ? 'nothing' : `${now} ${unit}`}, limit ${limit}`
}

/** A share in percent, without the sign of it. */
export const percentText = (share: number) => `${Number((100 * share).toPrecision(3))}`
export const signedPercent = (change: number) =>
  change > 0 ? `+${percentText(change)}` : percentText(change)
