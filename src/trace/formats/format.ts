// What a trace format is: how it is recognised and read.
import type { Io } from '../../io.ts'
import type { RoutingBuilder } from '../builder.ts'
import type { TraceExpectation } from '../expectation.ts'
import type { Findings } from '../findings.ts'
import type { HistogramBuilder } from '../histogram-builder.ts'

/** The beginning of a file, by which its format is told. */
export interface FileHead {
  /** As of TraceFile. */
  readonly name: string
  /** The first 64 KiB, unzipped where they are gzip. */
  readonly bytes: Uint8Array
  /** The same as text, byte order mark dropped; empty where it is not text. */
  readonly text: string
  /** The first line as JSON, if it is a complete JSON object. */
  readonly firstObject: Readonly<Record<string, unknown>> | undefined
}

/** A file to read. */
export interface TraceFile {
  /** Request id for formats that carry none: the path below the trace's directory, without extension. */
  readonly name: string
  readonly findings: Findings
  readonly io: TraceIo
  /** Whether it was named itself rather than found in a directory. */
  readonly isNamed: boolean
  /** The content, unzipped. */
  bytes(): AsyncIterable<Uint8Array>
  /** To be told of bytes that are read from the disk in other ways than through `bytes`. */
  onRaw(bytes: number): void
}

/** What readers use of the port: most only read through `bytes`. */
type TraceIo = Pick<Io, 'stat' | 'read' | 'readRange' | 'hash'>

interface Recogniser {
  recognises(head: FileHead): boolean
}

/** Reader of a format that gives each token's experts. */
export interface TokenReader extends Recogniser {
  /**
   * Adds the file's requests to the builder; throws UserError where the file breaks the format's rules. Returns
   * `not-a-trace` (nothing added) where only the whole file shows that it is in a layout of its own.
   */
  read(file: TraceFile, builder: RoutingBuilder): Promise<'read' | 'not-a-trace'>
  /** The model that the file itself says it was recorded with, if it says so. */
  statedModel?(file: TraceFile, head: FileHead): Promise<TraceExpectation | undefined>
  /** The same of a file that does not say how many experts there are, but shows all else. */
  shownModel?(file: TraceFile, head: FileHead): Promise<ShownModel | undefined>
}

/** What the rows of a trace show of its model: enough where the number of experts does not matter. */
export type ShownModel = Pick<TraceExpectation, 'model' | 'topK' | 'moeLayers'>

/** Reader of a format that gives counts per layer and expert alone. */
export interface HistogramReader extends Recogniser {
  /** Adds the file's counts; otherwise as `read` of a TokenReader. */
  count(file: TraceFile, builder: HistogramBuilder): Promise<'read' | 'not-a-trace'>
}

/** A format that is known and not read. */
export interface RefusedFormat extends Recogniser {
  /** Throws UserError that says why and what to do. */
  refuse(file: TraceFile, head: FileHead): never
}

export type TraceReader = TokenReader | HistogramReader | RefusedFormat

/** Any JSON object, or undefined. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

/** A whole number >= 0 of a JSON document, or undefined. */
export function asIndex(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
