// The bundled configs as an in-memory Io, with whatever files a test adds.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type MemoryIo, memoryIo } from '../helpers/memory-io.ts'

const CONFIGS = fileURLToPath(new URL('../../configs', import.meta.url))
const FOLDERS = ['hardware', 'models', 'experiments'] as const

/** Names of the bundled configs, by folder. */
export const bundledFiles = FOLDERS.flatMap((folder) =>
  readdirSync(join(CONFIGS, folder)).map((file) => ({ folder, file, name: file.replace(/\.yaml$/, '') })),
)

const configs = Object.fromEntries(
  bundledFiles.map(({ folder, file }) => [
    `bundled:/configs/${folder}/${file}`,
    readFileSync(join(CONFIGS, folder, file)),
  ]),
)

/** All bundled configs, and the demo's trace as an empty file: configs only ask whether it is there. */
export function bundledIo(extra: Readonly<Record<string, string | Uint8Array>> = {}): MemoryIo {
  const trace = { 'bundled:/traces/qwen3-30b-a3b-demo.csv.gz': '' }
  return memoryIo({ ...configs, ...trace, ...extra }, 4096)
}
