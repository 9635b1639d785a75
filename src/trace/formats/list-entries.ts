// Splits a JSON object of flat lists into its entries while it streams in, so that only one entry is held at a time.
import { shown } from '../expectation.ts'
import type { Findings } from '../findings.ts'

/** One `"key": [...]` of the object, the list as JSON gives it. */
export interface ListEntry {
  readonly key: string
  readonly list: readonly unknown[]
}

/** Longest entry: a list of as many ids as a model has experts stays far below. */
const MAX_ENTRY_CHARACTERS = 2 ** 20

const SHOWN_CHARACTERS = 40

/** A key without escapes and a list without lists; whatever else stands here is not of the layout. */
const ENTRY = /"([^"\\]*)"\s*:\s*(\[[^[\]]*\])/y

const WANTED = {
  opening: '"{"',
  'first entry': '"<key>": [numbers]',
  entry: '"<key>": [numbers]',
  separator: '"," or "}"',
  nothing: 'the end of the file',
}

/** What must come next. */
type Expected = keyof typeof WANTED

/**
 * Yields the entries of `{"key": [..], "key": [..], ...}` in the order of the file, some at a time. Unlike JSON.parse it
 * keeps their order and their repetitions. Ends the file, naming the last good key, where it finds anything else: another
 * kind of value, a list in a list, text behind the closing brace, a missing end, NUL, text that is not UTF-8.
 */
export async function* listEntries(
  bytes: AsyncIterable<Uint8Array>,
  findings: Findings,
): AsyncGenerator<readonly ListEntry[]> {
  const splitter = new EntrySplitter(findings)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return findings.stopFile(`not UTF-8 text${splitter.after()}`)
    }
  }
  for await (const chunk of bytes) {
    if (chunk.includes(0)) findings.stopFile('NUL byte: this is not a text file')
    yield splitter.push(decode(chunk))
  }
  yield splitter.push(decode())
  splitter.end()
}

class EntrySplitter {
  private readonly findings: Findings
  private text = ''
  private at = 0
  private expected: Expected = 'opening'
  private lastKey: string | undefined

  constructor(findings: Findings) {
    this.findings = findings
  }

  /** The entries that are complete with this text. */
  push(text: string): ListEntry[] {
    this.text = this.text.slice(this.at) + text
    this.at = 0
    const entries: ListEntry[] = []
    while (this.step(entries));
    if (this.text.length - this.at > MAX_ENTRY_CHARACTERS) {
      this.findings.stopFile(`an entry is longer than ${MAX_ENTRY_CHARACTERS} characters${this.after()}`)
    }
    return entries
  }

  end(): void {
    if (this.expected === 'nothing') return
    const rest = this.text.slice(this.at)
    // A whole document whose last value is no list, rather than one that was cut off.
    if (isJson(`{${rest}`)) this.refuse()
    this.findings.stop(`the file ends before its closing brace (truncated)${this.after()}`)
  }

  /** ` after key "7"`, once there is one. */
  after(): string {
    return this.lastKey === undefined ? '' : ` after key ${shown(this.lastKey)}`
  }

  /** Takes one piece of the text; false where that has to wait for more. */
  private step(entries: ListEntry[]): boolean {
    const next = this.skipBlanks()
    if (next === undefined) return false
    if (this.expected === 'entry' || (this.expected === 'first entry' && next !== '}')) {
      return this.stepEntry(entries)
    }
    if (this.expected === 'opening' && next === '{') this.expected = 'first entry'
    else if (this.expected === 'separator' && next === ',') this.expected = 'entry'
    else if (this.expected !== 'opening' && this.expected !== 'nothing' && next === '}')
      this.expected = 'nothing'
    else this.refuse()
    this.at++
    return true
  }

  private stepEntry(entries: ListEntry[]): boolean {
    // Lists hold no lists, so that the first bracket to close is the end of the entry.
    if (this.text.indexOf(']', this.at) < 0) return false
    ENTRY.lastIndex = this.at
    const match = ENTRY.exec(this.text)
    if (match === null) this.refuse()
    this.at = ENTRY.lastIndex
    const [, key, list] = match
    entries.push({ key: key!, list: this.parse(key!, list!) })
    this.lastKey = key
    this.expected = 'separator'
    return true
  }

  private parse(key: string, list: string): readonly unknown[] {
    try {
      return JSON.parse(list) as unknown[]
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.findings.stop(`key ${shown(key)}: not valid JSON: ${error.message}`)
    }
  }

  private skipBlanks(): string | undefined {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text[this.at]!)) this.at++
    return this.text[this.at]
  }

  private refuse(): never {
    const found = this.text.slice(this.at, this.at + SHOWN_CHARACTERS).trimEnd()
    this.findings.stop(`expected ${WANTED[this.expected]}${this.after()}, found ${found}`)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
