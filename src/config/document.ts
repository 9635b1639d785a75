// A YAML or JSON text as plain values with positions; what YAML allows and configs must not have is refused here.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml'
import { type Diagnostic, fail, finding, type SourceSpan, UserError } from '../errors.ts'
import { JsonFault, readLongJson } from './long-json.ts'

export type Path = readonly (string | number)[]

/** Largest config file read, in bytes: a Hugging Face config may list every layer of a model. */
export const CONFIG_LIMIT_BYTES = 8 * 1024 * 1024
/** Longest YAML, whose parser takes seconds and gigabytes beyond; JSON may be longer. */
const YAML_LIMIT = 1024 * 1024
/** Values a file may expand to: aliases repeat values, and nested aliases would repeat them without end. */
const MAX_VALUES = 200_000
const MAX_ALIASES = 100
const MAX_DEPTH = 100
const MAX_SYNTAX_FINDINGS = 20
const DECIMAL = /^[-+]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/

/** A parsed file: its value, and where each part of it stands. */
export interface ConfigDocument {
  readonly file: string
  /** Mappings have no prototype, so that keys such as `constructor` are only ever what the file says. */
  readonly value: unknown
  /** Where the value at `path`, or its key, stands; undefined where the file has nothing there. */
  span(path: Path, part: 'key' | 'value'): SourceSpan | undefined
  /** The value as the file writes it, shortened. */
  written(path: Path): string | undefined
  /** One of those that come with moesim: a user names it by its name, never by `file`. */
  readonly isBundled?: boolean
  /** The `hf_quant_config.json` that lies beside a model's config.json. */
  readonly companion?: ConfigDocument | undefined
}

/**
 * Reads a config text. Throws UserError with everything that is wrong with the text as such: syntax, duplicate keys,
 * tags, alias bombs.
 */
export function parseConfig(file: string, text: string): ConfigDocument {
  const lines = new LineCounter()
  const spanAt = (from: number, to: number): SourceSpan => textSpan(text, lines, from, to)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL is what tells a binary file
  const binaryAt = text.search(/[\u0000\uFFFD]/)
  if (binaryAt >= 0) {
    fail('syntax', { what: `not a text file: byte ${binaryAt + 1} or so is not UTF-8 text` }, { file })
  }
  if (isTooDeep(text)) fail('syntax', { what: 'nested too deeply' }, { file })
  if (text.length > YAML_LIMIT) return longDocument(file, text, lines)
  const document = parseTree(file, text, lines)
  const findings: Diagnostic[] = []
  const report = (
    node: { range?: readonly [number, number, number] | null | undefined } | null,
    what: string,
  ) =>
    findings.push(
      finding(
        'syntax',
        { what },
        { file, span: node?.range ? spanAt(node.range[0], node.range[1]) : undefined },
      ),
    )
  for (const error of [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_FINDINGS)) {
    findings.push(finding('syntax', { what: sentence(error.message) }, { file, span: spanAt(...error.pos) }))
  }
  if (findings.length > 0) throw new UserError(findings)
  if (document.contents === null) fail('syntax', { what: 'the file is empty' }, { file })

  let values = 0
  let aliases = 0
  const open = new Set<Node>()

  const plain = (node: Node | null): unknown => {
    if (node === null) return null
    if (++values > MAX_VALUES)
      fail('syntax', { what: `more than ${MAX_VALUES} values, counting what aliases repeat` }, { file })
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target === undefined)
        return report(node, `alias *${node.source} has no anchor &${node.source} before it`)
      if (open.has(target)) return report(node, `alias *${node.source} contains itself`)
      if (++aliases > MAX_ALIASES) fail('syntax', { what: `more than ${MAX_ALIASES} aliases` }, { file })
      return plain(target)
    }
    if (node.tag !== undefined) report(node, `tags such as ${node.tag} are not allowed in a config`)
    if (isScalar(node)) return scalarValue(node)
    open.add(node)
    const value = isSeq(node)
      ? node.items.map((item) => plain(item as Node | null))
      : isMap(node)
        ? mapping(node.items)
        : null
    open.delete(node)
    return value
  }

  const mapping = (items: readonly Pair[]): unknown => {
    const result: Record<string, unknown> = Object.create(null)
    for (const pair of items) {
      const key = pair.key as Node | null
      if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
        report(key, 'a key must be plain text')
        continue
      }
      const name = String(key.source ?? key.value)
      if (name in result) {
        findings.push(finding('duplicate-key', { key: name }, { file, span: spanAt(...ends(key)) }))
        continue
      }
      result[name] = plain(pair.value as Node | null)
    }
    return result
  }

  const value = plain(document.contents)
  if (findings.length > 0) throw new UserError(findings)
  return {
    file,
    value,
    span(path, part) {
      const found = locate(document, path)
      const node = part === 'key' ? (found?.key ?? found?.node) : (found?.node ?? found?.key)
      return node?.range ? spanAt(...ends(node)) : undefined
    },
    written(path) {
      const node = locate(document, path)?.node
      return node?.range ? shortened(text.slice(...ends(node))) : undefined
    },
  }
}

