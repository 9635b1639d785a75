// Which results of a sweep are shown: those within limits, and of them the best by a metric.
import { type Limit, limitableMetrics, readLimit } from '../config/limits.ts'
import { type Diagnostic, fail, nearest, UserError } from '../errors.ts'
import type { PointScheduler } from '../run/point-record.ts'
import type { MergedPoint, MergedSweep } from './merge.ts'
import { failWithout, isMoreBetter } from './pareto.ts'

export interface Ranking {
  readonly metric: string
  /** So many rows, the best first. */
  readonly top: number
}

/** Throws UserError with all that is wrong with any of them. */
export function readLimits(texts: readonly string[], file: string): Limit[] {
  const read = texts.map((text) => readLimit(text, { file }))
  const findings = read.filter((one): one is Diagnostic => 'code' in one)
  if (findings.length > 0) throw new UserError(findings)
  return read.filter((one): one is Limit => 'metric' in one)
}

/** Of `--top 3 --by latency`. Throws UserError. */
export function readRanking(top: string | undefined, by: string | undefined): Ranking | undefined {
  if (top === undefined && by === undefined) return undefined
  if (top === undefined || by === undefined) {
    fail('usage', { what: '--top and --by go together', hint: 'such as --top 10 --by latency' })
  }
  if (!/^[1-9]\d{0,6}$/.test(top))
    fail('usage', { what: `--top must be a whole number from 1, got "${top}"` })
  const allowed = limitableMetrics()
  if (!allowed.includes(by)) {
    const suggestion = nearest(by, allowed)
    const args = { kind: 'metric', name: by, allowed, ...(suggestion && { suggestion }) }
    fail('unknown-name', args, { file: `--by ${by}` })
  }
  return { metric: by, top: Number(top) }
}

/** The same sweep without results that break a limit, and without points of which then nothing is left. */
export function within(merged: MergedSweep, limits: readonly Limit[]): MergedSweep {
  if (limits.length === 0) return merged
  const isKept = ({ metrics }: PointScheduler) =>
    limits.every(({ metric, isKept }) => metrics[metric] !== undefined && isKept(metrics[metric].value))
  return {
    ...merged,
    async *points() {
      for await (const point of merged.points()) {
        const results = point.record.results.filter(isKept)
        if (results.length > 0) yield { ...point, record: { ...point.record, results } }
      }
    },
  }
}

/** The best rows in their order, a scheduler at a point each; of equal ones those that come first. */
export function ranked(merged: MergedSweep, { metric, top }: Ranking): MergedSweep {
  const sign = isMoreBetter(metric) ? -1 : 1
  return {
    ...merged,
    async *points() {
      const best: { readonly cost: number; readonly point: MergedPoint }[] = []
      const keepBest = () => {
        best.sort((a, b) => a.cost - b.cost)
        best.splice(top)
      }
      let results = 0
      for await (const point of merged.points()) {
        const rows = point.record.results.flatMap((result) => {
          const value = result.metrics[metric]?.value
          const row = { ...point, record: { ...point.record, results: [result] } }
          return value === undefined ? [] : [{ cost: sign * value, point: row }]
        })
        results += point.record.results.length
        best.push(...rows)
        // Not at every point: what is sorted each time is at most half of it in order already.
        if (best.length >= 2 * top) keepBest()
      }
      keepBest()
      if (best.length === 0 && results > 0) failWithout([metric])
      for (const { point } of best) yield point
    },
  }
}

/** How many results, schedulers at points, there are. */
export async function countResults(merged: MergedSweep): Promise<number> {
  let count = 0
  for await (const { record } of merged.points()) count += record.results.length
  return count
}
