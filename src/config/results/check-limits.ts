// Limits that a case of a check file sets its schedulers, such as `speedup >= 1.2`, each with where the file has it.
import { type Diagnostic, finding, nearest, UserError } from '../../errors.ts'
import { type Limit, readLimit } from '../limits.ts'
import type { ConfigView, Place } from '../view.ts'
import type { CheckCase } from './check-schema.ts'

export interface CaseLimit {
  /** Id of a scheduler. */
  readonly scheduler: string
  readonly limit: Limit
  /** Of the scheduler's id. */
  readonly place: Place
}

/** Those of case number `index`, in the order of the file; what is no limit goes to `findings`. */
export function readCaseLimits(
  { limits = {} }: CheckCase,
  index: number,
  view: ConfigView,
  findings: Diagnostic[],
): CaseLimit[] {
  return Object.entries(limits).flatMap(([scheduler, texts]) => {
    const path = ['cases', index, 'limits', scheduler]
    const place = view.place(path, 'key')
    return texts.flatMap((text, i): CaseLimit[] => {
      const limit = readLimit(text, view.place([...path, i], 'value'))
      if ('metric' in limit) return [{ scheduler, limit, place }]
      findings.push(limit)
      return []
    })
  })
}

/** Throws UserError where a limit is on a scheduler that its case does not run. */
export function assertSchedulersRun(limits: readonly CaseLimit[], ids: readonly string[]): void {
  const strange = limits.filter(({ scheduler }, i) => {
    const isFirst = limits.findIndex((one) => one.scheduler === scheduler) === i
    return isFirst && !ids.includes(scheduler)
  })
  if (strange.length === 0) return
  throw new UserError(
    strange.map(({ scheduler: name, place }) => {
      const suggestion = nearest(name, ids)
      const args = { kind: 'scheduler of the case', name, allowed: ids }
      return finding('unknown-name', { ...args, ...(suggestion && { suggestion }) }, place)
    }),
  )
}
