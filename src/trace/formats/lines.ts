// Splits bytes into lines of UTF-8 text: many lines at a time, because awaiting each one would cost more than reading it.
import type { Findings } from '../findings.ts'

/** Complete lines without their line ends; the first has number `firstLine`, counted from 1. */
export interface LineBatch {
  readonly firstLine: number
  readonly lines: readonly string[]
}

const NEWLINE = 0x0a

/** Yields all lines. CRLF and a byte order mark are dropped; NUL, bad UTF-8 and overlong lines end it. */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
  findings: Findings,
): AsyncGenerator<LineBatch> {
  let firstLine = 1
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  const tooLong = (line: number) =>
    findings.stopFile(`a line is longer than ${maxLineBytes} bytes`, { line, text: '' })
  const decode = (chunks: readonly Uint8Array[]): LineBatch => {
    const lines = decodeLines(Buffer.concat(chunks), firstLine, findings)
    const long = lines.findIndex((line) => line.length > maxLineBytes)
    if (long >= 0) tooLong(firstLine + long)
    const batch = { firstLine, lines }
    firstLine += lines.length
    return batch
  }
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(NEWLINE)
    // A NUL byte says more about the file than the length of the line it stands in.
    if (chunk.includes(0)) decode([...pending, chunk])
    if (end < 0) {
      // Refused before it is complete: a line without an end must not fill the memory.
      if (pendingBytes + chunk.byteLength > maxLineBytes) tooLong(firstLine)
      pending.push(chunk)
      pendingBytes += chunk.byteLength
      continue
    }
    yield decode([...pending, chunk.subarray(0, end + 1)])
    pending = end + 1 < chunk.byteLength ? [chunk.subarray(end + 1)] : []
    pendingBytes = chunk.byteLength - end - 1
  }
  if (pendingBytes > 0) yield decode(pending)
}

function decodeLines(bytes: Buffer, firstLine: number, findings: Findings): string[] {
  const nul = bytes.indexOf(0)
  if (nul >= 0) {
    const line = firstLine + bytes.subarray(0, nul).filter((byte) => byte === NEWLINE).length
    findings.stopFile('NUL byte: this is not a text file', { line, text: '' })
  }
  const text = decodeUtf8(bytes)
  if (text === undefined)
    findings.stopFile('not UTF-8 text', { line: firstBadLine(bytes, firstLine), text: '' })
  const lines = text.replace(/\n$/, '').split('\n')
  if (firstLine === 1) lines[0] = lines[0]!.replace(/^\uFEFF/, '')
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

function firstBadLine(bytes: Buffer, firstLine: number): number {
  let line = firstLine
  for (let from = 0; from < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, from)
    const to = newline < 0 ? bytes.length : newline
    if (decodeUtf8(bytes.subarray(from, to)) === undefined) break
    from = to + 1
  }
  return line
}

/** The text, or undefined where the bytes are not UTF-8. A byte order mark stays in. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
