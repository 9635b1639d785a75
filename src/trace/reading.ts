// Reads the files of a trace one after the other and hands on its requests.
import { fail } from '../errors.ts'
import type { Io } from '../io.ts'
import { EnoughRead, RoutingBuilder } from './builder.ts'
import { type Candidate, traceCandidates } from './candidates.ts'
import type { TraceExpectation } from './expectation.ts'
import { READABLE_FORMAT_IDS, TRACE_FORMATS, type TraceFormatId } from './formats/format-ids.ts'
import { identify } from './formats/identify.ts'
import type { HistogramSource } from './histogram.ts'
import { HistogramBuilder } from './histogram-builder.ts'
import type { Manifest } from './manifest-schema.ts'
import type { RequestRows, TraceRequest } from './source.ts'

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

export interface TraceFacts {
  /** Files read, by format. */
  readonly formats: ReadonlyMap<TraceFormatId, number>
  /** Files of a directory that could be traces and were not used. */
  readonly leftOut: readonly LeftOut[]
  /** Of a native trace of a single file, if it has one. */
  readonly manifest: Manifest | undefined
}

/** What a trace gave beside the rows of its requests, which were handed on. */
export type ReadTrace =
  | (TraceFacts & {
      readonly gives: 'tokens'
      readonly requests: readonly TraceRequest[]
      /** That every request covers, ascending. */
      readonly layers: readonly number[]
      readonly isPhaseAssumed: boolean
    })
  | (TraceFacts & { readonly gives: 'histograms'; readonly histograms: HistogramSource })

/** Given each request once it is complete and checked; what follows it may still be wrong. It may keep the ids. */
export type OnRequest = (request: RequestRows) => void

/**
 * Reads the trace at `path`, a file or a directory, as `readTrace` says (open.ts). Memory: the largest request, twice for a
 * moment while it grows, a few blocks of the file, or a row group or JSON document where the format has these.
 */
export async function readRequests(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  options: TraceOptions,
  onRequest: OnRequest,
): Promise<ReadTrace> {
  const { isDirectory, files } = await traceCandidates(io, path)
  const reading = new Reading(io, files, isDirectory, expectation, options, onRequest)
  try {
    for (const file of files) if (!file.isArray) await reading.take(file)
    // Arrays hold whole requests: layers that stand in files of their own end here.
    reading.routing.completeLayers()
    const isWholeWithout = options.from === undefined && reading.routing.requests.length > 0
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
    onRequest: OnRequest,
  ) {
    this.io = io
    this.isDirectory = isDirectory
    this.options = options
    this.routing = new RoutingBuilder(expectation, onRequest, options.rowLimit)
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

  end(path: string): ReadTrace {
    const { routing, histograms, io, leftOut } = this
    const files = [...this.formats.values()].reduce((sum, count) => sum + count, 0)
    const manifest = files === 1 ? routing.manifests[0] : undefined
    if (routing.requests.length > 0) {
      for (const file of this.histogramFiles) leftOut.push({ path: file, why: 'histograms beside tokens' })
      const formats = new Map([...this.formats].filter(([id]) => TRACE_FORMATS[id].gives === 'tokens'))
      const { requests, layers = [], isPhaseAssumed } = routing
      return { gives: 'tokens', requests, layers, isPhaseAssumed, formats, leftOut, manifest }
    }
    if (!histograms.isEmpty) {
      const { formats } = this
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
