// Diagnostics as data, and the three ways a command can end badly: user error, failed check, bug.
import { visible } from './visible.ts'

/** Where in a text file a finding points. Line and column count from 1; `lineText` is the source line itself. */
export interface SourceSpan {
  readonly line: number
  readonly column: number
  /** Characters the caret underlines, at least 1. */
  readonly length: number
  readonly lineText: string
}

/**
 * What can be wrong with a user's input, each code with its arguments. The text is made by `describe` alone,
 * so that tests and machines look at codes and arguments, never at prose.
 */
export interface DiagnosticArguments {
  /** A file is not YAML / JSON / CSV at all. */
  syntax: { what: string }
  'unknown-key': { key: string; within: string; allowed: readonly string[]; suggestion?: string }
  'duplicate-key': { key: string }
  'missing-key': { key: string; within: string; hint?: string }
  /** A value of the wrong kind or out of range: `got` is shown as written. `example`: lines of a file that would be right. */
  'bad-value': {
    where: string
    expected: string
    got: string
    suggestion?: string
    example?: readonly string[]
  }
  /** Two values that are each fine and cannot be together. */
  conflict: { what: string; hint?: string }
  /** A name that is not in one of the tables (hardware, models, schedulers, options ...). */
  'unknown-name': { kind: string; name: string; allowed: readonly string[]; suggestion?: string }
  /** A file or directory that cannot be read or written. */
  file: { action: 'read' | 'write'; reason: string; hint?: string }
  /** A trace row or file that breaks the rules of its format. */
  trace: { what: string; hint?: string }
  /** The work cannot run on this hardware (memory, SRAM): what it needs and what there is. */
  capacity: { what: string; needs: string; has: string; hint: string }
  /** A command line that cannot be understood. */
  usage: { what: string; hint?: string }
  /** A scheduler of the user's own that throws, or that the machine refuses. */
  scheduler: { what: string }
}

export type DiagnosticCode = keyof DiagnosticArguments

/** One finding about the user's input. */
export type Diagnostic = {
  [C in DiagnosticCode]: {
    readonly code: C
    readonly severity: 'error' | 'warning'
    /** The file (or `--set`, `--scheduler`) the finding is about, if any. */
    readonly file?: string | undefined
    readonly span?: SourceSpan | undefined
    readonly args: DiagnosticArguments[C]
  }
}[DiagnosticCode]

/** Builds an error finding; `at` says where it points. */
export function finding<C extends DiagnosticCode>(
  code: C,
  args: DiagnosticArguments[C],
  at: { file?: string | undefined; span?: SourceSpan | undefined; severity?: 'error' | 'warning' } = {},
): Diagnostic {
  return { code, severity: at.severity ?? 'error', file: at.file, span: at.span, args } as Diagnostic
}

/** Input that cannot run: exit 2, findings printed, no stack. */
export class UserError extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(describe).join('\n'))
    this.name = 'UserError'
    this.diagnostics = diagnostics
  }
}

/** Throws one finding as a `UserError`. */
export function fail<C extends DiagnosticCode>(
  code: C,
  args: DiagnosticArguments[C],
  at: { file?: string | undefined; span?: SourceSpan | undefined } = {},
): never {
  throw new UserError([finding(code, args, at)])
}

/** A check that ran and found a difference: exit 1. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure'
}

/** A broken invariant of moesim itself: exit 3, printed with its stack and a request to report it. */
export class Bug extends Error {
  override readonly name = 'Bug'
}

/** Throws a `Bug` unless `condition` holds. `message` may be a function where building it costs time. */
export function invariant(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new Bug(typeof message === 'string' ? message : message())
}

const suggest = (suggestion: string | undefined) =>
  suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
const because = (hint: string | undefined) => (hint === undefined ? '' : `; ${hint}`)
const listed = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(', '))

/** The one-line text of a finding, without file and position. */
export function describe(d: Diagnostic): string {
  switch (d.code) {
    case 'syntax':
      return d.args.what
    case 'unknown-key':
      return `unknown key "${d.args.key}" in ${d.args.within}; allowed: ${listed(d.args.allowed)}${suggest(d.args.suggestion)}`
    case 'duplicate-key':
      return `key "${d.args.key}" is given twice; keep one of them`
    case 'missing-key':
      return `${d.args.within} needs "${d.args.key}"${because(d.args.hint)}`
    case 'bad-value':
      return `${d.args.where} must be ${d.args.expected}, got ${d.args.got}${suggest(d.args.suggestion)}`
    case 'conflict':
      return `${d.args.what}${because(d.args.hint)}`
    case 'unknown-name':
      return `unknown ${d.args.kind} "${d.args.name}"; known: ${listed(d.args.allowed)}${suggest(d.args.suggestion)}`
    case 'file':
      return `cannot ${d.args.action}: ${d.args.reason}${because(d.args.hint)}`
    case 'trace':
      return `${d.args.what}${because(d.args.hint)}`
    case 'capacity':
      return `${d.args.what} needs ${d.args.needs}; available: ${d.args.has}; ${d.args.hint}`
    case 'usage':
      return `${d.args.what}${because(d.args.hint)}`
    case 'scheduler':
      return d.args.what
  }
}

/** A span that is longer, such as a whole row, is marked at its start. */
const MOST_CARETS = 40

/**
 * A finding as it is printed: `file:line:column severity text`, then the source line and a caret under it, then an example
 * where there is one.
 */
export function render(d: Diagnostic): string {
  const example = d.code === 'bad-value' ? (d.args.example ?? []) : []
  return [framed(d), ...example.map((line) => `  ${visible(line)}`)].join('\n')
}

function framed(d: Diagnostic): string {
  const position = d.span ? `:${d.span.line}:${d.span.column}` : ''
  const head = `${d.file === undefined ? '' : `${visible(d.file)}${position} `}${d.severity}: ${visible(describe(d))}`
  if (!d.span) return head
  // A long line is shown as a window around the caret, so that one-line JSON stays readable.
  const from = Math.max(0, d.span.column - 1 - 60)
  const text = visible(d.span.lineText.slice(from, from + 110).replaceAll('\t', ' '))
  const gutter = `${d.span.line}`.padStart(4)
  const room = text.length - (d.span.column - 1 - from)
  const caret = '^'.repeat(Math.max(1, Math.min(d.span.length, room, MOST_CARETS)))
  return `${head}\n${gutter} | ${text}\n${' '.repeat(gutter.length)} | ${' '.repeat(d.span.column - 1 - from)}${caret}`
}

/** The allowed name nearest to `name` by edit distance, if it is near enough to be a slip. */
export function nearest(name: string, allowed: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of allowed) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current[j] = Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution)
    }
    previous = current
  }
  return previous[b.length]!
}
