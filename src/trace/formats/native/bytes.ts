// A routing source as the bytes of a file in one of moesim's own formats, piece by piece.
import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { MANIFEST_KEY } from '../../manifest.ts'
import type { Manifest } from '../../manifest-schema.ts'
import { type RequestRows, type RoutingSource, requestRows } from '../../source.ts'
import { nativeHead, nativeLines } from './writer.ts'

/** Told now and then how many tokens are written; throws to stop. */
export type WriteProgress = (tokensDone: number, tokensTotal: number) => Promise<void>

/** Routing to be written: all of it at hand, or request by request. */
export type RowSource =
  | RoutingSource
  | (Pick<RoutingSource, 'topK' | 'layers' | 'requests'> & { readonly rows: AsyncIterable<RequestRows> })

/** The requests of a source with their ids, in order. */
export function rowsOf(source: RowSource): AsyncIterable<RequestRows> | Iterable<RequestRows> {
  return 'rows' in source ? source.rows : requestRows(source)
}

/** About so many characters go into one piece. */
const PIECE_CHARACTERS = 256 * 1024

/** Native CSV, the manifest in its first line. Memory: what `source` holds, a request and a piece. */
export async function* csvBytes(
  source: RowSource,
  manifest: Manifest,
  onProgress: WriteProgress,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const total = source.requests.reduce((sum, { tokens }) => sum + tokens, 0)
  let piece = [...nativeHead([`${MANIFEST_KEY} ${JSON.stringify(manifest)}`])].join('')
  let tokens = 0
  for await (const request of rowsOf(source)) {
    for (const lines of nativeLines(request, source.topK)) {
      piece += lines
      tokens++
      if (piece.length < PIECE_CHARACTERS) continue
      yield encoder.encode(piece)
      piece = ''
      await onProgress(tokens, total)
    }
  }
  yield encoder.encode(piece)
}

/** The same bytes for the same content on every machine: the header names neither time nor operating system. */
export async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip()
  // An error of the source reaches the loop below through `gzip`, so the callback has nothing to add.
  pipeline(Readable.from(bytes), gzip, () => {})
  let at = 0
  for await (const chunk of gzip as AsyncIterable<Uint8Array>) {
    if (at <= OPERATING_SYSTEM_BYTE && at + chunk.length > OPERATING_SYSTEM_BYTE) {
      chunk[OPERATING_SYSTEM_BYTE - at] = UNKNOWN_SYSTEM
    }
    at += chunk.length
    yield chunk
  }
}

const OPERATING_SYSTEM_BYTE = 9
const UNKNOWN_SYSTEM = 255
