// The one port through which everything but cli reaches files and threads. The cli passes the real one, tests pass a fake.

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

/** Threads that a run may use beside the main one. */
export interface Workers {
  /** At most so many; 0: everything runs on the main thread. */
  readonly threads: number
  /** Path of the compiled file that every thread runs. */
  readonly file: string
  /** Heap of all threads together, so that a run too large for the machine ends with a word instead of the machine. */
  readonly heapBytes: number
  /** Told when a run turns out to take long, so that code for it may be compiled with more care. */
  readonly onLong?: (() => void) | undefined
}

/** How a long computation hears that it should stop. */
interface Interruption {
  /** Aborted when it should; the reason is what to throw. */
  readonly signal: AbortSignal
  /** Awaited often by what keeps the main thread busy: now and then lets events in. Throws when it should stop. */
  checkpoint(): Promise<void>
}

/** What a file is written from: all at once, or piece by piece. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>

/** A file that grows at its end. */
export interface AppendFile {
  /** Adds the whole text, or throws IoError and leaves the file as it was. Outlives this process, however that ends. */
  append(text: string): Promise<void>
  /** Also makes sure that it outlives the machine. */
  close(): Promise<void>
}

/** A lock that is held, or who holds it. */
export type Lock =
  | { readonly isHeld: true; release(): Promise<void> }
  | { readonly isHeld: false; readonly holder: string }

export interface Io {
  /** What a path is, or undefined where there is nothing. Throws IoError where it may not be looked at. */
  stat(path: string): Promise<{ kind: 'file' | 'directory' | 'other'; sizeBytes: number } | undefined>
  /** A file's bytes as they arrive, in chunks of any size. Throws IoError. */
  read(path: string): AsyncIterable<Uint8Array>
  /** The bytes from `start` up to but not including `end`; fewer where the file ends before that. Throws IoError. */
  readRange(path: string, start: number, end: number): Promise<Uint8Array>
  /** The entries of a directory, in no particular order. Throws IoError. */
  list(path: string): Promise<readonly DirectoryEntry[]>
  /**
   * Writes a whole file: to a temporary name first, renamed when complete. Throws IoError, or what a stream of content
   * throws; either way nothing is left behind.
   */
  write(path: string, content: FileContent): Promise<void>
  /** Makes a directory and those above it, where they are missing. Throws IoError. */
  makeDirectory(path: string): Promise<void>
  /** Opens a file for appending, made where there is none and cut to its first `keepBytes`. Throws IoError. */
  appendTo(path: string, keepBytes: number): Promise<AppendFile>
  /**
   * Takes the lock file at `path`, unless a process that lives holds it: a killed one leaves no lock that counts. Throws
   * IoError.
   */
  lock(path: string): Promise<Lock>
  /** Who holds the lock file at `path`; undefined where nobody who lives does. Throws IoError. */
  lockHolder(path: string): Promise<string | undefined>
  /** Absolute path of something that ships with moesim, such as `configs/hardware`. */
  bundled(...parts: string[]): string
  /** SHA-256 of data fed to it piece by piece. */
  hash(): { update(data: Uint8Array | string): void; hex(): string }
  readonly workers: Workers
  readonly interruption: Interruption
}

/** Reads a whole text file (UTF-8, BOM dropped), refusing more than `limitBytes`. Throws IoError. */
export async function readText(io: Pick<Io, 'read'>, path: string, limitBytes: number): Promise<string> {
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
