// The folder of a sweep: where its plan and the results of its points lie, and what is in them.
import { basename, join } from 'node:path'
import { fail } from '../errors.ts'
import { type Io, IoError, readText } from '../io.ts'
import { type PointRecord, recordIn } from '../run/point-record.ts'
import type { Shard } from './shard.ts'

export const PLAN_FILE = 'sweep.json'
const RESULTS = /^points(?:-(\d+)-of-(\d+))?(?:-again-\d+)?\.jsonl$/
export const LOCK = '.lock'

/** `again`: how many others had the share before, and cannot be asked whether they still write. */
export function resultsFile(folder: string, shard: Shard | undefined, again = 0): string {
  const share = shard === undefined ? '' : `-${shard.number}-of-${shard.of}`
  return join(folder, `points${share}${again === 0 ? '' : `-again-${again}`}.jsonl`)
}

/** The text of a file; undefined where there is none. Throws UserError where it cannot be read, or has more bytes. */
export async function textIfThere(io: Io, file: string, limitBytes: number): Promise<string | undefined> {
  return await reading(file, async () =>
    (await io.stat(file)) === undefined ? undefined : await readText(io, file, limitBytes),
  )
}

/** The share that a results file is of; undefined: of the whole sweep. */
export function shardOf(file: string): Shard | undefined {
  const [, number, of] = RESULTS.exec(basename(file)) ?? []
  return number === undefined ? undefined : { number: Number(number), of: Number(of) }
}

/** Where the record of a point lies. */
export interface StoredPoint {
  readonly file: string
  /** Bytes of the line, from `start` up to but not including `end`; its line break not counted. */
  readonly start: number
  readonly end: number
  readonly traceSha256: string | undefined
  /** It cannot run: its record says why. */
  readonly isRefused: boolean
}

export interface StoredPoints {
  readonly byId: ReadonlyMap<string, StoredPoint>
  /** Bytes of whole lines by file: what is behind them was cut off by a kill or a full disk. */
  readonly wholeBytes: ReadonlyMap<string, number>
}

/**
 * All points in the results files of a folder. Throws UserError where a line is damaged, where two versions of moesim
 * are mixed, or where a point has two results.
 */
export async function readPoints(io: Io, folder: string, version: string): Promise<StoredPoints> {
  const byId = new Map<string, StoredPoint>()
  const wholeBytes = new Map<string, number>()
  const traces = new Map<string, string>()
  const files = await resultsFiles(io, folder)
  const lines = new LineReader(io, files.length)
  for (const file of files) {
    wholeBytes.set(file, 0)
    for await (const { line, number, start, end } of linesOf(io, file)) {
      const record = recordIn(io, line)
      const at = { file, span: { line: number, column: 1, length: 1, lineText: line } }
      if (record === undefined) {
        const hint = `delete the line (sed -i ${number}d ${file}) and run the sweep again: its point is done anew`
        return fail('syntax', { what: `a damaged line: its content does not match its check; ${hint}` }, at)
      }
      if (record.moesim !== version) {
        const what = `made by moesim ${record.moesim}; this is ${version}`
        fail(
          'conflict',
          { what, hint: 'results of two versions are not mixed: use another --output-dir' },
          at,
        )
      }
      const { id, traceSha256 } = record
      const known = byId.get(id)
      if (known !== undefined && (await lines.lineAt(known)) !== line) {
        const what = `another result of the point that ${known.file} has already`
        fail('conflict', { what, hint: 'was the trace changed? Delete one of them' }, at)
      }
      assertOneTrace(record, traces, at)
      byId.set(id, { file, start, end, traceSha256, isRefused: record.error !== undefined })
      wholeBytes.set(file, end + 1)
    }
  }
  return { byId, wholeBytes }
}

/** Of all files together. Shards of one sweep take turns line by line, so that a chunk of each must stay in memory. */
const CHUNKS_BYTES = 2 ** 27
const MOST_CHUNK_BYTES = 2 ** 18
const LEAST_CHUNK_BYTES = 2 ** 13

interface Chunk {
  readonly start: number
  readonly bytes: Uint8Array
}

/** Reads lines one by one, in whatever order: neighbours in a file are read from it at once. */
export class LineReader {
  private readonly io: Io
  private readonly chunks = new Map<string, Chunk>()
  private readonly chunkBytes: number

  /** `files`: so many have lines that take turns. */
  constructor(io: Io, files: number) {
    this.io = io
    const share = Math.floor(CHUNKS_BYTES / Math.max(1, files))
    this.chunkBytes = Math.min(MOST_CHUNK_BYTES, Math.max(LEAST_CHUNK_BYTES, share))
  }

  async lineAt({ file, start, end }: StoredPoint): Promise<string> {
    const known = this.chunks.get(file)
    const isHeld = known !== undefined && known.start <= start && end <= known.start + known.bytes.length
    const chunk = isHeld ? known : await this.read(file, start, Math.max(end, start + this.chunkBytes))
    return new TextDecoder().decode(chunk.bytes.subarray(start - chunk.start, end - chunk.start))
  }

  private async read(file: string, start: number, end: number): Promise<Chunk> {
    const chunk = { start, bytes: await reading(file, () => this.io.readRange(file, start, end)) }
    this.chunks.set(file, chunk)
    return chunk
  }
}

/** A trace of one name has one content in all results that were made with it. */
function assertOneTrace(
  { experiment, traceSha256 }: PointRecord,
  traces: Map<string, string>,
  at: Parameters<typeof fail>[2],
): void {
  const { routing, model } = experiment as {
    routing: { kind: string; file?: string }
    model: { name: string }
  }
  if (routing.kind !== 'trace' || traceSha256 === undefined) return
  const key = `${routing.file} ${model.name}`
  const known = traces.get(key)
  if (known !== undefined && known !== traceSha256) {
    const what = `made with another content of the trace ${routing.file} than the points before it`
    fail('conflict', { what, hint: 'use another --output-dir for each trace' }, at)
  }
  traces.set(key, traceSha256)
}

/** Paths of all that has results, in a fixed order. Throws UserError where there is no such folder. */
export async function resultsFiles(io: Io, folder: string): Promise<string[]> {
  const entries = await reading(folder, () => io.list(folder))
  return entries
    .filter(({ name }) => RESULTS.test(name))
    .map(({ name }) => join(folder, name))
    .sort()
}

interface Line {
  readonly line: string
  /** From 1. */
  readonly number: number
  readonly start: number
  readonly end: number
}

const LINE_BREAK = 10

/** The lines that end with a line break. */
async function* linesOf(io: Io, file: string): AsyncGenerator<Line, void> {
  let pending: Uint8Array[] = []
  let [number, start, position] = [0, 0, 0]
  try {
    for await (const chunk of io.read(file)) {
      let from = 0
      for (let at = chunk.indexOf(LINE_BREAK); at >= 0; at = chunk.indexOf(LINE_BREAK, from)) {
        pending.push(chunk.subarray(from, at))
        const end = position + at
        yield { line: textOf(pending), number: ++number, start, end }
        pending = []
        from = at + 1
        start = end + 1
      }
      if (from < chunk.length) pending.push(chunk.slice(from))
      position += chunk.length
    }
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file })
    throw error
  }
}

function textOf(pieces: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode()
}

async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'read', reason: error.reason }, { file })
    throw error
  }
}
