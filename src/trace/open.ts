// Opens a recorded trace of any known format.
import { fail } from '../errors.ts'
import type { Io } from '../io.ts'
import { EnoughRead, RoutingBuilder } from './builder.ts'
import { type Candidate, traceCandidates } from './candidates.ts'
import type { TraceExpectation } from './expectation.ts'
import { READABLE_FORMAT_IDS, TRACE_FORMATS, type TraceFormatId } from './format-ids.ts'
import { type HistogramSource, histogramsOf } from './histogram.ts'
import { HistogramBuilder } from './histogram-builder.ts'
import { identify } from './identify.ts'
import type { Manifest } from './manifest.ts'
import type { RoutingSource } from './source.ts'

/** Told now and then how many of the trace's bytes on disk are read. */
export type TraceProgress = (bytesDone: number, bytesTotal: number) => void

export interface TraceOptions {
  /** Absent: by content. */
  readonly from?: TraceFormatId | undefined
  readonly onProgress?: TraceProgress
  /** After so many rows, one per token and layer, reading ends with the request. */
  readonly rowLimit?: number
}

interface LeftOut {
  readonly path: string
  readonly why:
    | 'another layout'
    | 'another format than the wanted one'
    | 'an array beside other traces'
    | 'histograms beside tokens'
    | 'a dump that is never opened'
}

interface TraceFacts {
  /** Files read, by format. */
  readonly formats: ReadonlyMap<TraceFormatId, number>
  /** Files of a directory that could be traces and were not used. */
  readonly leftOut: readonly LeftOut[]
  /** Of a native trace of a single file, if it has one. */
  readonly manifest: Manifest | undefined
}

/** A trace gives tokens, or histograms only. */
export type OpenedTrace =
  | (TraceFacts & {
      readonly gives: 'tokens'
      readonly source: RoutingSource
      readonly isPhaseAssumed: boolean
    })
  | (TraceFacts & { readonly gives: 'histograms'; readonly histograms: HistogramSource })

/**
 * Reads the trace at `path`, a file or a directory, each file by the format its content shows or by the one that `from`
 * names; gzip is unpacked.
 *
 * A directory stands for every file below it that has the name of a trace (candidates.ts), natural order, other and hidden
 * names ignored. Formats may mix. A file whose content is in no known layout (other people's CSV, a JSON document of its own,
 * a JSONL of other objects) is skipped there, since data sets keep such files beside their traces; so are, beside tokens,
 * histograms and arrays, which may hold the same requests once more. It is an error when such a file is named directly or when
 * nothing else is left. A file that is empty, binary, invalid JSON, or of a known layout with broken rows is always an error:
 * skipping it would change the results.
 *
 * Throws UserError with up to 20 findings, all of one file. Memory: two bytes per expert id, twice that for a moment while it
 * grows, and a few blocks of the file; a whole JSON document where the format is one.
 */
export async function readTrace(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  options: TraceOptions = {},
): Promise<OpenedTrace> {
  const { isDirectory, files } = await traceCandidates(io, path)
  const reading = new Reading(io, files, isDirectory, expectation, options)
  try {
    for (const file of files) if (!file.isArray) await reading.take(file)
    // Arrays hold whole requests: layers that stand in files of their own end here.
    reading.routing.completeLayers()
    const isWholeWithout = options.from === undefined && reading.routing.requestCount > 0
    for (const file of files) {
      if (!file.isArray) continue
      if (isWholeWithout) reading.leftOut.push({ path: file.path, why: 'an array beside other traces' })
      else await reading.take(file)
    }
  } catch (error) {
    if (!(error instanceof EnoughRead)) throw error
  }
  return reading.end(path)
}

/** The tokens of a trace. Throws UserError also where it has histograms only. */
export async function openTrace(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  onProgress: TraceProgress = () => {},
  from?: TraceFormatId,
): Promise<RoutingSource> {
  const trace = await readTrace(io, path, expectation, { onProgress, from })
  return trace.gives === 'tokens' ? trace.source : refuseHistograms(path, trace)
}

/** The histograms of a trace, from its tokens where it has them. Throws UserError. */
export async function openHistograms(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  options: TraceOptions = {},
): Promise<HistogramSource> {
  const trace = await readTrace(io, path, expectation, options)
  return trace.gives === 'histograms' ? trace.histograms : histogramsOf(io, trace.source)
}

/** The model that the trace itself says it was recorded with; undefined where it says too little. Throws UserError. */
export async function statedModel(
  io: Io,
  path: string,
  from?: TraceFormatId,
): Promise<TraceExpectation | undefined> {
  const { isDirectory, files } = await traceCandidates(io, path)
  for (const candidate of files) {
    const found = await identify(io, candidate, { from, isNamed: !isDirectory })
    if (found === undefined || !('read' in found.reader)) continue
    return found.reader.statedModel?.(found.file, found.head)
  }
  return undefined
}

