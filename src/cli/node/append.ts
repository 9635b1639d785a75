// Appending to a file: whole texts or nothing, and on the disk within a second.
import { appendFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { AppendFile } from '../../io.ts'
import { explained } from './reasons.ts'

/** What is written survives a kill at once; only a machine that loses power may lose what is younger than this. */
const SYNC_EVERY_MS = 1000

export async function openAppend(path: string, keepBytes: number): Promise<AppendFile> {
  try {
    const file = await open(path, 'a')
    const { size } = await file.stat()
    if (size > keepBytes) await file.truncate(keepBytes)
    return new NodeAppendFile(path, file, Math.min(size, keepBytes))
  } catch (error) {
    throw explained(path, error)
  }
}

class NodeAppendFile implements AppendFile {
  private readonly path: string
  private readonly file: FileHandle
  private sizeBytes: number
  private syncedMs = performance.now()

  constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.path = path
    this.file = file
    this.sizeBytes = sizeBytes
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    try {
      // A line goes to the memory of the system in microseconds; a thread of its own would cost more to wake.
      appendFileSync(this.file.fd, bytes)
      this.sizeBytes += bytes.byteLength
      if (performance.now() - this.syncedMs < SYNC_EVERY_MS) return
      await this.file.datasync()
      this.syncedMs = performance.now()
    } catch (error) {
      // A full disk takes a part of a text: shortening needs no space. What cannot be cut off is dropped when read.
      await this.file.truncate(this.sizeBytes).catch(() => {})
      throw explained(this.path, error)
    }
  }

  async close(): Promise<void> {
    try {
      await this.file.datasync()
    } catch (error) {
      throw explained(this.path, error)
    } finally {
      await this.file.close()
    }
  }
}
