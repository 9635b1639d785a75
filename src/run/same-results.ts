// Schedulers of one run whose options differ and whose numbers do not: the run says so, whatever the reason is.
import { type Diagnostic, finding } from '../errors.ts'
import type { RunResult, SchedulerResult } from '../sim/result.ts'

/** One warning for each scheduler that came out like an earlier one of the list. */
export function sameResults({ results }: Pick<RunResult, 'results'>): Diagnostic[] {
  return results.flatMap((result, at) => {
    const like = results.slice(0, at).find((earlier) => differInOptionsAlone(earlier, result))
    if (like === undefined) return []
    const what = `${result.id} has the same numbers as ${like.id}: what differs in their options changes nothing in this run`
    return [finding('conflict', { what }, { severity: 'warning' })]
  })
}

function differInOptionsAlone(one: SchedulerResult, other: SchedulerResult): boolean {
  const areAlike = (of: (result: SchedulerResult) => unknown) =>
    JSON.stringify(of(one)) === JSON.stringify(of(other))
  if (one.scheduler !== other.scheduler || areAlike(({ options }) => options)) return false
  return areAlike(({ metrics, layers }) => [metrics, layers])
}
