// An in-memory Io: files as text or bytes by path; reads in small chunks, records what is written.
import { createHash } from 'node:crypto'
import type { CliIo } from '../../src/cli/ports.ts'
import { type DirectoryEntry, type FileContent, IoError } from '../../src/io.ts'

export interface MemoryIo extends CliIo {
  readonly files: Map<string, Uint8Array>
  text(path: string): string | undefined
}

/** `bundled('a', 'b')` is the path `bundled:/a/b`. `chunkBytes` is small so that chunk borders fall everywhere. */
export function memoryIo(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  chunkBytes = 7,
): MemoryIo {
  const stored = new Map(Object.entries(files).map(([path, content]) => [path, bytes(content)]))
  const isDirectory = (path: string) => [...stored.keys()].some((known) => known.startsWith(`${path}/`))
  const locks = new Set<string>()
  const refuse = (path: string) =>
    new IoError(path, isDirectory(path) ? 'is a directory' : 'no such file or directory')
  return {
    files: stored,
    text: (path) => {
      const content = stored.get(path)
      return content && new TextDecoder().decode(content)
    },
    async stat(path) {
      const content = stored.get(plain(path))
      if (content) return { kind: 'file', sizeBytes: content.byteLength }
      return isDirectory(path) ? { kind: 'directory', sizeBytes: 0 } : undefined
    },
    async *read(path) {
      const content = stored.get(plain(path))
      if (content === undefined) throw refuse(path)
      for (let at = 0; at < content.byteLength; at += chunkBytes) yield content.subarray(at, at + chunkBytes)
    },
    async readRange(path, start, end) {
      const content = stored.get(plain(path))
      if (content === undefined) throw refuse(path)
      return content.slice(start, end)
    },
    async list(path) {
      if (!isDirectory(path)) throw refuse(path)
      const entries = new Map<string, DirectoryEntry>()
      for (const known of stored.keys()) {
        if (!known.startsWith(`${path}/`)) continue
        const [name = '', ...rest] = known.slice(path.length + 1).split('/')
        entries.set(name, { name, kind: rest.length > 0 ? 'directory' : 'file' })
      }
      return [...entries.values()]
    },
    async write(path, content) {
      if (isDirectory(path)) throw refuse(path)
      stored.set(plain(path), await whole(content))
    },
    async makeDirectory() {},
    async appendTo(path, keepBytes) {
      const key = plain(path)
      stored.set(key, (stored.get(key) ?? new Uint8Array()).slice(0, keepBytes))
      return {
        append: async (text) => void stored.set(key, Buffer.concat([stored.get(key)!, bytes(text)])),
        close: async () => {},
      }
    },
    async lock(path) {
      if (locks.has(path)) return { isHeld: false, holder: 'somebody' }
      locks.add(path)
      return { isHeld: true, release: async () => void locks.delete(path) }
    },
    async lockHolder(path) {
      return locks.has(path) ? 'somebody' : undefined
    },
    async assertWritable(path) {
      if (isDirectory(path)) throw refuse(path)
    },
    bundled: (...parts) => `bundled:/${parts.join('/')}`,
    hash() {
      const hash = createHash('sha256')
      return {
        update: (data) => {
          hash.update(data)
        },
        hex: () => hash.digest('hex'),
      }
    },
    workers: { threads: 0, file: '', heapBytes: Infinity },
    interruption: { signal: new AbortController().signal, checkpoint: async () => {} },
  }
}

/** `./a` is `a`. */
const plain = (path: string) => path.replace(/^\.\//, '')

async function whole(content: FileContent): Promise<Uint8Array> {
  if (typeof content === 'string' || content instanceof Uint8Array) return bytes(content)
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(new Uint8Array(piece))
  return Buffer.concat(pieces)
}

function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}
