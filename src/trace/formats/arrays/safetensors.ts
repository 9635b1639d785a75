// Reads a safetensors file front to back, one tensor at a time.
import { shown } from '../../expectation.ts'
import type { Findings } from '../../findings.ts'
import { asIndex, asObject } from '../format.ts'
import type { ByteFeed } from './byte-feed.ts'

export interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: ArrayLike<number>
}

interface TensorPlace {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** Enough for a million tensors. */
const MAX_HEADER_BYTES = 100 * 10 ** 6
/** Counts of one layer are a few kilobytes. */
const MAX_TENSOR_BYTES = 16 * 2 ** 20

const DECODE: ReadonlyMap<string, { bytes: number; decode(data: ArrayBuffer): ArrayLike<number> }> = new Map([
  ['I32', { bytes: 4, decode: (data) => new Int32Array(data) }],
  ['I64', { bytes: 8, decode: (data) => Float64Array.from(new BigInt64Array(data), Number) }],
])

/** Whether these are the first bytes of such a file: the length of a JSON header, then its brace. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && headerLength(bytes) <= MAX_HEADER_BYTES
}

/** Yields the tensors, all of whole numbers, in the order of the file. Throws UserError where it is damaged. */
export async function* readTensors(feed: ByteFeed, findings: Findings): AsyncGenerator<Tensor> {
  const length = headerLength(await feed.take(8))
  if (length > MAX_HEADER_BYTES) {
    findings.stop(`a safetensors header of ${length} bytes; at most ${MAX_HEADER_BYTES} are read`)
  }
  const header = await feed.take(length)
  if (header.length < length) findings.stop('truncated in its safetensors header')
  const places = placesOf(parse(header, findings), findings)
  let at = 0
  for (const place of places) {
    const { name, begin, end } = place
    if (begin !== at)
      findings.stop(`tensor ${shown(name)} begins at byte ${begin}, the one before it ends at ${at}`)
    const block = await feed.take(end - begin)
    if (block.length < end - begin) findings.stop(`truncated in tensor ${shown(name)}`)
    yield { name, shape: place.shape, values: DECODE.get(place.dtype)!.decode(block.buffer) }
    at = end
  }
  if (!(await feed.isAtEnd())) findings.stop('bytes follow the last tensor')
}

function headerLength(bytes: Uint8Array): number {
  return bytes.subarray(0, 8).reduceRight((sum, byte) => sum * 256 + byte, 0)
}

function parse(header: Uint8Array, findings: Findings): Readonly<Record<string, unknown>> {
  try {
    const object = asObject(JSON.parse(Buffer.from(header).toString('utf8')))
    return object ?? findings.stop('the safetensors header must be a JSON object')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return findings.stop(`the safetensors header is not valid JSON: ${error.message}`)
  }
}

/** In the order of their data. */
function placesOf(header: Readonly<Record<string, unknown>>, findings: Findings): TensorPlace[] {
  const places: TensorPlace[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, shape, data_offsets: offsets } = asObject(value) ?? {}
    const [begin, end] = (Array.isArray(offsets) ? offsets : []).map(asIndex)
    const sizes = (Array.isArray(shape) ? shape : [undefined]).map(asIndex)
    const stop = (what: string): never => findings.stop(`tensor ${shown(name)}: ${what}`)
    if (begin === undefined || end === undefined || !sizes.every((size) => size !== undefined)) {
      return stop('it needs a shape and data_offsets of whole numbers >= 0')
    }
    const known = DECODE.get(String(dtype))
    if (typeof dtype !== 'string' || known === undefined) {
      return stop(`dtype must be ${[...DECODE.keys()].join(' or ')}, got ${shown(dtype)}`)
    }
    const bytes = sizes.reduce((product, size) => product * size, known.bytes)
    if (end - begin !== bytes)
      stop(`shape [${sizes}] of ${dtype} needs ${bytes} bytes, data_offsets give ${end - begin}`)
    if (bytes > MAX_TENSOR_BYTES) stop(`${bytes} bytes; counts of one layer are far smaller`)
    places.push({ name, dtype, shape: sizes, begin, end })
  }
  return places.sort((a, b) => a.begin - b.begin || a.end - b.end)
}
