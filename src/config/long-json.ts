// A long JSON text as plain values with positions: for documents that would cost the YAML parser seconds and gigabytes.

/** From and to, in characters of the text. */
export type Range = readonly [from: number, to: number]

interface Node {
  readonly value: unknown
  readonly range: Range
  /** Of a mapping or list. */
  readonly entries?: ReadonlyMap<string | number, Entry>
}

interface Entry {
  readonly key?: Range
  readonly node: Node
}

/** Why a text is refused, and where. */
export class JsonFault extends Error {
  readonly range: Range
  readonly duplicate: string | undefined
  constructor(message: string, range: Range, duplicate?: string) {
    super(message)
    this.range = range
    this.duplicate = duplicate
  }
}

export interface JsonDocument {
  readonly value: unknown
  /** Where the key and the value at `path` stand; undefined where there is nothing. */
  locate(path: readonly (string | number)[]): { key?: Range | undefined; node: Range } | undefined
}

const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const WORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null }
const WORD = /true|false|null/y

/** Throws JsonFault at the first thing that is not JSON, a key given twice, or more than `mostValues` values. */
export function readLongJson(text: string, mostValues: number): JsonDocument {
  const root = new Reader(text, mostValues).document()
  return {
    value: root.value,
    locate(path) {
      let found: Entry = { node: root }
      for (const step of path) {
        const next = found.node.entries?.get(step)
        if (next === undefined) return undefined
        found = next
      }
      return { key: found.key, node: found.node.range }
    },
  }
}

class Reader {
  private readonly text: string
  private readonly mostValues: number
  private at = 0
  private values = 0

  constructor(text: string, mostValues: number) {
    this.text = text
    this.mostValues = mostValues
  }

  document(): Node {
    const node = this.node()
    this.skipSpace()
    if (this.at < this.text.length) this.fail('expected nothing after the end of the value')
    return node
  }

  /** Depth is bounded by the caller, who counts brackets. */
  private node(): Node {
    this.skipSpace()
    if (++this.values > this.mostValues) this.fail(`more than ${this.mostValues} values`)
    const from = this.at
    if (this.takes('{')) return this.mapping(from)
    if (this.takes('[')) return this.list(from)
    const string = this.string()
    if (string !== undefined) return { value: string, range: [from, this.at] }
    const number = this.token(NUMBER)
    if (number !== undefined) {
      const value = Number(number)
      // What no number holds stays text, so that no number field takes it.
      return { value: Number.isFinite(value) ? value : number, range: [from, this.at] }
    }
    const word = this.token(WORD)
    if (word === undefined) this.fail('expected a value')
    return { value: WORDS[word], range: [from, this.at] }
  }

  private mapping(from: number): Node {
    const value: Record<string, unknown> = Object.create(null)
    const entries = new Map<string, Entry>()
    while (!this.isEnd('}', entries.size)) {
      this.skipSpace()
      const keyFrom = this.at
      const name = this.string()
      if (name === undefined) this.fail('expected a key in double quotes')
      const key: Range = [keyFrom, this.at]
      if (entries.has(name)) throw new JsonFault(`key "${name}" is given twice`, key, name)
      this.skipSpace()
      if (!this.takes(':')) this.fail('expected a colon')
      const node = this.node()
      entries.set(name, { key, node })
      value[name] = node.value
    }
    return { value, range: [from, this.at], entries }
  }

  private list(from: number): Node {
    const value: unknown[] = []
    const entries = new Map<number, Entry>()
    while (!this.isEnd(']', value.length)) {
      const node = this.node()
      entries.set(value.length, { node })
      value.push(node.value)
    }
    return { value, range: [from, this.at], entries }
  }

  /** Takes the bracket that ends a mapping or list, or the comma before one more entry. */
  private isEnd(bracket: string, entriesBefore: number): boolean {
    this.skipSpace()
    if (this.takes(bracket)) return true
    if (entriesBefore > 0 && !this.takes(',')) this.fail(`expected a comma or ${bracket}`)
    return false
  }

  /** A text in quotes, if one begins here. */
  private string(): string | undefined {
    if (this.text[this.at] !== '"') return undefined
    let end = this.at
    do end = this.text.indexOf('"', end + 1)
    while (end >= 0 && this.isEscaped(end))
    if (end < 0) this.fail('expected an end of the text in quotes')
    try {
      const value: unknown = JSON.parse(this.text.slice(this.at, end + 1))
      this.at = end + 1
      return String(value)
    } catch {
      this.fail('expected a text without control characters and unknown escapes')
    }
  }

  private isEscaped(quote: number): boolean {
    let slash = quote - 1
    while (this.text[slash] === '\\') slash--
    return (quote - slash) % 2 === 0
  }

  private skipSpace(): void {
    this.token(SPACE)
  }

  private token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private takes(char: string): boolean {
    if (this.text[this.at] !== char) return false
    this.at++
    return true
  }

  private fail(message: string): never {
    throw new JsonFault(message, [this.at, this.at + 1])
  }
}
