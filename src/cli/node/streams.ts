// The two streams of the process: whole writes, readers that go away, and what to say where standard output takes no more.
import { fstatSync, writeSync } from 'node:fs'
import type { OutputStream } from '../ports.ts'
import { codeOf, REASONS } from './reasons.ts'

export interface Streams {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Why standard output took no more, such as a full disk; undefined: it took everything, or nobody wanted more. */
  failure(): string | undefined
}

/** `onFailure` is called once, maybe after the last write has returned. */
export function standardStreams(onFailure: (reason: string) => void): Streams {
  let failure: string | undefined
  const fail = (error: unknown) => {
    const code = codeOf(error)
    // A reader that has seen enough (`moesim ... | head -1`) is no failure, nor does it turn one into success: what it does not
    // take is dropped, and the work goes on to its exit code.
    if (code === 'EPIPE' || failure !== undefined) return
    failure = REASONS[code ?? ''] ?? code ?? String(error)
    onFailure(failure)
  }
  process.stdout.on('error', fail)
  // There is nowhere left to say it.
  process.stderr.on('error', () => {})
  const file = isFile(1) ? { write: (text: string) => writeAll(1, text, () => failure, fail) } : undefined
  return { stdout: file ?? process.stdout, stderr: process.stderr, failure: () => failure }
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    return false
  }
}

/** Node hands a text to the system once: of a disk that fills up it would lose the rest of it without a word. */
function writeAll(
  descriptor: number,
  text: string,
  failure: () => string | undefined,
  fail: (error: unknown) => void,
): void {
  if (failure() !== undefined) return
  const bytes = Buffer.from(text)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  } catch (error) {
    fail(error)
  }
}
