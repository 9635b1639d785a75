// A trace that is read twice rather than held: once for what is in it, once for its rows.
import { TransformStream } from 'node:stream/web'
import { fail } from '../errors.ts'
import type { Io } from '../io.ts'
import type { TraceExpectation } from './expectation.ts'
import { TokenOddities } from './oddities/tokens.ts'
import { type ReadTrace, readRequests, type TraceFacts, type TraceOptions } from './reading.ts'
import { RoutingHash } from './routing-hash.ts'
import type { RequestRows, RoutingFacts } from './source.ts'

/** What is in a trace, without its rows. */
export type TalliedTrace =
  | (TraceFacts & {
      readonly gives: 'tokens'
      readonly source: RoutingFacts
      readonly isPhaseAssumed: boolean
      /** See TokenOddities. */
      readonly oddities: readonly string[]
    })
  | Extract<ReadTrace, { gives: 'histograms' }>

/** Reads the whole trace, as `readTrace` does, and counts. Memory: as of readRequests. Throws UserError. */
export async function tallyTrace(
  io: Io,
  path: string,
  expectation: TraceExpectation,
  options: TraceOptions = {},
): Promise<TalliedTrace> {
  const hash = new RoutingHash(io, expectation)
  const oddities = new TokenOddities(expectation)
  const trace = await readRequests(io, path, expectation, options, (request) => {
    hash.add(request)
    oddities.take(request)
  })
  if (trace.gives === 'histograms') return trace
  const { requests, layers, ...facts } = trace
  const { experts, topK } = expectation
  const source = { label: path, kind: 'file' as const, experts, topK, layers, requests, sha256: hash.hex() }
  return { ...facts, source, oddities: oddities.found }
}

/**
 * The rows of a tallied trace, read once more. The reader waits while requests wait to be taken, so that few are held: those
 * of a block of the file, or of a row group. Throws UserError where the trace is not what it was when it was tallied.
 */
export async function* streamedRequests(
  io: Io,
  { label, sha256 }: RoutingFacts,
  expectation: TraceExpectation,
  options: Pick<TraceOptions, 'from'>,
): AsyncGenerator<RequestRows> {
  const { readable, writable } = new TransformStream<RequestRows, RequestRows>()
  const writer = writable.getWriter()
  const waiting: Io = {
    ...io,
    async *read(path) {
      for await (const chunk of io.read(path)) {
        await writer.ready
        yield chunk
      }
    },
    async readRange(path, start, end) {
      await writer.ready
      return io.readRange(path, start, end)
    },
  }
  const hash = new RoutingHash(io, expectation)
  // Whoever stops taking requests closes the stream under the reader, which ends by that error: nobody is left to hear it.
  const ignore = () => {}
  const reading = readRequests(waiting, label, expectation, options, (request) => {
    hash.add(request)
    writer.write(request).catch(ignore)
  })
  reading
    .then(
      () => writer.close(),
      (error) => writer.abort(error),
    )
    .catch(ignore)
  yield* readable
  if (hash.hex() !== sha256) {
    fail('file', { action: 'read', reason: 'the trace changed while it was read' }, { file: label })
  }
}
