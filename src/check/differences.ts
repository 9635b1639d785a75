// A result beside what was recorded of it: metric by metric, each with its tolerance, in both directions.
import type { RunResult } from '../sim/result.ts'

/** `new`: not recorded; `gone`: recorded, and not there any more. */
type CheckVerdict = 'same' | 'changed' | 'new' | 'gone'

export interface CheckRow {
  readonly scheduler: string
  readonly metric: string
  /** Undefined where the metric is gone. */
  readonly unit: string | undefined
  readonly was: number | undefined
  readonly now: number | undefined
  /** now / was - 1; undefined where one of the two is missing or `was` is 0. */
  readonly change: number | undefined
  /** Relative, 0 to 1. */
  readonly tolerance: number
  readonly verdict: CheckVerdict
}

/** Values by scheduler id and metric. */
export type Recorded = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What is recorded of a result: these metrics, as far as its schedulers report them. */
export function recordedOf(result: RunResult, metrics: readonly string[]): Recorded {
  return Object.fromEntries(
    result.results.map(({ id, metrics: all }) => [
      id,
      Object.fromEntries(
        metrics.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name].value] as const])),
      ),
    ]),
  )
}

/** Rows in the order of the result's schedulers and of `metrics`; what is gone comes last. */
export function compareRecorded(
  recorded: Recorded,
  result: RunResult,
  metrics: readonly string[],
  toleranceOf: (metric: string) => number,
): CheckRow[] {
  const now = recordedOf(result, metrics)
  const unitOf = (id: string, name: string) =>
    result.results.find((known) => known.id === id)?.metrics[name]?.unit
  const ids = [...new Set([...Object.keys(now), ...Object.keys(recorded)])]
  return ids.flatMap((scheduler) => {
    const [own, old] = [now[scheduler] ?? {}, recorded[scheduler] ?? {}]
    const names = [...new Set([...Object.keys(own), ...Object.keys(old)])]
    return names.map((metric) => {
      const tolerance = toleranceOf(metric)
      const row = { scheduler, metric, was: old[metric], now: own[metric], tolerance }
      const change =
        row.was === undefined || row.was === 0 || row.now === undefined ? undefined : row.now / row.was - 1
      return { ...row, unit: unitOf(scheduler, metric), change, verdict: verdictOf(row) }
    })
  })
}

function verdictOf({ was, now, tolerance }: Pick<CheckRow, 'was' | 'now' | 'tolerance'>): CheckVerdict {
  if (was === undefined) return 'new'
  if (now === undefined) return 'gone'
  return Math.abs(now - was) <= tolerance * Math.abs(was) ? 'same' : 'changed'
}
