// Reads a whole JSON document, within limits.
import type { Findings, Place } from '../findings.ts'
import type { TraceFile } from './format.ts'
import { jsonErrorOffset } from './json-line.ts'
import { decodeUtf8 } from './lines.ts'

/** A JSON document is parsed as a whole; no request of 10^5 tokens comes near this. */
const MAX_FILE_BYTES = 256 * 2 ** 20

/** The document's value. Throws UserError where it is larger than 256 MiB, not UTF-8 or not JSON, with the place. */
export async function parseDocument(file: TraceFile, findings: Findings): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of file.bytes()) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > MAX_FILE_BYTES) findings.stopFile(`a JSON trace of more than ${MAX_FILE_BYTES} bytes`)
    chunks.push(chunk)
  }
  const text = decodeUtf8(Buffer.concat(chunks))?.replace(/^\uFEFF/, '')
  if (text === undefined) findings.stopFile('not UTF-8 text')
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const offset = jsonErrorOffset(error)
    findings.stop(
      `not valid JSON: ${error.message}`,
      offset === undefined ? undefined : placeAt(text, offset),
    )
  }
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  const line = before.length
  return { line, text: text.split('\n', line)[line - 1]!, column: before.at(-1)!.length + 1, length: 1 }
}
