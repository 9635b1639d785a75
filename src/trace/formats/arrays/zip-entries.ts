// Goes through a zip file front to back, entry by entry, without holding it or what it unpacks to.
import { crc32 } from 'node:zlib'
import type { Unzip } from 'fflate'
import { UserError } from '../../../errors.ts'
import { shown } from '../../expectation.ts'
import type { Findings } from '../../findings.ts'
import { zipChecksums } from './zip-directory.ts'

const ZIP_MAGIC = Uint8Array.from([0x50, 0x4b, 0x03, 0x04])

/** Dense numbers compress a few fold; looked at once so much is out. */
const MAX_RATIO = 250
const RATIO_FROM_BYTES = 16 * 2 ** 20
/** The directory of entries stands in these last bytes of the file. */
const TAIL_BYTES = 2 ** 20

export interface ZipEntry {
  readonly name: string
  /** The content, unpacked. To be read to its end before the next entry is asked for. */
  bytes(): AsyncGenerator<Uint8Array>
}

/** What the unpacker has found, in order; `end` closes an entry. */
type Piece = { readonly name: string } | { readonly data: Uint8Array } | 'end'

/** Name of the first entry of a zip file whose start is at hand. */
export function firstEntryName(bytes: Uint8Array): string | undefined {
  if (ZIP_MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined
  const length = (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0)
  return Buffer.from(bytes.subarray(30, 30 + length)).toString('utf8')
}

/**
 * Yields the entries. Throws UserError where the file is damaged, cut off, or unpacks out of all proportion; damage within an
 * entry shows by its checksum, once all entries are read.
 */
export async function* zipEntries(
  source: AsyncIterable<Uint8Array>,
  findings: Findings,
): AsyncGenerator<ZipEntry> {
  const pieces = new PieceQueue(await newUnzip(), source, findings)
  try {
    for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
      if (typeof piece === 'object' && 'name' in piece)
        yield { name: piece.name, bytes: () => pieces.content() }
    }
    pieces.judgeChecksums()
  } finally {
    await pieces.close()
  }
}

async function newUnzip(): Promise<Unzip> {
  const { Unzip, UnzipInflate } = await import('fflate')
  const unzip = new Unzip()
  unzip.register(UnzipInflate)
  return unzip
}

/** Pulls chunks of the source through the unpacker, which pushes. */
class PieceQueue {
  private readonly unzip: Unzip
  private readonly source: AsyncIterator<Uint8Array>
  private readonly findings: Findings
  private readonly queue: Piece[] = []
  private isDone = false
  private rawBytes = 0
  private outBytes = 0
  /** The last chunks of the file. */
  private readonly tail: Uint8Array[] = []
  private tailBytes = 0
  /** By entry, of its content so far. */
  private readonly checksums = new Map<string, number>()

  constructor(unzip: Unzip, source: AsyncIterable<Uint8Array>, findings: Findings) {
    this.unzip = unzip
    this.source = source[Symbol.asyncIterator]()
    this.findings = findings
    unzip.onfile = (file) => {
      this.queue.push({ name: file.name })
      this.checksums.set(file.name, 0)
      file.ondata = (error, data, isLast) => {
        if (error !== null) throw error
        this.outBytes += data.length
        this.checksums.set(file.name, crc32(data, this.checksums.get(file.name)))
        if (data.length > 0) this.queue.push({ data })
        if (isLast) this.queue.push('end')
      }
      file.start()
    }
  }

  async next(): Promise<Piece | undefined> {
    while (this.queue.length === 0) {
      if (this.isDone) return undefined
      await this.pump()
    }
    return this.queue.shift()
  }

  /** The content of the entry whose name was the last piece. */
  async *content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.next()
      if (piece === 'end') return
      if (piece === undefined || 'name' in piece)
        return this.findings.stopFile('the zip file ends too early (truncated)')
      yield piece.data
    }
  }

  /** To be called behind the last entry. */
  judgeChecksums(): void {
    const stated = zipChecksums(Buffer.concat(this.tail))
    if (stated === undefined) this.findings.stopFile('the zip file ends too early (truncated)')
    for (const [name, checksum] of stated) {
      const found = this.checksums.get(name)
      if (found === checksum) continue
      const fault = found === undefined ? 'is missing' : 'does not have its checksum'
      this.findings.stopFile(`the zip file is damaged: entry ${shown(name)} ${fault}`)
    }
  }

  async close(): Promise<void> {
    await this.source.return?.()
  }

  private async pump(): Promise<void> {
    const next = await this.source.next()
    this.isDone = next.done === true
    const chunk = next.done ? new Uint8Array(0) : next.value
    this.rawBytes += chunk.length
    this.keepTail(chunk)
    try {
      // The unpacker keeps what it is given, and the source may use the memory again.
      this.unzip.push(new Uint8Array(chunk), this.isDone)
    } catch (error) {
      if (error instanceof UserError) throw error
      this.findings.stopFile('the zip file is damaged or cut off')
    }
    if (this.outBytes > RATIO_FROM_BYTES && this.outBytes > MAX_RATIO * this.rawBytes) {
      this.findings.stopFile(
        `unpacks to more than ${MAX_RATIO} times its size: a damaged or hostile zip file`,
      )
    }
  }

  private keepTail(chunk: Uint8Array): void {
    this.tail.push(chunk)
    this.tailBytes += chunk.length
    for (let [first] = this.tail; this.tailBytes - first!.length >= TAIL_BYTES; [first] = this.tail) {
      this.tailBytes -= first!.length
      this.tail.shift()
    }
  }
}
