// What a trace format is: how it is recognised and read.
import type { RoutingBuilder } from './builder.ts'
import type { Findings } from './findings.ts'

/** The beginning of a file, by which its format is told. */
export interface FileHead {
  /** The first 64 KiB as text, byte order mark dropped. */
  readonly text: string
  /** The first line as JSON, if it is a complete JSON object. */
  readonly firstObject: Readonly<Record<string, unknown>> | undefined
}

/** A file to read. */
export interface TraceFile {
  /** Request id for formats that carry none: the path below the trace's directory, without extension. */
  readonly name: string
  readonly findings: Findings
  /** The content, unzipped. */
  bytes(): AsyncIterable<Uint8Array>
}

export interface TraceFormat {
  readonly name: string
  recognises(head: FileHead): boolean
  /**
   * Adds the file's requests to the builder; throws UserError where the file breaks the format's rules. Returns
   * `not-a-trace` (nothing added) where only the whole file shows that it is in a layout of its own.
   */
  read(file: TraceFile, builder: RoutingBuilder): Promise<'read' | 'not-a-trace'>
}

/** Any JSON object, or undefined. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

/** A whole number >= 0 of a JSON document, or undefined. */
export function asIndex(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
