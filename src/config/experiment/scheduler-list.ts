// The schedulers of an experiment: text or mapping to canonical choices, duplicates refused.
import { type Diagnostic, nearest } from '../../errors.ts'
import type { Compat } from '../../hardware/package.ts'
import { type RawScheduler, splitSchedulerText } from '../../schedulers/options.ts'
import { misfitOf, resolveScheduler } from '../../schedulers/table.ts'
import type { Reporter } from '../validate.ts'
import { type ConfigView, part } from '../view.ts'
import type { Experiment, SchedulerChoice } from './experiment.ts'

const FORM = 'a scheduler such as fse-dp, fse-dp:paired=true or {name: fse-dp, paired: true}'

/** `name:option=value`, `{name: fse-dp, paired: true}` or `{fse-dp: {paired: true}}`. */
function rawScheduler(value: unknown): RawScheduler | undefined {
  if (typeof value === 'string') return splitSchedulerText(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  const named = entries.find(([key]) => key === 'name')?.[1]
  if (typeof named === 'string')
    return { name: named, options: withoutPrototype(entries.filter(([key]) => key !== 'name')) }
  const [only] = entries
  if (only === undefined || entries.length > 1) return undefined
  const [name, options] = only
  if (options === null) return { name, options: {} }
  return typeof options === 'object' && !Array.isArray(options)
    ? { name, options: withoutPrototype(Object.entries(options)) }
    : undefined
}

/** So that an option called `__proto__` stays an (unknown) option. */
function withoutPrototype(entries: [string, unknown][]): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null)
  for (const [key, value] of entries) result[key] = value
  return result
}

/** Lists without findings, by the value that they were written as: the points of a sweep mostly share one. */
const readLists = new WeakMap<
  object,
  { readonly compat: Compat; readonly choices: readonly SchedulerChoice[] }
>()

/** Resolves the list under `schedulers`; findings go to `report`. */
export function readSchedulers(
  list: readonly unknown[],
  compat: Compat,
  view: ConfigView,
  report: Reporter,
): readonly SchedulerChoice[] {
  const written = part(view.value, ['schedulers'])
  if (!Array.isArray(written)) return resolveList(list, compat, view, report)
  const known = readLists.get(written)
  if (known?.compat === compat) return known.choices
  const before = report.findings.length
  const choices = resolveList(list, compat, view, report)
  if (report.findings.length === before) readLists.set(written, { compat, choices })
  return choices
}

function resolveList(
  list: readonly unknown[],
  compat: Compat,
  view: ConfigView,
  report: Reporter,
): SchedulerChoice[] {
  const choices: SchedulerChoice[] = []
  for (const i of list.keys()) {
    const path = ['schedulers', i]
    // The value as written: zod's copy of a mapping lacks a `__proto__` that is to be refused.
    const value = part(view.value, path)
    const raw = rawScheduler(value)
    if (raw === undefined) {
      report.badValue(path, FORM)
      continue
    }
    const { resolved, findings } = resolveScheduler(raw, compat)
    const place = view.place(path, 'value')
    report.findings.push(...findings.map((f) => ({ ...f, file: place.file, span: place.span })))
    if (resolved === undefined) continue
    if (choices.some((choice) => choice.id === resolved.id)) {
      const what = `scheduler ${resolved.id} is listed twice`
      report.at('conflict', path, { what, hint: 'list it once, or with other options' })
    } else choices.push(resolved)
  }
  return choices
}

/** What schedulers of an experiment ask of hardware that does not have it, each where it is written. */
export function misfitsOf(
  { schedulers, hardware, model }: Pick<Experiment, 'schedulers' | 'hardware' | 'model'>,
  view: ConfigView,
): Diagnostic[] {
  return schedulers.flatMap((choice, i) => {
    const misfit = misfitOf(choice, { hardware, model })
    const { file, span } = view.place(['schedulers', i], 'value')
    return misfit === undefined ? [] : [{ ...misfit, file, span }]
  })
}

interface BaselineContext {
  readonly view: ConfigView
  readonly report: Reporter
}

/** Id of the baseline named `text`, by default the first of `choices`. A finding where it is not one of them. */
export function readBaseline(
  text: string | undefined,
  choices: readonly SchedulerChoice[],
  compat: Compat,
  { view, report }: BaselineContext,
): string | undefined {
  const ids = choices.map((choice) => choice.id)
  if (text === undefined) return ids[0]
  const place = view.place(['baseline'], 'value')
  // A list from the command line replaces the file's list and with it the baseline that belonged to it.
  const isReplaced = place.span !== undefined && view.place(['schedulers'], 'value').file !== place.file
  if (isReplaced) return ids[0]
  const raw = splitSchedulerText(text)
  const id = raw && resolveScheduler(raw, compat).resolved?.id
  if (id !== undefined && ids.includes(id)) return id
  const suggestion = nearest(text, ids)
  report.at('unknown-name', ['baseline'], {
    kind: 'baseline',
    name: text,
    allowed: ids,
    ...(suggestion && { suggestion }),
  })
  return undefined
}
