// Reads a saved result. What is wrong with it is told with file, line and column, as in a config.
import { fail, type SourceSpan, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { type ConfigDocument, parseConfig } from '../document.ts'
import { readConfig } from '../library.ts'
import { readWith, reporter } from '../validate.ts'
import { viewOf } from '../view.ts'
import { resultSchema, type SavedResult } from './result-schema.ts'

/** Results of many layers and schedulers are larger than any config. */
const RESULT_LIMIT_BYTES = 256 * 1024 * 1024
/** A result has about ten: parts of hardware, of an experiment, of the whole. */
const MOST_LEVELS = 100
const HINT = 'save one with: moesim run --format json --output FILE'

/** Throws UserError with everything that is wrong with the file. */
export async function readResult(io: Io, path: string): Promise<SavedResult> {
  const text = await readConfig(io, path, RESULT_LIMIT_BYTES)
  const value = parseJson(path, text)
  if (isDeeper(value, MOST_LEVELS)) fail('syntax', { what: `nested too deeply; ${HINT}` }, { file: path })
  const view = viewOf(locatedLate(path, text, value))
  const report = reporter(view, 'the file')
  const result = readWith(resultSchema, view, 'the file', report)
  if (result !== undefined) {
    if (new Set(result.seeds).size < result.seeds.length) report.badValue(['seeds'], 'seeds that differ')
    const ids = result.results.map(({ id }) => id)
    if (!ids.includes(result.baseline)) report.badValue(['baseline'], `one of ${ids.join(', ')}`)
    result.results.forEach(({ id, metrics }, i) => {
      if (ids.indexOf(id) < i) report.badValue(['results', i, 'id'], 'an id that no other scheduler has')
      for (const [name, { bySeed }] of Object.entries(metrics)) {
        if (bySeed !== undefined && bySeed.length !== result.seeds.length)
          report.badValue(
            ['results', i, 'metrics', name, 'bySeed'],
            `${result.seeds.length} values, one for each seed`,
          )
      }
    })
  }
  if (result === undefined || report.findings.length > 0) throw new UserError(report.findings)
  return result
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = (error as SyntaxError).message
    const span = spanOfReason(text, reason)
    fail('syntax', { what: `not a result in JSON: ${reason}; ${HINT}` }, { file, span })
  }
}

/** Looks no further than it has to, so that no depth can exhaust the stack. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

function spanOfReason(text: string, reason: string): SourceSpan | undefined {
  const offset = offsetOfReason(text, reason)
  if (offset < 0) return undefined
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  const lineText = text.slice(lineStart).split('\n', 1)[0]!
  return { line: before.split('\n').length, column: offset - lineStart + 1, length: 1, lineText }
}

/** What the engine quotes of the text before the token that it complains about, where that is not at the beginning. */
const QUOTED_BEFORE = 10

/** The engine names an offset, or says that the text ends too early, or quotes the token and what surrounds it; else -1. */
function offsetOfReason(text: string, reason: string): number {
  const named = /at position (\d+)/.exec(reason)?.[1]
  if (named !== undefined) return Number(named)
  if (reason.includes('end of JSON')) return text.trimEnd().length
  const unexpected = /^Unexpected token '(.)', (\.\.\.)?"([\s\S]*)"(?:\.\.\.)? is not valid JSON$/.exec(
    reason,
  )
  if (unexpected === null) return -1
  const [, token, dots, quoted] = unexpected
  const start = text.indexOf(quoted!)
  return start < 0 ? -1 : start + (dots === undefined ? quoted!.indexOf(token!) : QUOTED_BEFORE)
}

/** JSON is read fast; where its parts stand is found out only when something is wrong with them. */
function locatedLate(file: string, text: string, value: unknown): ConfigDocument {
  let document: ConfigDocument | undefined
  const located = (): ConfigDocument | undefined => {
    try {
      document ??= parseConfig(file, text)
    } catch (error) {
      // Larger or odder than a config may be: the finding then names its key alone.
      if (!(error instanceof UserError)) throw error
    }
    return document
  }
  return {
    file,
    value,
    span: (path, part) => located()?.span(path, part),
    written: (path) => located()?.written(path),
  }
}
