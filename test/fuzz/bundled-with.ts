// The bundled configs and some files more, new for every invocation.
import { bundledIo } from '../config/bundled-io.ts'
import { type MemoryIo, memoryIo } from '../helpers/memory-io.ts'

const CHUNK_BYTES = 4096

export const bundled = bundledIo()

export const bundledWith = (extra: Readonly<Record<string, string | Uint8Array>>): MemoryIo =>
  memoryIo({ ...Object.fromEntries(bundled.files), ...extra }, CHUNK_BYTES)
