// The one port through which engine...study reach files. The cli passes the real one, tests pass a fake.

/** Why a path could not be used, in words a user understands. */
export class IoError extends Error {
  override readonly name = 'IoError'
  readonly reason: string
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.reason = reason
  }
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
}

export interface Io {
  /** What a path is, or undefined where there is nothing. Throws IoError where it may not be looked at. */
  stat(path: string): Promise<{ kind: 'file' | 'directory' | 'other'; sizeBytes: number } | undefined>
  /** A file's bytes as they arrive, in chunks of any size. Throws IoError. */
  read(path: string): AsyncIterable<Uint8Array>
  /** The entries of a directory, in no particular order. Throws IoError. */
  list(path: string): Promise<readonly DirectoryEntry[]>
  /** Writes a whole file: to a temporary name first, renamed when complete. Throws IoError. */
  write(path: string, content: string | Uint8Array): Promise<void>
  /** Absolute path of something that ships with moesim, such as `configs/hardware`. */
  bundled(...parts: string[]): string
  /** SHA-256 of data fed to it piece by piece. */
  hash(): { update(data: Uint8Array | string): void; hex(): string }
}

/** Reads a whole text file (UTF-8, BOM dropped), refusing more than `limitBytes`. Throws IoError. */
export async function readText(io: Io, path: string, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of io.read(path)) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > limitBytes) throw new IoError(path, `larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(sizeBytes)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return new TextDecoder('utf-8').decode(bytes)
}
