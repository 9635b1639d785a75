// A trace file's bytes, unzipped where it is gzip, with limits that no honest trace meets.
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Io, IoError } from '../../io.ts'
import type { Findings } from '../findings.ts'

export interface ByteLimits {
  /** Decompressed size of one file. */
  readonly totalBytes: number
  /** Bytes out per byte in, looked at once `ratioFromBytes` are out. Dense traces compress 5 to 40 fold. */
  readonly ratio: number
  readonly ratioFromBytes: number
}

const BYTE_LIMITS: ByteLimits = { totalBytes: 256 * 2 ** 30, ratio: 250, ratioFromBytes: 16 * 2 ** 20 }

/** Streams the content of `findings.file`; `onRaw` hears of bytes as they come from the disk. Throws UserError. */
export async function* traceBytes(
  io: Pick<Io, 'read'>,
  findings: Findings,
  onRaw: (bytes: number) => void = () => {},
  limits: ByteLimits = BYTE_LIMITS,
): AsyncGenerator<Uint8Array> {
  let rawBytes = 0
  let outBytes = 0
  async function* raw() {
    for await (const chunk of io.read(findings.file)) {
      rawBytes += chunk.byteLength
      onRaw(chunk.byteLength)
      yield chunk
    }
  }
  try {
    for await (const chunk of unzipped(raw(), findings)) {
      outBytes += chunk.byteLength
      if (outBytes > limits.totalBytes) {
        findings.stopFile(
          `more than ${limits.totalBytes} bytes of content`,
          undefined,
          'split the trace into files',
        )
      }
      if (outBytes > limits.ratioFromBytes && outBytes > limits.ratio * rawBytes) {
        findings.stopFile(
          `unpacks to more than ${limits.ratio} times its size: a damaged or hostile gzip file`,
        )
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof IoError) findings.stopFile(error.reason)
    throw error
  }
}

async function* unzipped(source: AsyncGenerator<Uint8Array>, findings: Findings): AsyncGenerator<Uint8Array> {
  const head: Uint8Array[] = []
  let headBytes = 0
  // A chunk may be as short as one byte, the magic number has two.
  while (headBytes < 2) {
    const next = await source.next()
    if (next.done) break
    head.push(next.value)
    headBytes += next.value.byteLength
  }
  const [first, second] = Buffer.concat(head)
  async function* all() {
    yield* head
    yield* source
  }
  if (first === 0x1f && second === 0x8b) yield* gunzipped(all(), findings)
  else yield* all()
}

async function* gunzipped(
  source: AsyncGenerator<Uint8Array>,
  findings: Findings,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  let fedBytes = 0
  async function* counted() {
    for await (const chunk of source) {
      fedBytes += chunk.byteLength
      yield chunk
    }
  }
  // An error of either side reaches the loop below through `gunzip`, so the callback has nothing to add.
  pipeline(Readable.from(counted()), gunzip, () => {})
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'Z_BUF_ERROR') findings.stopFile('the gzip file ends too early (truncated)')
    if (code === 'Z_DATA_ERROR') findings.stopFile('the gzip file is damaged or has junk after its end')
    throw error
  }
  // zlib takes zero bytes after the end for padding and stops listening: whatever follows them would be lost.
  if (gunzip.bytesWritten < fedBytes) findings.stopFile('the gzip file is damaged or has junk after its end')
}
