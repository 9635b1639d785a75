// Reads one NumPy array (.npy, versions 1 to 3) front to back, some rows at a time.
import type { Findings } from '../../findings.ts'
import type { ByteFeed } from './byte-feed.ts'
import { halfFloats } from './half-float.ts'

export const NPY_MAGIC = Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59])

type NpyKind = 'whole' | 'float'

export interface NpyHeader {
  /** As NumPy writes it, such as `<i4`. */
  readonly descr: string
  readonly kind: NpyKind
  readonly shape: readonly number[]
}

interface Dtype {
  readonly kind: NpyKind
  readonly bytes: number
  /** The values of a block of little-endian data that starts at its buffer's first byte. */
  decode(data: ArrayBuffer): ArrayLike<number>
}

const DTYPES: ReadonlyMap<string, Dtype> = new Map([
  ['|u1', { kind: 'whole', bytes: 1, decode: (data) => new Uint8Array(data) }],
  ['|i1', { kind: 'whole', bytes: 1, decode: (data) => new Int8Array(data) }],
  ['<u2', { kind: 'whole', bytes: 2, decode: (data) => new Uint16Array(data) }],
  ['<i2', { kind: 'whole', bytes: 2, decode: (data) => new Int16Array(data) }],
  ['<u4', { kind: 'whole', bytes: 4, decode: (data) => new Uint32Array(data) }],
  ['<i4', { kind: 'whole', bytes: 4, decode: (data) => new Int32Array(data) }],
  ['<u8', { kind: 'whole', bytes: 8, decode: (data) => Float64Array.from(new BigUint64Array(data), Number) }],
  ['<i8', { kind: 'whole', bytes: 8, decode: (data) => Float64Array.from(new BigInt64Array(data), Number) }],
  ['<f2', { kind: 'float', bytes: 2, decode: (data) => halfFloats(new Uint16Array(data)) }],
  ['<f4', { kind: 'float', bytes: 4, decode: (data) => new Float32Array(data) }],
  ['<f8', { kind: 'float', bytes: 8, decode: (data) => new Float64Array(data) }],
] satisfies [string, Dtype][])

/** NumPy itself refuses headers above 10,000 bytes. */
const MAX_HEADER_BYTES = 65_536
/** About so much data is held at a time. */
const BLOCK_BYTES = 256 * 1024

/**
 * Takes the header off the feed. `prefix` stands before messages where a file holds several arrays. Throws UserError for
 * anything but a C-order array of plain little-endian numbers.
 */
export async function takeNpyHeader(feed: ByteFeed, findings: Findings, prefix = ''): Promise<NpyHeader> {
  const stop = (what: string, hint?: string): never => findings.stop(`${prefix}${what}`, undefined, hint)
  const magic = await feed.take(8)
  if (NPY_MAGIC.some((byte, i) => magic[i] !== byte)) stop('not a .npy array (no \\x93NUMPY at its start)')
  const version = magic[6]
  if (version !== 1 && version !== 2 && version !== 3) stop(`.npy version must be 1, 2 or 3, got ${version}`)
  const lengthBytes = await feed.take(version === 1 ? 2 : 4)
  const length = lengthBytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
  if (length > MAX_HEADER_BYTES)
    stop(`a .npy header of ${length} bytes; at most ${MAX_HEADER_BYTES} make sense`)
  const header = await feed.take(length)
  if (lengthBytes.length < (version === 1 ? 2 : 4) || header.length < length)
    stop('truncated in its .npy header')
  return parseHeader(Buffer.from(header).toString('latin1'), stop)
}

function parseHeader(text: string, stop: (what: string, hint?: string) => never): NpyHeader {
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1]
  const shapeText = /'shape': *\(([^()]*)\)/.exec(text)?.[1]
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1]
  if (order === undefined || shapeText === undefined || !/'descr':/.test(text)) {
    stop('a .npy header without descr, fortran_order and shape')
  }
  if (descr === undefined) stop('a structured array', 'save plain numbers')
  if (/O/.test(descr))
    stop('an array of Python objects, which is pickled code and never read', 'save plain numbers')
  const dtype = DTYPES.get(descr)
  if (dtype === undefined) {
    const isSwapped = DTYPES.has(descr.replace('>', '<'))
    stop(
      `dtype ${descr} is not read; known: ${[...DTYPES.keys()].join(', ')}`,
      isSwapped ? `save it as array.astype("${descr.replace('>', '<')}")` : undefined,
    )
  }
  if (order === 'True') stop('the array is in Fortran order', 'save it as numpy.ascontiguousarray(array)')
  const sizes = shapeText!.split(',').map((size) => size.trim())
  if (sizes.at(-1) === '') sizes.pop()
  if (sizes.some((size) => !/^\d{1,15}$/.test(size))) {
    stop(`shape (${shapeText}) must be whole numbers >= 0`)
  }
  return { descr, kind: dtype.kind, shape: sizes.map(Number) }
}

/** `(58, 32, 2)`. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`
}

/**
 * Yields the array's rows of `rowLength` values, several at a time as [row][value]; the caller has judged the shape, so
 * that a row fits into memory. Throws UserError where the file holds fewer or more bytes than the shape says.
 */
export async function* npyRows(
  feed: ByteFeed,
  header: NpyHeader,
  rowLength: number,
  findings: Findings,
  prefix = '',
): AsyncGenerator<ArrayLike<number>> {
  const { bytes: valueBytes, decode } = DTYPES.get(header.descr)!
  const rowBytes = rowLength * valueBytes
  const rows = header.shape.reduce((product, size) => product * size, 1) / rowLength
  const rowsAtOnce = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes))
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const wanted = Math.min(rowsAtOnce, rows - row) * rowBytes
    const block = await feed.take(wanted)
    if (block.length < wanted) {
      const got = row * rowBytes + block.length
      const what = `truncated: shape ${shapeText(header.shape)} of ${header.descr} needs ${rows * rowBytes} bytes of data, there are ${got}`
      findings.stop(`${prefix}${what}`)
    }
    yield decode(block.buffer)
  }
  if (!(await feed.isAtEnd())) {
    findings.stop(`${prefix}bytes follow the array of shape ${shapeText(header.shape)}`)
  }
}
