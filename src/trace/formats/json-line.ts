// Reads one JSONL line.
import type { Findings, Place } from '../findings.ts'
import { asObject } from './format.ts'

/** Longest JSONL line: a token of a model with thousands of layers stays far below. */
export const MAX_JSON_LINE_BYTES = 16 * 2 ** 20

/** Where JSON.parse says that it stopped, counted from 0, if it does. */
export function jsonErrorOffset(error: SyntaxError): number | undefined {
  const match = /at position (\d+)/.exec(error.message)
  return match ? Number(match[1]) : undefined
}

/** The object on a line; anything else ends the file, because a broken line means a broken recorder. */
export function parseJsonLine(at: Place, findings: Findings): Readonly<Record<string, unknown>> {
  const object = asObject(parseAt(at, findings))
  if (object === undefined) findings.stop('a line must hold one JSON object', at)
  return object
}

function parseAt(at: Place, findings: Findings): unknown {
  try {
    return JSON.parse(at.text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const offset = jsonErrorOffset(error)
    const place = offset === undefined ? at : { ...at, column: offset + 1, length: 1 }
    findings.stop(`not valid JSON: ${error.message}`, place)
  }
}
