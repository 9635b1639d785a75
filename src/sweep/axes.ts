// The axes of a sweep, from the `sweep` key of an experiment file and from --axis texts.
import { type ConfigDocument, type Path, parseConfig } from '../config/document.ts'
import { setOverrides } from '../config/flags.ts'
import { type AxisValues, rangeSchema, type SweepFile, sweepSchema } from '../config/sweep-schema.ts'
import { type Reporter, readWith, reporter } from '../config/validate.ts'
import { type ConfigView, type Place, viewOf } from '../config/view.ts'
import { type Diagnostic, finding, UserError } from '../errors.ts'
import { rangeOf } from './range.ts'

export interface AxisValue {
  readonly value: unknown
  /** As the user would write it. */
  readonly written: string
  /** Where a finding about it points. */
  readonly place: Place
  /** Where a finding about the path of its axis points. */
  readonly keyPlace: Place
}

/** One path into the experiment and what it is set to. */
interface Axis {
  readonly path: string
  readonly values: readonly AxisValue[]
}

/** Axes whose values are taken in step: all have as many. */
export type AxisGroup = readonly Axis[]

/** A constraint as written, and where. */
export interface WrittenConstraint {
  readonly text: string
  readonly place: Place
}

export interface SweepAxes {
  /** The last one varies fastest. */
  readonly groups: readonly AxisGroup[]
  readonly constraints: readonly WrittenConstraint[]
}

/**
 * What a file and the command line say about a sweep. An --axis takes the place of the file's axis of the same path.
 * Throws UserError with all that is wrong, also where there is no axis at all.
 */
export function readAxes(
  document: ConfigDocument,
  sets: readonly string[],
  axisTexts: readonly string[],
): SweepAxes {
  const view = viewOf(document, setOverrides(sets).overrides).at(['sweep'])
  const report = reporter(view, 'sweep')
  const empty: SweepFile = {}
  const file = view.value === undefined ? empty : (readWith(sweepSchema, view, 'sweep', report) ?? empty)
  const written = [
    ...Object.entries(file.axes ?? {}).map(([path, values]) => [
      axisOf(path, values, ['axes', path], view, report),
    ]),
    ...(file.zip ?? []).map((zip, i) => zipOf(zip, ['zip', i], view, report)),
  ]
  const typed = axisTexts.map((text) => typedAxis(text, report.findings))
  const groups = withTyped(written, typed)
  reportRepeated(groups, report.findings)
  if (report.findings.length > 0) throw new UserError(report.findings)
  if (groups.length === 0) {
    const hint = 'list them under sweep: axes: in the file, or give --axis path=v1,v2'
    throw new UserError([finding('usage', { what: 'a sweep needs an axis', hint }, { file: document.file })])
  }
  const constraints = (file.constraints ?? []).map((text, i) => ({
    text,
    place: view.place(['constraints', i], 'value'),
  }))
  return { groups, constraints }
}

function axisOf(path: string, values: AxisValues, at: Path, view: ConfigView, report: Reporter): Axis {
  const keyPlace = view.place(at, 'key')
  if (Array.isArray(values)) {
    const listed = values.map((value, i) => ({
      value: settingOf(path, value),
      written: writtenOf(value),
      place: view.place([...at, i], 'value'),
      keyPlace,
    }))
    return { path, values: listed }
  }
  const range = rangeOf(values)
  if ('expected' in range) {
    report.badValue(range.key === undefined ? at : [...at, range.key], range.expected)
    return { path, values: [] }
  }
  const place = view.place(at, 'value')
  return { path, values: range.map((value) => ({ value, written: String(value), place, keyPlace })) }
}

function zipOf(
  zip: Readonly<Record<string, AxisValues>>,
  at: Path,
  view: ConfigView,
  report: Reporter,
): Axis[] {
  const axes = Object.entries(zip).map(([path, values]) => axisOf(path, values, [...at, path], view, report))
  const lengths = axes.map(({ values }) => values.length)
  if (lengths.some((length) => length !== lengths[0] && length > 0)) {
    const what = `axes taken in step have ${lengths.join(', ')} values`
    report.at('conflict', at, { what, hint: 'give each as many, or list them under axes' })
  }
  return axes
}

/** An axis of the file keeps its place; one that was zipped with others leaves them, as all that are new, for the end. */
function withTyped(written: readonly AxisGroup[], typed: readonly Axis[]): AxisGroup[] {
  const alone = new Set(written.filter((group) => group.length === 1).map(([axis]) => axis!.path))
  const kept = written.map((group) =>
    group.flatMap((axis) => {
      const replacing = typed.filter(({ path }) => path === axis.path)
      if (replacing.length === 0) return [axis]
      return alone.has(axis.path) ? replacing : []
    }),
  )
  const added = typed.filter(({ path }) => !alone.has(path)).map((axis) => [axis])
  return [...kept, ...added].filter((group) => group.length > 0)
}

/** `path=v1,v2`: what stands behind the sign is what would stand between the brackets of a list in YAML. */
function typedAxis(text: string, findings: Diagnostic[]): Axis {
  const label = `--axis ${text}`
  const equals = text.indexOf('=')
  const path = text.slice(0, Math.max(0, equals)).trim()
  const places = { place: { file: label }, keyPlace: { file: label } }
  const usage = (what: string, hint: string) => findings.push(finding('usage', { what, hint }))
  if (equals < 1 || text.slice(equals + 1).trim() === '') {
    const hint = 'it has the form path=v1,v2, such as workload.tokens=64,128'
    usage(`cannot understand "${label}"`, hint)
    return { path, values: [] }
  }
  try {
    const values = parseConfig(label, `[${text.slice(equals + 1)}]`).value as readonly unknown[]
    const range = values.length === 1 ? rangeSchema.safeParse(values[0]) : undefined
    if (range?.success !== true) {
      return {
        path,
        values: values.map((value) => ({
          value: settingOf(path, value),
          written: writtenOf(value),
          ...places,
        })),
      }
    }
    const inRange = rangeOf(range.data)
    if ('expected' in inRange) {
      usage(
        `${label}: ${inRange.key ?? 'it'} must be ${inRange.expected}`,
        'such as {from: 1, to: 8, factor: 2}',
      )
      return { path, values: [] }
    }
    return { path, values: inRange.map((value) => ({ value, written: String(value), ...places })) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    // Positions within the value alone would mislead.
    findings.push(...error.diagnostics.map((d) => ({ ...d, span: undefined })))
    return { path, values: [] }
  }
}

/** One scheduler is a list of one. */
function settingOf(path: string, value: unknown): unknown {
  return path === 'schedulers' && !Array.isArray(value) ? [value] : value
}

function writtenOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ')
  return JSON.stringify(value)
}

function reportRepeated(groups: readonly AxisGroup[], findings: Diagnostic[]): void {
  const seen = new Set<string>()
  for (const { path, values } of groups.flat()) {
    const [first] = values
    if (first === undefined) continue
    if (path.split('.').some((step) => step.trim() === '')) {
      const hint = 'a path has the form hardware.link.bandwidth'
      findings.push(finding('usage', { what: `"${path}" is no path of an axis`, hint }, first.keyPlace))
    }
    if (seen.has(path)) {
      const what = `${path} is an axis twice`
      findings.push(finding('conflict', { what, hint: 'keep one of them' }, first.keyPlace))
    }
    seen.add(path)
  }
}
