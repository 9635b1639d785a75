// Everything main() needs from the world outside, so that tests run the real command line in process.
import type { Io } from '../io.ts'

export interface CliIo extends Io {
  /** Throws IoError where `path` could not be written: found before a simulation rather than after it. */
  assertWritable(path: string): Promise<void>
}

export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  /** Width of the terminal; absent where there is none. */
  readonly columns?: number | undefined
}

/** Why a command ends before its time. */
export interface Interruption {
  readonly exitCode: number
  /** What is printed. */
  readonly word: string
}

export interface Ports {
  readonly io: CliIo
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Version of moesim. */
  readonly version: string
  /** Wall clock in milliseconds since any moment: for progress alone, never for results. */
  nowMs(): number
  /** Lets pending events in, such as a Ctrl-C. */
  yieldToEvents(): Promise<void>
  /** Calls back at Ctrl-C, or where the system asks for an end; returns how to stop listening. */
  onInterrupt(callback: (interruption: Interruption) => void): () => void
}
