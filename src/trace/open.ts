// Opens a recorded trace of any known format.
import { fail } from '../errors.ts'
import type { Io } from '../io.ts'
import { RoutingBuilder } from './builder.ts'
import { traceBytes } from './bytes.ts'
import { type Candidate, traceCandidates } from './candidates.ts'
import type { TraceExpectation } from './expectation.ts'
import { Findings } from './findings.ts'
import { asObject, type FileHead, type TraceFormat } from './format.ts'
import { TRACE_FORMATS } from './formats.ts'
import { decodeUtf8 } from './lines.ts'
import type { RoutingSource } from './source.ts'

/** Told now and then how many of the trace's bytes on disk are read. */
export type TraceProgress = (bytesDone: number, bytesTotal: number) => void

const HEAD_BYTES = 64 * 1024

/**
 * Reads the trace at `path`, a file or a directory, each file by the format its content shows; gzip is unpacked.
 *
 * A directory stands for every `.csv`, `.jsonl` and `.json` file below it (also `.gz`), natural order, other and
 * hidden names ignored. Formats may mix. A file whose content is in no known layout (other people's CSV, a JSON
 * document of its own, a JSONL of other objects) is skipped there, since data sets keep such files beside their
 * traces; it is an error when it is named directly or when nothing else is left. A file that is empty, binary,
 * invalid JSON, or of a known layout with broken rows is always an error: skipping it would change the results.
 *
 * Throws UserError with up to 20 findings, all of one file. Memory: two bytes per expert id.
 */
export async function openTrace(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  onProgress: TraceProgress = () => {},
): Promise<RoutingSource> {
  const builder = new RoutingBuilder(expectation)
  const { isDirectory, files } = await traceCandidates(io, path)
  const bytesTotal = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  let bytesDone = 0
  const skipped: string[] = []
  for (const file of files) {
    const onRaw = (bytes: number) => {
      bytesDone += bytes
      onProgress(Math.min(bytesDone, bytesTotal), bytesTotal)
    }
    if (await readTraceFile(io, file, builder, onRaw)) continue
    if (!isDirectory)
      fail('trace', { what: 'not a trace in a known format', hint: knownFormats() }, { file: path })
    skipped.push(file.name)
  }
  if (builder.layers === undefined) {
    const seen =
      skipped.length === 0 ? 'no .csv, .jsonl or .json file' : `only files of other layouts (${skipped[0]})`
    fail(
      'file',
      { action: 'read', reason: `no trace in this directory: ${seen}`, hint: knownFormats() },
      { file: path },
    )
  }
  return builder.build(io, path)
}

/** False where the file is in no known layout. */
async function readTraceFile(
  io: Io,
  file: Candidate,
  builder: RoutingBuilder,
  onRaw: (bytes: number) => void,
): Promise<boolean> {
  const findings = new Findings(file.path)
  const format = findFormat(await readHead(io, findings))
  if (format === undefined) return false
  const bytes = () => traceBytes(io, findings, onRaw)
  return (await format.read({ name: file.name, findings, bytes }, builder)) === 'read'
}

function findFormat(head: FileHead): TraceFormat | undefined {
  return TRACE_FORMATS.find((format) => format.recognises(head))
}

/** Reads the first bytes; the file is read from its start again afterwards, which is cheaper than it looks. */
async function readHead(io: Io, findings: Findings): Promise<FileHead> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of traceBytes(io, findings)) {
    chunks.push(chunk)
    sizeBytes += chunk.byteLength
    if (sizeBytes >= HEAD_BYTES) break
  }
  if (sizeBytes === 0) findings.stopFile('the file is empty')
  const raw = Buffer.concat(chunks)
  const hasMark = raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf
  const bytes = raw.subarray(hasMark ? 3 : 0, HEAD_BYTES)
  if (bytes.includes(0)) findings.stopFile('NUL byte: this is not a text file')
  // Cut at a line end, lest half a character at the limit look like broken text.
  const end = sizeBytes >= HEAD_BYTES ? bytes.lastIndexOf(0x0a) + 1 : bytes.length
  const text = decodeUtf8(bytes.subarray(0, end || undefined))
  if (text === undefined && end > 0) findings.stopFile('not UTF-8 text')
  return { text: text ?? bytes.toString('latin1'), firstObject: firstObject(text ?? '') }
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

function knownFormats(): string {
  return `known: ${TRACE_FORMATS.map(({ name }) => name).join('; ')}`
}
