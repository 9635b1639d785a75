// Tells which format a file is in, by its beginning.
import type { Io } from '../../io.ts'
import type { Candidate } from '../candidates.ts'
import { Findings } from '../findings.ts'
import { traceBytes } from './bytes.ts'
import { asObject, type FileHead, type TraceFile, type TraceReader } from './format.ts'
import type { TraceFormatId } from './format-ids.ts'
import { decodeUtf8 } from './lines.ts'
import { TRACE_READERS } from './table.ts'

const HEAD_BYTES = 64 * 1024

export interface Identified {
  readonly id: TraceFormatId
  readonly reader: TraceReader
  readonly head: FileHead
  readonly file: TraceFile
}

interface Wanted {
  /** Only this format; a file that was named itself is taken for it whatever its content. */
  readonly from: TraceFormatId | undefined
  readonly isNamed: boolean
  /** Told of bytes as they come from the disk. */
  readonly onRaw?: (bytes: number) => void
}

/** The format of a file, or undefined where it is in none that is wanted. Throws UserError for a file that is no text. */
export async function identify(
  io: Io,
  candidate: Candidate,
  wanted: Wanted,
): Promise<Identified | undefined> {
  const { from, isNamed, onRaw = () => {} } = wanted
  const { name, path } = candidate
  const findings = new Findings(path)
  const bytes = await readHead(io, findings)
  const head = { name, bytes, ...textOf(bytes) }
  const found = TRACE_READERS.find(([id, reader]) =>
    from === undefined ? reader.recognises(head) : id === from && (isNamed || reader.recognises(head)),
  )
  if (found === undefined) {
    if (from === undefined) assertText(bytes, findings)
    return undefined
  }
  const [id, reader] = found
  const file = { name, findings, io, isNamed, onRaw, bytes: () => traceBytes(io, findings, onRaw) }
  return { id, reader, head, file }
}

/** Reads the first bytes; the file is read from its start again afterwards, which is cheaper than it looks. */
async function readHead(io: Io, findings: Findings): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of traceBytes(io, findings)) {
    chunks.push(chunk)
    sizeBytes += chunk.byteLength
    if (sizeBytes >= HEAD_BYTES) break
  }
  if (sizeBytes === 0) findings.stopFile('the file is empty')
  return new Uint8Array(Buffer.concat(chunks).subarray(0, HEAD_BYTES))
}

function textOf(bytes: Uint8Array): Pick<FileHead, 'text' | 'firstObject'> {
  const text = wholeLines(bytes)?.replace(/^\uFEFF/, '') ?? ''
  return { text, firstObject: firstObject(text) }
}

/** The head as text; undefined where it is none. */
function wholeLines(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  // Cut at a line end, lest half a character at the limit look like broken text.
  const end = bytes.length >= HEAD_BYTES ? bytes.lastIndexOf(0x0a) + 1 : bytes.length
  return end === 0 ? Buffer.from(bytes).toString('latin1') : decodeUtf8(bytes.subarray(0, end))
}

function assertText(bytes: Uint8Array, findings: Findings): void {
  if (bytes.includes(0)) findings.stopFile('NUL byte: this is not a text file')
  if (wholeLines(bytes) === undefined) findings.stopFile('not UTF-8 text')
}

function firstObject(text: string): FileHead['firstObject'] {
  const line = text.split('\n', 1)[0]!
  if (!line.startsWith('{')) return undefined
  try {
    return asObject(JSON.parse(line))
  } catch (error) {
    // The first line of a pretty-printed or broken document, which its reader will judge.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
