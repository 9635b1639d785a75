// Opens a recorded trace of any known format.
import { fail } from '../errors.ts'
import type { Io } from '../io.ts'
import { traceCandidates } from './candidates.ts'
import type { TraceExpectation } from './expectation.ts'
import type { ShownModel } from './formats/format.ts'
import type { TraceFormatId } from './formats/format-ids.ts'
import { identify } from './formats/identify.ts'
import { type HistogramSource, histogramsOf } from './histogram.ts'
import { readRequests, type TraceFacts, type TraceOptions, type TraceProgress } from './reading.ts'
import type { RoutingSource } from './source.ts'
import { SharedTables, tableSource } from './tables.ts'

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
  const kept = new SharedTables()
  const trace = await readRequests(io, path, expectation, options, (request) => kept.take(request))
  if (trace.gives === 'histograms') return trace
  const { requests, layers, ...facts } = trace
  const { experts, topK } = expectation
  return { ...facts, source: tableSource(io, { label: path, experts, topK, requests }, kept.tables) }
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
  const found = await firstTokens(io, path, from)
  return found?.reader.statedModel?.(found.file, found.head)
}

/** The model as far as the trace shows it without saying how many experts it has. Throws UserError. */
export async function shownModel(
  io: Io,
  path: string,
  from?: TraceFormatId,
): Promise<ShownModel | undefined> {
  const found = await firstTokens(io, path, from)
  return found?.reader.shownModel?.(found.file, found.head)
}

/** The first file that has tokens, and its reader. */
async function firstTokens(io: Io, path: string, from: TraceFormatId | undefined) {
  const { isDirectory, files } = await traceCandidates(io, path)
  for (const candidate of files) {
    const found = await identify(io, candidate, { from, isNamed: !isDirectory })
    if (found === undefined || !('read' in found.reader)) continue
    return { ...found, reader: found.reader }
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
      hint: 'a run, and any statistic of tokens, needs the experts of each token; a run can generate them from these counts, --set generator.counts=FILE',
    },
    { file: path },
  )
}
