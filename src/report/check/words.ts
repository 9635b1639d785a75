// What a check found, in words.
import type { CheckRow } from '../../check/differences.ts'
import type { CheckResult } from '../../check/run-check.ts'

/** `12 of 15 values as recorded, 3 not`. */
export function summaryOf({ cases }: CheckResult): string {
  const rows = cases.flatMap((one) => one.rows)
  const same = rows.filter(({ verdict }) => verdict === 'same').length
  const rest = rows.length === same ? '' : `, ${rows.length - same} not`
  return `${same} of ${rows.length} values as recorded${rest}`
}

/** What changed, in words: `latency 30 ps -> 33 ps (+10 %, tolerance 2 %)`. */
export function tellRow({ metric, unit, was, now, change, tolerance, verdict }: CheckRow): string {
  const amount = (value: number | undefined) =>
    value === undefined ? 'nothing' : `${value} ${unit ?? ''}`.trim()
  const relative = change === undefined ? verdict : `${signedPercent(change)} %`
  return `${metric} ${amount(was)} -> ${amount(now)} (${relative}, tolerance ${percentText(tolerance)} %)`
}

/** A share in percent, without the sign of it. */
export const percentText = (share: number) => `${Number((100 * share).toPrecision(3))}`
export const signedPercent = (change: number) =>
  change > 0 ? `+${percentText(change)}` : percentText(change)
