// Every place of the source that can be broken, and how: an operator, a constant, a bound, a statement.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Mutant {
  /** Below src. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** The line as it is, and as it becomes; empty where it goes. */
  readonly from: string
  readonly to: string
  /** The whole file as it becomes. */
  readonly source: string
}

/** What stands for what. Spaces are part of it: the formatter puts them around operators and nowhere else. */
const SWAPS: readonly (readonly [string, string])[] = [
  [' < ', ' <= '],
  [' <= ', ' < '],
  [' > ', ' >= '],
  [' >= ', ' > '],
  [' === ', ' !== '],
  [' !== ', ' === '],
  [' && ', ' || '],
  [' || ', ' && '],
  [' + ', ' - '],
  [' - ', ' + '],
  [' * ', ' / '],
  [' / ', ' * '],
  [' % ', ' * '],
  [' += ', ' -= '],
  [' -= ', ' += '],
  ['++', '--'],
  ['--', '++'],
  ['Math.min(', 'Math.max('],
  ['Math.max(', 'Math.min('],
  ['Math.floor(', 'Math.ceil('],
  ['Math.ceil(', 'Math.floor('],
  ['.some(', '.every('],
  ['.every(', '.some('],
  [' true', ' false'],
  [' false', ' true'],
  ['(!', '('],
  ['.min(1,', '.min(2,'],
]
/** A whole number that is not part of a name or of a fraction. */
const NUMBER = /(?<![\w.$])(\d{1,6})(?![\w.])/g
/** A call or an assignment alone on its line, perhaps on a condition. */
const STATEMENT =
  /^\s+(?:if \(.*\) )?(?!return\b|throw\b|const\b|let\b|if\b|for\b|while\b|case\b|yield\b|await\b)[\w.!]+(\[[^\]]*\])?!?(\.\w+)*(\(.*\)| [-+*]?= .*|\+\+|--)$/
/** A field of a class with its first value: without it there is no such field, and no program. */
const FIELD = /^ {2}(\w+) = /

const SRC = join(process.cwd(), 'src')

/** Of the files of a folder of src, in the order of their paths. */
export function mutantsBelow(folder: string): Mutant[] {
  const paths = readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
  const files = paths.filter((path) => path.endsWith('.ts')).map((path) => join(folder, path))
  return files.sort().flatMap(mutantsOf)
}

function mutantsOf(file: string): Mutant[] {
  const source = readFileSync(join(SRC, file), 'utf8')
  const lines = source.split('\n')
  const code = codeOnly(source).split('\n')
  return code.flatMap((masked, at) => {
    const from = lines[at]!
    const isField = isFieldOf(masked, code)
    const isElse = /^\s*else\b/.test(code[at + 1] ?? '')
    const broken = [...new Set(brokenLines(masked, from))]
    return broken
      .filter((to) => to !== '' || !(isField || isElse))
      .map((to): Mutant => {
        const source = lines.with(at, to).join('\n')
        return { file, line: at + 1, from: from.trim(), to: to.trim(), source }
      })
  })
}

function isFieldOf(masked: string, code: readonly string[]): boolean {
  const name = FIELD.exec(masked)?.[1]
  return name !== undefined && !code.some((line) => new RegExp(`\\blet (?:.*\\W)?${name}\\b`).test(line))
}

/** `masked`: the line without comments and what strings say, of the same length. */
function* brokenLines(masked: string, line: string): Generator<string> {
  if (/^\s*(import|export type|export interface|interface|type)\b/.test(masked)) return
  // A type alone.
  if (/^\s*(private )?readonly \w+\??: [^=]*$/.test(masked)) return
  // A loop that runs the wrong way never ends, which is noticed and takes long.
  const isLoop = /^\s*for \(/.test(masked)
  for (const [from, to] of SWAPS) {
    if (isLoop && /^(\+\+|--)$/.test(from)) continue
    for (let at = masked.indexOf(from); at >= 0; at = masked.indexOf(from, at + 1)) {
      yield line.slice(0, at) + to + line.slice(at + from.length)
    }
  }
  for (const match of masked.matchAll(NUMBER)) {
    yield line.slice(0, match.index) +
      String(Number(match[1]) + 1) +
      line.slice(match.index + match[1]!.length)
  }
  if (STATEMENT.test(masked)) yield ''
}

/** Comments, patterns and the insides of strings as blanks. */
function codeOnly(source: string): string {
  const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ')
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, blank)
    .replaceAll(/(^|\s)\/\/.*$/gm, blank)
    .replaceAll(
      /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:] ?)\/(?![/*])(?:[^/\\\n]|\\.)+\/[a-z]*/g,
      (text) => (text[0] === '/' ? blank(text) : text[0] + blank(text.slice(1, -1)) + text.at(-1)),
    )
}

export const describe = ({ file, line, from, to }: Mutant): string =>
  `src/${file}:${line}  ${from}  ->  ${to === '' ? '(nothing)' : to}`
