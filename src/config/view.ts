// A config value to validate: a document, or part of one, with values laid over it by flags and --set.
import type { SourceSpan } from '../errors.ts'
import type { ConfigDocument, Path } from './document.ts'

/** One value set from outside the file. */
export interface Override {
  readonly path: readonly string[]
  readonly value: unknown
  /** What the user wrote, such as `--set hardware.link.bandwidth=96 GB/s`: findings name it as their file. */
  readonly label: string
  /** The value as the user wrote it. */
  readonly written: string
}

/** Where a finding points. */
export interface Place {
  readonly file: string
  readonly span?: SourceSpan | undefined
}

/** What validation looks at: a value, and for every path in it the place and the text it came from. */
export interface ConfigView {
  readonly value: unknown
  place(path: Path, part: 'key' | 'value'): Place
  written(path: Path): string
  /** The part below `path`. */
  at(path: Path): ConfigView
}

/** Lays `overrides` over the part of `document` below `root`. Overrides are relative to that part, in order. */
export function viewOf(
  document: ConfigDocument,
  overrides: readonly Override[] = [],
  root: Path = [],
): ConfigView {
  const value = overrides.reduce(
    (result, o) => withValue(result, o.path, o.value),
    part(document.value, root),
  )
  const covering = (path: Path) => overrides.findLast((o) => startsWith(path.map(String), o.path))
  /** A path whose mapping only an override brought into being, such as the misspelt `linkk` of `linkk.bandwidth`. */
  const leading = (path: Path) => {
    const before = part(document.value, [...root, ...path])
    const isContainer = typeof before === 'object' && before !== null
    return isContainer ? undefined : overrides.findLast((o) => startsWith(o.path, path.map(String)))
  }

  const view = (prefix: Path): ConfigView => ({
    value: part(value, prefix),
    place(path, which) {
      const full = [...prefix, ...path]
      const override = covering(full) ?? leading(full)
      if (override !== undefined) return { file: override.label }
      for (let length = full.length; length >= 0; length--) {
        const span = document.span([...root, ...full.slice(0, length)], which)
        if (span !== undefined) return { file: document.file, span }
      }
      return { file: document.file }
    },
    written(path) {
      const full = [...prefix, ...path]
      const override = covering(full)
      if (override !== undefined) return override.written === '' ? 'nothing' : `"${override.written}"`
      return document.written([...root, ...full]) || 'nothing'
    },
    at: (path) => view([...prefix, ...path]),
  })
  return view([])
}

const startsWith = (path: readonly string[], prefix: readonly string[]) =>
  prefix.length <= path.length && prefix.every((step, i) => path[i] === step)

/** The value at a path; undefined where there is none. */
export function part(value: unknown, path: Path): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined
    current = (current as Readonly<Record<string | number, unknown>>)[step]
  }
  return current
}

/** A copy of `value` with `path` set; undefined removes the key. Mappings are made on the way where there are none. */
function withValue(value: unknown, path: readonly string[], leaf: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return leaf
  if (Array.isArray(value) && /^\d+$/.test(step) && Number(step) < value.length) {
    return value.with(Number(step), withValue(value[Number(step)], rest, leaf))
  }
  const copy: Record<string, unknown> = Object.create(null)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) Object.assign(copy, value)
  const inner = withValue(copy[step], rest, leaf)
  if (inner === undefined) delete copy[step]
  else copy[step] = inner
  return copy
}