/** A trace that gives histograms where tokens are needed. */
export function refuseHistograms(path: string, { formats }: Pick<OpenedTrace, 'formats'>): never {
  const [id] = formats.keys()
  return fail(
    'trace',
    {
      what: `histograms only (${id}): how often each expert was chosen, not by which token`,
      hint: 'a run, and any statistic of tokens, needs the experts of each token',
    },
    { file: path },
  )
}

/** One trace while its files are read. */
class Reading {
  readonly routing: RoutingBuilder
  readonly leftOut: LeftOut[] = []
  private readonly io: Io
  private readonly isDirectory: boolean
  private readonly options: TraceOptions
  private readonly histograms: HistogramBuilder
  private readonly formats = new Map<TraceFormatId, number>()
  private readonly histogramFiles: string[] = []
  /** Throws what is to be said of the first dump that was met, if nothing else is there. */
  private refuseDump: (() => never) | undefined
  private readonly bytesTotal: number
  private bytesDone = 0

  constructor(
    io: Io,
    files: readonly Candidate[],
    isDirectory: boolean,
    expectation: TraceExpectation,
    options: TraceOptions,
  ) {
    this.io = io
    this.isDirectory = isDirectory
    this.options = options
    this.routing = new RoutingBuilder(expectation, options.rowLimit)
    this.histograms = new HistogramBuilder(expectation)
    this.bytesTotal = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  }

  async take(candidate: Candidate): Promise<void> {
    const onRaw = (bytes: number) => {
      this.bytesDone += bytes
      this.options.onProgress?.(Math.min(this.bytesDone, this.bytesTotal), this.bytesTotal)
    }
    const { from } = this.options
    const found = await identify(this.io, candidate, { from, isNamed: !this.isDirectory, onRaw })
    if (found === undefined) return this.skip(candidate)
    const { id, reader, head, file } = found
    if ('refuse' in reader) {
      if (!this.isDirectory) reader.refuse(file, head)
      this.refuseDump ??= () => reader.refuse(file, head)
      this.leftOut.push({ path: candidate.path, why: 'a dump that is never opened' })
      return
    }
    const isHistogram = 'count' in reader
    const outcome = isHistogram
      ? await reader.count(file, this.histograms)
      : await reader.read(file, this.routing)
    if (outcome === 'not-a-trace') return this.skip(candidate)
    if (isHistogram) this.histogramFiles.push(candidate.path)
    this.formats.set(id, (this.formats.get(id) ?? 0) + 1)
  }

  end(path: string): OpenedTrace {
    const { routing, histograms, io } = this
    const files = [...this.formats.values()].reduce((sum, count) => sum + count, 0)
    const manifest = files === 1 ? routing.manifests[0] : undefined
    if (routing.requestCount > 0) {
      for (const file of this.histogramFiles)
        this.leftOut.push({ path: file, why: 'histograms beside tokens' })
      const formats = new Map([...this.formats].filter(([id]) => TRACE_FORMATS[id].gives === 'tokens'))
      const { leftOut } = this
      const { isPhaseAssumed } = routing
      return { gives: 'tokens', source: routing.build(io, path), isPhaseAssumed, formats, leftOut, manifest }
    }
    if (!histograms.isEmpty) {
      const { formats, leftOut } = this
      return { gives: 'histograms', histograms: histograms.build(io, path), formats, leftOut, manifest }
    }
    this.refuseDump?.()
    return this.refuseEmpty(path)
  }

  private skip({ path }: Candidate): void {
    const { from } = this.options
    if (this.isDirectory) {
      this.leftOut.push({
        path,
        why: from === undefined ? 'another layout' : 'another format than the wanted one',
      })
      return
    }
    const what = from === undefined ? 'not a trace in a known format' : `not a trace in the format ${from}`
    fail('trace', { what, hint: knownFormats() }, { file: path })
  }

  private refuseEmpty(path: string): never {
    const [first] = this.leftOut
    const other =
      this.options.from === undefined ? 'files of other layouts' : `files that are not ${this.options.from}`
    const seen =
      first === undefined
        ? 'no file with the name of one (.csv, .jsonl, .json, .parquet, .npy, .npz, .safetensors)'
        : `only ${other} (${first.path})`
    return fail(
      'file',
      { action: 'read', reason: `no trace in this directory: ${seen}`, hint: knownFormats() },
      { file: path },
    )
  }
}

function knownFormats(): string {
  return `known formats: ${READABLE_FORMAT_IDS.join(', ')}; "moesim trace --help" describes them`
}
