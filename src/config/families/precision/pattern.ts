// Patterns that name modules of a model: globs and simple regular expressions, matched in time linear in the name.

/** One character of a name, and whether it may be repeated or left out. */
interface Step {
  readonly accepts: (char: string) => boolean
  readonly isRepeated: boolean
  readonly isOptional: boolean
}

export interface Pattern {
  /** Each a way to match. */
  readonly ways: readonly (readonly Step[])[]
  /** Where in the name a match may end: `module`: before a dot or at the end. */
  readonly end: 'anywhere' | 'module' | 'end'
}

/** Alternatives multiply: beyond these a pattern is not understood. */
const MOST_WAYS = 64
const MOST_STEPS = 400

const once = (accepts: Step['accepts']): Step => ({ accepts, isRepeated: false, isOptional: false })
const anyChar = (): boolean => true
const only = (char: string) => (other: string) => other === char
const DIGIT = /\d/
const WORD = /\w/

/** `*` is any text, `?` any character; what it matches is a module with all that is in it. */
export function globPattern(text: string): Pattern | undefined {
  if (text.length > MOST_STEPS || text.includes('[')) return undefined
  const steps = [...text.replaceAll(/\*+/g, '*')].map((char): Step => {
    if (char === '*') return { accepts: anyChar, isRepeated: true, isOptional: true }
    return once(char === '?' ? anyChar : only(char))
  })
  return { ways: [steps], end: 'module' }
}

/**
 * A regular expression of characters, classes, `*`, `+` and `?` after one of them, and groups of alternatives, matched
 * from the start of a name. Undefined for anything else: a pattern that is not understood must not be skipped.
 */
export function regexPattern(text: string): Pattern | undefined {
  if (text.length > MOST_STEPS) return undefined
  const short = text.replaceAll(/(?:\.\*){2,}/g, '.*')
  const isClosed = /(?:^|[^\\])(?:\\\\)*\$$/.test(short)
  const parser = new RegexParser(isClosed ? short.slice(0, -1) : short)
  const ways = parser.alternatives()
  if (ways === undefined || !parser.isAtEnd) return undefined
  return { ways, end: isClosed ? 'end' : 'anywhere' }
}

type Ways = readonly (readonly Step[])[]

class RegexParser {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  get isAtEnd(): boolean {
    return this.at === this.text.length
  }

  alternatives(): Ways | undefined {
    const ways: (readonly Step[])[] = []
    do {
      const branch = this.sequence()
      if (branch === undefined || ways.length + branch.length > MOST_WAYS) return undefined
      ways.push(...branch)
    } while (this.takes('|'))
    return ways
  }

  private sequence(): Ways | undefined {
    let ways: Ways = [[]]
    while (!this.isAtEnd && !'|)'.includes(this.text[this.at]!)) {
      const next = this.takes('(') ? this.group() : this.atom()
      if (next === undefined || ways.length * next.length > MOST_WAYS) return undefined
      ways = ways.flatMap((way) => next.map((more) => [...way, ...more]))
    }
    return ways
  }

  private group(): Ways | undefined {
    if (this.text.startsWith('?:', this.at)) this.at += 2
    const ways = this.alternatives()
    if (ways === undefined || !this.takes(')') || this.takes('*') || this.takes('+')) return undefined
    return this.takes('?') ? [...ways, []] : ways
  }

  private atom(): Ways | undefined {
    const accepts = this.character()
    if (accepts === undefined) return undefined
    const isRepeated = /[*+]/.test(this.text[this.at] ?? '')
    const isOptional = /[*?]/.test(this.text[this.at] ?? '')
    if (isRepeated || isOptional) this.at++
    // Lazy or possessive: another way to the same matches.
    if (isRepeated) this.takes('?')
    return [[{ accepts, isRepeated, isOptional }]]
  }

  private character(): Step['accepts'] | undefined {
    const char = this.text[this.at++]!
    if (char === '.') return anyChar
    if (char === '[') return this.class()
    if (char === '\\') {
      const escaped = this.text[this.at++]
      if (escaped === 'd') return (other) => DIGIT.test(other)
      if (escaped === 'w') return (other) => WORD.test(other)
      return escaped !== undefined && !WORD.test(escaped) ? only(escaped) : undefined
    }
    return '*+?{}^$'.includes(char) ? undefined : only(char)
  }

  /** Letters, digits and ranges of them. */
  private class(): Step['accepts'] | undefined {
    const inside = /^((?:\w-\w|[\w.]|\\d)+)\]/.exec(this.text.slice(this.at))
    if (inside === null) return undefined
    this.at += inside[0].length
    const items = [...inside[1]!.matchAll(/\\d|(\w)-(\w)|[\w.]/g)]
    return (char) =>
      items.some(([item, from, to]) => {
        if (item === '\\d') return DIGIT.test(char)
        return from === undefined ? char === item : char >= from && char <= to!
      })
  }

  private takes(char: string): boolean {
    if (this.text[this.at] !== char) return false
    this.at++
    return true
  }
}

export function matches({ ways, end }: Pattern, name: string): boolean {
  return ways.some((way) => endsOf(way, name).some((at) => mayEnd(end, name, at)))
}

function mayEnd(end: Pattern['end'], name: string, at: number): boolean {
  return end === 'anywhere' || at === name.length || (end === 'module' && name[at] === '.')
}

/** The places in the name, ascending, where a match from its start can end. */
function endsOf(way: readonly Step[], name: string): readonly number[] {
  let reached: readonly number[] = [0]
  for (const step of way) {
    reached = step.isRepeated ? afterRun(reached, step, name) : afterOne(reached, step, name)
    if (reached.length === 0) break
  }
  return reached
}

function afterOne(reached: readonly number[], { accepts, isOptional }: Step, name: string): number[] {
  const taken = reached.filter((at) => at < name.length && accepts(name[at]!)).map((at) => at + 1)
  return isOptional ? [...new Set([...reached, ...taken])].sort((a, b) => a - b) : taken
}

/** From every place as far as the characters are accepted. */
function afterRun(reached: readonly number[], { accepts, isOptional }: Step, name: string): number[] {
  const ends = new Set(isOptional ? reached : [])
  let at = 0
  for (const from of reached) {
    for (at = Math.max(at, from); at < name.length && accepts(name[at]!); at++) ends.add(at + 1)
  }
  return [...ends].sort((a, b) => a - b)
}
