// The real Io: files and hashes of Node, failures put into plain words, writes that are whole or absent; no threads yet.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FileContent, IoError } from '../../io.ts'
import type { CliIo } from '../ports.ts'
import { openAppend } from './append.ts'
import { lockFile, lockHolder } from './lock.ts'
import { codeOf, explained, REASONS } from './reasons.ts'

/** The package's own folder: two up from src/cli and from dist/cli alike. */
const PACKAGE_ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs everything on the main thread and is never interrupted: start.ts adds threads, the session Ctrl-C. */
export const nodeIo: CliIo = {
  async stat(path) {
    try {
      const found = await stat(path)
      return { kind: kindOf(found), sizeBytes: found.size }
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
      throw explained(path, error)
    }
  },

  async *read(path) {
    try {
      for await (const chunk of createReadStream(path)) yield chunk as Uint8Array
    } catch (error) {
      throw explained(path, error)
    }
  },

  async readRange(path, start, end) {
    try {
      return await readBetween(path, start, end)
    } catch (error) {
      throw explained(path, error)
    }
  },

  async list(path) {
    try {
      const entries = await readdir(path, { withFileTypes: true })
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
    } catch (error) {
      throw explained(path, error)
    }
  },

  async write(path, content) {
    try {
      await writeWhole(path, content)
    } catch (error) {
      throw explained(path, error)
    }
  },

  async makeDirectory(path) {
    try {
      await makeFolders(path)
    } catch (error) {
      throw explained(path, error)
    }
  },

  appendTo: openAppend,
  lock: lockFile,
  lockHolder,

  async assertWritable(path) {
    const found = await nodeIo.stat(path)
    if (found?.kind === 'directory') throw new IoError(path, REASONS.EISDIR!)
    try {
      await access(dirname(path), constants.W_OK)
      if (found === undefined && !(await stat(dirname(path))).isDirectory()) {
        throw new IoError(path, REASONS.ENOTDIR!)
      }
      if (found !== undefined) await access(path, constants.W_OK)
    } catch (error) {
      throw explained(path, error)
    }
  },

  bundled: (...parts) => join(PACKAGE_ROOT, ...parts),

  hash() {
    const hash = createHash('sha256')
    return {
      update: (data) => {
        hash.update(data)
      },
      hex: () => hash.digest('hex'),
    }
  },

  workers: { threads: 0, file: join(PACKAGE_ROOT, 'dist', 'run', 'worker.js'), heapBytes: Infinity },
  interruption: { signal: new AbortController().signal, checkpoint: async () => {} },
}

/** A folder and those it lies in. Node's own recursive mkdir never returns where a file system makes no folders (/proc). */
async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolders(dirname(path))
    await makeFolder(path)
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const isThere = codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()
    if (!isThere) throw error
  }
}

async function readBetween(path: string, start: number, end: number): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const bytes = new Uint8Array(end - start)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  } finally {
    await file.close()
  }
}

async function writeWhole(path: string, content: FileContent): Promise<void> {
  const found = await nodeIo.stat(path)
  // A pipe or device cannot be replaced by a rename (and must not: /dev/stdout is one).
  if (found?.kind === 'other') return writeFile(path, content)
  // Through a symbolic link, the file it points to is replaced, not the link.
  const target = found === undefined ? path : await realpath(path)
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
  try {
    await writeFile(temporary, content)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): 'file' | 'directory' | 'other' {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other'
}