function shortened(text: string): string {
  const source = text.trim().replaceAll(/\s+/g, ' ')
  return source.length > 60 ? `${source.slice(0, 57)}...` : source
}

/** The same out of a text that only JSON may be as long as. */
function longDocument(file: string, text: string, lines: LineCounter): ConfigDocument {
  if (!/^\s*[{[]/.test(text)) {
    const reason = `it is larger than ${YAML_LIMIT} bytes, which only JSON may be`
    fail('file', { action: 'read', reason }, { file })
  }
  lines.addNewLine(0)
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1)
  const spanAt = (range: readonly [number, number]) => textSpan(text, lines, ...range)
  try {
    const { value, locate: place } = readLongJson(text, MAX_VALUES)
    return {
      file,
      value,
      span(path, which) {
        const found = place(path)
        return found && spanAt((which === 'key' ? found.key : undefined) ?? found.node)
      },
      written(path) {
        const found = place(path)
        return found && shortened(text.slice(...found.node))
      },
    }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const at = { file, span: spanAt(error.range) }
    if (error.duplicate !== undefined) fail('duplicate-key', { key: error.duplicate }, at)
    fail('syntax', { what: `not valid JSON: ${error.message}` }, at)
  }
}

/** Nesting that no config needs: the parser's time grows with its square. Brackets in quoted text count too. */
function isTooDeep(text: string): boolean {
  if (new RegExp(`(?:[-?:][ \\t]+){${MAX_DEPTH}}`).test(text)) return true
  let depth = 0
  for (const bracket of text.matchAll(/[[\]{}]/g)) {
    depth += bracket[0] === '[' || bracket[0] === '{' ? 1 : -1
    if (depth > MAX_DEPTH) return true
  }
  return false
}

function parseTree(file: string, text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    // Duplicate keys are found by `mapping`: the library's own check takes quadratic time.
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
  } catch (error) {
    if (error instanceof RangeError) fail('syntax', { what: 'nested too deeply' }, { file })
    throw error
  }
}

/** Numbers other than finite decimals (0x10, .inf, 1e309, 010) stay text, so that no number field takes them. */
function scalarValue(node: { value: unknown; source?: string }): unknown {
  if (typeof node.value !== 'number') return node.value
  const source = node.source ?? String(node.value)
  return DECIMAL.test(source) && Number.isFinite(node.value) ? node.value : source
}

const ends = (node: Node): [number, number] => [node.range![0], node.range![1]]
const sentence = (message: string) => message.charAt(0).toLowerCase() + message.slice(1)

function locate(
  document: Document.Parsed,
  path: Path,
): { key?: Node | undefined; node: Node | null } | undefined {
  let node = document.contents as Node | null
  let key: Node | undefined
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isScalar(item.key) && String(item.key.source ?? item.key.value) === step,
      )
      if (pair === undefined) return undefined
      key = pair.key as Node
      node = pair.value as Node | null
    } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
      key = undefined
      node = node.items[step] as Node | null
    } else return undefined
  }
  return { key, node }
}

function textSpan(text: string, lines: LineCounter, from: number, to: number): SourceSpan {
  const { line, col } = lines.linePos(from)
  const lineStart = from - (col - 1)
  const lineEnd = text.indexOf('\n', lineStart)
  const lineText = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).replace(/\r$/, '')
  return {
    line,
    column: col,
    length: Math.max(1, Math.min(to - from, lineText.length - (col - 1))),
    lineText,
  }
}
