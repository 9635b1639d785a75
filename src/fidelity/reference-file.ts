// What a file of a reference folder is to the fidelity study.
import type { Diagnostic } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Replay } from './replay.ts'
import type { Area, TableSpec } from './tables.ts'

interface FileReading {
  readonly replays: readonly Replay[]
  readonly warnings: readonly Diagnostic[]
  /** Tables that the rows themselves call for. */
  readonly tables?: readonly TableSpec[]
}

export interface ReadingSetting {
  /** Turns a path below the folder into one that can be opened. */
  at(path: string): string
  /** For GPUs that rows name as these files are named. */
  readonly hardwareFiles: readonly string[]
}

export interface ReferenceFile {
  readonly area: Area
  /** Below a reference folder, with `/`. */
  readonly path: string
  /** Another file without which this one says nothing. */
  readonly companion?: string
  /** Throws UserError. */
  read(io: Io, setting: ReadingSetting): Promise<FileReading>
}
