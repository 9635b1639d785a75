// Takes a stream of bytes in pieces of wanted sizes, so that binary formats are read front to back without holding them.

export class ByteFeed {
  private readonly source: AsyncIterator<Uint8Array>
  private chunk: Uint8Array = new Uint8Array(0)
  private at = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]()
  }

  /** The next `size` bytes, fewer at the end, in a buffer of their own that starts at its first byte. */
  async take(size: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(size)
    let filled = 0
    while (filled < size) {
      if (this.at === this.chunk.length && !(await this.nextChunk())) break
      const part = this.chunk.subarray(this.at, this.at + size - filled)
      bytes.set(part, filled)
      filled += part.length
      this.at += part.length
    }
    return filled === size ? bytes : bytes.slice(0, filled)
  }

  /** Whether every byte has been taken. */
  async isAtEnd(): Promise<boolean> {
    return this.at === this.chunk.length && !(await this.nextChunk())
  }

  /** Lets go of the source, wherever reading stopped. */
  async close(): Promise<void> {
    await this.source.return?.()
  }

  private async nextChunk(): Promise<boolean> {
    for (;;) {
      const next = await this.source.next()
      if (next.done) return false
      this.chunk = next.value
      this.at = 0
      if (this.chunk.length > 0) return true
    }
  }
}
