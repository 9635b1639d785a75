// A result beside the limits that were set it: each kept, or broken by its value or by the lack of one.
import type { CaseLimit } from '../config/results/check-limits.ts'
import type { RunResult } from '../sim/result.ts'

type LimitVerdict = 'kept' | 'broken'

export interface LimitRow {
  readonly scheduler: string
  /** As written, such as `latency <= 6 ms`. */
  readonly limit: string
  readonly metric: string
  /** Undefined, as `now`, where the scheduler does not report the metric: that breaks the limit. */
  readonly unit: string | undefined
  readonly now: number | undefined
  readonly verdict: LimitVerdict
}

/** A row for each limit, in their order. */
export function judgeLimits(
  limits: readonly CaseLimit[],
  { results }: Pick<RunResult, 'results'>,
): LimitRow[] {
  return limits.map(({ scheduler, limit: { text, metric, isKept } }) => {
    const found = results.find(({ id }) => id === scheduler)?.metrics[metric]
    const verdict = found !== undefined && isKept(found.value) ? 'kept' : 'broken'
    return { scheduler, limit: text.trim(), metric, unit: found?.unit, now: found?.value, verdict }
  })
}
