// Tells .npy files apart by the header at their start.
import type { FileHead } from '../format.ts'
import { NPY_MAGIC } from './npy.ts'

export function isNpy({ bytes }: FileHead): boolean {
  return NPY_MAGIC.every((byte, i) => bytes[i] === byte)
}

/** The numbers after the header, as far as the head reaches, where the array is one of doubles. */
export function headOfDoubles({ bytes }: FileHead): Float64Array {
  const isLong = bytes[6] !== 1
  const start = isLong ? 12 + readLength(bytes, 4) : 10 + readLength(bytes, 2)
  const data = bytes.slice(start, bytes.length - ((bytes.length - start) % 8))
  return start > bytes.length ? new Float64Array(0) : new Float64Array(data.buffer)
}

/** The dtype as the header names it, such as `<f8`; undefined where it names none. */
export function npyDescr({ bytes }: FileHead): string | undefined {
  return /'descr': *'([^']*)'/.exec(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'))?.[1]
}

function readLength(bytes: Uint8Array, size: number): number {
  return bytes.subarray(8, 8 + size).reduceRight((sum, byte) => sum * 256 + byte, 0)
}
