// Applies a zod schema to a config view and turns its issues into findings with file, line and column.
import type * as z from 'zod'
import {
  type Diagnostic,
  type DiagnosticArguments,
  type DiagnosticCode,
  finding,
  nearest,
} from '../errors.ts'
import type { Path } from './document.ts'
import { allowedKeys } from './fields.ts'
import { parseSections } from './parse-sections.ts'
import { type ConfigView, part } from './view.ts'

/** A file of another kind altogether is not worth a finding for each of its keys. */
const MAX_UNKNOWN_KEYS = 20

/** Collects findings about one view. */
export interface Reporter {
  readonly findings: Diagnostic[]
  /** A finding at the value (or key) at `path`. */
  at<C extends DiagnosticCode>(
    code: C,
    path: Path,
    args: DiagnosticArguments[C],
    part?: 'key' | 'value',
    severity?: Diagnostic['severity'],
  ): void
  /** A value that is not what it should be: quoted as written. `example`: lines of a file that would be right. */
  badValue(path: Path, expected: string, suggestion?: string, example?: readonly string[]): void
}

export function reporter(view: ConfigView, what: string): Reporter {
  const findings: Diagnostic[] = []
  const seen = new Set<string>()
  const at: Reporter['at'] = (code, path, args, which = 'value', severity = 'error') => {
    findings.push(finding(code, args, { ...view.place(path, which), severity }))
  }
  return {
    findings,
    at,
    badValue(path, expected, suggestion, example) {
      // A number may break several rules of its field at once: one finding is enough.
      const where = path.length === 0 ? what : pathText(path)
      if (seen.has(where)) return
      seen.add(where)
      const got = view.written(path)
      at('bad-value', path, {
        ...{ where, expected, got },
        ...(suggestion && { suggestion }),
        ...(example && { example }),
      })
    },
  }
}

/** `link.bandwidth`, `channels[2]`. */
function pathText(path: Path): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('')
}

/** The value a schema reads from a view; undefined where there are findings, which go to `report`. */
export function readWith<T extends z.ZodType>(
  schema: T,
  view: ConfigView,
  what: string,
  report: Reporter,
): z.output<T> | undefined {
  const sections = report.findings.length === 0 ? parseSections(schema, view.value) : undefined
  if (sections !== undefined) return sections
  const parsed = schema.safeParse(view.value)
  for (const issue of parsed.error?.issues ?? []) reportIssue(issue, [], view, what, report)
  dropMisspelt(report.findings)
  return parsed.success && report.findings.length === 0 ? parsed.data : undefined
}

/** What each field of a mapping reads, where that field alone is right: for checks across fields in a broken file. */
export function validFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  value: unknown,
): { [K in keyof S]?: z.output<S[K]> } {
  const result: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(schema.shape)) {
    const parsed = (field as z.ZodType).safeParse(part(value, [key]))
    if (parsed.success && parsed.data !== undefined) result[key] = parsed.data
  }
  return result as { [K in keyof S]?: z.output<S[K]> }
}

function reportIssue(
  issue: z.core.$ZodIssue,
  prefix: Path,
  view: ConfigView,
  what: string,
  report: Reporter,
): void {
  const path = [...prefix, ...(issue.path as (string | number)[])]
  const within = path.length === 0 ? what : pathText(path)
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys.slice(0, MAX_UNKNOWN_KEYS))
      unknownKey(path, key, within, allowedKeys(issue.message), report)
    return
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors)
    if (branch !== undefined) {
      for (const inner of branch) reportIssue(inner, path, view, what, report)
      return
    }
  }
  if (path.length > 0 && part(view.value, path) === undefined) {
    const parent = path.slice(0, -1)
    const key = String(path.at(-1))
    const hint = `it is ${issue.message}`
    report.at(
      'missing-key',
      parent,
      { key, within: parent.length === 0 ? what : pathText(parent), hint },
      'key',
    )
    return
  }
  const suggestion = issue.code === 'custom' ? (issue.params?.suggestion as string | undefined) : undefined
  report.badValue(path, issue.message, suggestion ?? nearMiss(issue, part(view.value, path)))
}

/** The alternative of a union that the value was meant to be: it knows most of the value's keys and complains least. */
function meantBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const strangers = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0)
  return branches
    .filter((issues) => issues.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'))
    .toSorted((a, b) => strangers(a) - strangers(b) || a.length - b.length)[0]
}

/** A misspelt key is one mistake, not an unknown key and a missing one. */
function dropMisspelt(findings: Diagnostic[]): void {
  const isMisspelt = (missing: Diagnostic) =>
    missing.code === 'missing-key' &&
    findings.some(
      (d) =>
        d.code === 'unknown-key' &&
        d.args.within === missing.args.within &&
        d.args.suggestion === missing.args.key,
    )
  const kept = findings.filter((d) => !isMisspelt(d))
  findings.splice(0, findings.length, ...kept)
}

function nearMiss(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (issue.code === 'invalid_value') return nearest(value, issue.values.map(String))
  if (issue.code === 'invalid_union' && 'options' in issue)
    return nearest(value, (issue.options as unknown[]).map(String))
  return undefined
}

function unknownKey(path: Path, key: string, within: string, allowed: string[], report: Reporter): void {
  const suggestion = nearest(key, allowed)
  report.at('unknown-key', [...path, key], { key, within, allowed, ...(suggestion && { suggestion }) }, 'key')
}

/**
 * zod passes over `__proto__` in mappings by name. Nothing of ours has such a name, so it is an unknown key there too.
 */
export function reportReserved(value: unknown, path: Path, report: Reporter): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const known = report.findings.some((f) => f.code === 'unknown-key' && f.args.key === key)
    if (['__proto__', 'constructor', 'prototype'].includes(key) && !known) {
      unknownKey(path, key, pathText(path), [], report)
    }
    reportReserved(inner, [...path, Array.isArray(value) ? Number(key) : key], report)
  }
}
