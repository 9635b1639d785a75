// Makes the binary files that the tests read: .npy arrays, .npz and other zip files, safetensors.
import { zipSync } from 'fflate'

export interface NpyParts {
  readonly descr?: string
  readonly shape?: readonly number[] | string
  readonly order?: 'True' | 'False'
  readonly data?: Uint8Array
  readonly version?: number
  /** Instead of the usual dictionary. */
  readonly header?: string
}

/** A .npy file as NumPy writes it, unless told otherwise. */
export function npyOf(parts: NpyParts): Uint8Array {
  const { descr = '<f4', shape = [], order = 'False', data = new Uint8Array(0), version = 1 } = parts
  const sizes = typeof shape === 'string' ? shape : `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const text = parts.header ?? `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${sizes}, }`
  const prefix = version === 1 ? 10 : 12
  const length = Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix
  const header = Buffer.alloc(prefix + length, ' ')
  header.write('\x93NUMPY', 'latin1')
  header[6] = version
  header[7] = 0
  if (version === 1) header.writeUInt16LE(length, 8)
  else header.writeUInt32LE(length, 8)
  header.write(`${text}`, prefix, 'latin1')
  header[header.length - 1] = 0x0a
  return Buffer.concat([header, data])
}

type Numbers = ArrayBufferView & ArrayLike<number | bigint>

const DESCR = new Map<string, string>([
  ['Uint8Array', '|u1'],
  ['Int8Array', '|i1'],
  ['Uint16Array', '<u2'],
  ['Int16Array', '<i2'],
  ['Int32Array', '<i4'],
  ['Uint32Array', '<u4'],
  ['BigInt64Array', '<i8'],
  ['BigUint64Array', '<u8'],
  ['Float32Array', '<f4'],
  ['Float64Array', '<f8'],
])

/** A .npy file of these numbers. */
export function npy(shape: readonly number[], numbers: Numbers, parts: NpyParts = {}): Uint8Array {
  const data = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  return npyOf({ descr: DESCR.get(numbers.constructor.name)!, shape, data, ...parts })
}

/** A zip file, stored as numpy.savez or packed as numpy.savez_compressed writes it. */
export function npz(entries: Readonly<Record<string, Uint8Array>>, level: 0 | 6 = 0): Uint8Array {
  return zipSync({ ...entries }, { level })
}

export interface TensorParts {
  readonly dtype?: string
  readonly shape?: readonly number[]
  readonly offsets?: readonly number[]
  readonly data: Int32Array | BigInt64Array
}

/** A safetensors file of these tensors, in order. */
export function safetensors(tensors: Readonly<Record<string, TensorParts>>, end?: string): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  const blocks: Uint8Array[] = []
  let at = 0
  for (const [name, { dtype, shape, offsets, data }] of Object.entries(tensors)) {
    const isWide = data instanceof BigInt64Array
    header[name] = {
      dtype: dtype ?? (isWide ? 'I64' : 'I32'),
      shape: shape ?? [data.length],
      data_offsets: offsets ?? [at, at + data.byteLength],
    }
    blocks.push(new Uint8Array(data.buffer))
    at += data.byteLength
  }
  return withHeader(JSON.stringify(header), Buffer.concat([...blocks, Buffer.from(end ?? '')]))
}

/** Any header text and data as a safetensors file. */
export function withHeader(json: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)))
  return Buffer.concat([length, Buffer.from(json), data])
}
