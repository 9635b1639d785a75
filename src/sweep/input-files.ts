// The files that a sweep is planned from: looked at once, and kept as they were read, for its frozen copy.
import type { Io } from '../io.ts'

/** A file that a user wrote, and what is in it. */
export interface InputFile {
  readonly path: string
  readonly text: string
}

export class InputFiles {
  /** Through it files are read. */
  readonly io: Io
  private readonly bundled: string
  private readonly contents = new Map<string, Uint8Array>()

  /** `frozen`: what is read in the place of what is on the disk. */
  constructor(real: Io, frozen: readonly InputFile[] = []) {
    const { contents } = this
    const stats = new Map<string, ReturnType<Io['stat']>>()
    const lists = new Map<string, ReturnType<Io['list']>>()
    this.bundled = real.bundled('configs')
    for (const { path, text } of frozen) {
      const content = new TextEncoder().encode(text)
      contents.set(path, content)
      stats.set(path, Promise.resolve({ kind: 'file', sizeBytes: content.length }))
    }
    this.io = {
      ...real,
      stat: (path) => once(stats, path, () => real.stat(path)),
      list: (path) => once(lists, path, () => real.list(path)),
      async *read(path) {
        const known = contents.get(path)
        if (known !== undefined) return yield known
        const chunks: Uint8Array[] = []
        for await (const chunk of real.read(path)) {
          chunks.push(chunk)
          yield chunk
        }
        contents.set(path, joined(chunks))
      },
    }
  }

  /** All that were read to their end, but for those that come with moesim. */
  own(): InputFile[] {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    return [...this.contents]
      .filter(([path]) => !path.startsWith(this.bundled))
      .map(([path, content]) => ({ path, text: decoder.decode(content) }))
  }
}

/** What stands where does not change while a sweep is planned. */
function once<T>(known: Map<string, T>, path: string, look: () => T): T {
  if (!known.has(path)) known.set(path, look())
  return known.get(path)!
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
