// A trace that is read twice and never held: its tally and its rows are those of the trace in memory.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Io } from '../../src/io.ts'
import { openTrace } from '../../src/trace/open.ts'
import { type RequestRows, requestRows } from '../../src/trace/source.ts'
import { streamedRequests, tallyTrace } from '../../src/trace/streamed.ts'
import { warningsOfTrace } from '../../src/trace/summary.ts'
import { memoryIo } from '../helpers/memory-io.ts'
import { findingsOf } from './formats/mini.ts'
import { expectationOf, forecastFiles, layerJsonl, researchFiles, type Sample } from './sample.ts'
import { samples } from './samples.ts'

const FORMATS = {
  'research JSONL': (sample: Sample) => researchFiles(sample, 'd'),
  'forecast JSON': (sample: Sample) => forecastFiles(sample, 'd'),
  'layer JSONL': (sample: Sample) => ({ 'd/all.jsonl': layerJsonl(sample) }),
}

const ofRequests = (requests: number): Sample => ({
  experts: 16,
  topK: 1,
  layers: [0, 1],
  requests: Array.from({ length: requests }, (_, i) => ({
    id: `r${i}`,
    prefillTokens: 1,
    rows: [[[i % 16], [5]]],
  })),
})

async function tallied(io: Io, sample: Sample) {
  const trace = await tallyTrace(io, 'd', expectationOf(sample))
  if (trace.gives !== 'tokens') throw new Error('histograms')
  return trace
}

async function all(requests: AsyncIterable<RequestRows>): Promise<RequestRows[]> {
  const list: RequestRows[] = []
  for await (const request of requests) list.push(request)
  return list
}

it('Tally and rows are those of the same trace in memory, whatever the format', async () => {
  await fc.assert(
    fc.asyncProperty(samples, fc.constantFrom(...Object.values(FORMATS)), async (sample, filesOf) => {
      const named = { ...sample, requests: sample.requests.map((r, i) => ({ ...r, id: `r${i}` })) }
      const io = memoryIo(filesOf(named), 100)
      const source = await openTrace(io, 'd', expectationOf(named))
      const trace = await tallied(io, named)
      const { layerExperts, portable, ...facts } = source
      expect(layerExperts).toBeInstanceOf(Function)
      expect(portable.sha256).toBe(facts.sha256)
      expect(trace.source).toEqual(facts)
      expect(trace.oddities).toEqual(warningsOfTrace({ ...trace, source }, expectationOf(named)))
      const rows = await all(streamedRequests(io, trace.source, expectationOf(named), {}))
      expect(rows).toEqual([...requestRows(source)])
    }),
    { numRuns: 40 },
  )
})

/** Counts the bytes that are read. */
function counting(io: Io) {
  const counted = { bytes: 0 }
  const read: Io['read'] = async function* (path) {
    for await (const chunk of io.read(path)) {
      counted.bytes += chunk.byteLength
      yield chunk
    }
  }
  return { io: { ...io, read }, counted }
}

it('Reading waits for whoever takes the requests: a block or two are read before they are needed, not the file', async () => {
  const requests = 5000
  const chunkBytes = 2000
  const sample = ofRequests(requests)
  const content = layerJsonl(sample)
  const inMemory = memoryIo({ 'd/all.jsonl': content }, chunkBytes)
  const { source } = await tallied(inMemory, sample)
  const { io, counted } = counting(inMemory)
  // The head of a file is read once more, to tell its format.
  const allowedBytes = 64 * 1024 + 6 * chunkBytes
  expect(content.length).toBeGreaterThan(6 * allowedBytes)
  let taken = 0
  for await (const request of streamedRequests(io, source, expectationOf(sample), {})) {
    expect(request.id).toBe(`r${taken++}`)
    // Whatever reads ahead may do so now.
    if (taken % 100 === 1) for (let turn = 0; turn < 50; turn++) await setImmediate()
    expect(counted.bytes - (taken * content.length) / requests).toBeLessThan(allowedBytes)
  }
  expect(taken).toBe(requests)
})

it('Whoever stops taking requests ends the reading', async () => {
  const sample = ofRequests(5000)
  const inMemory = memoryIo({ 'd/all.jsonl': layerJsonl(sample) }, 2000)
  const { source } = await tallied(inMemory, sample)
  const { io, counted } = counting(inMemory)
  for await (const _ of streamedRequests(io, source, expectationOf(sample), {})) break
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  expect(counted.bytes).toBeLessThan(64 * 1024 + 6 * 2000)
})

it('A trace that changes between the two readings is refused', async () => {
  const [before, after] = [ofRequests(20), ofRequests(21)].map(layerJsonl)
  const io = memoryIo({ 'd/all.jsonl': before! })
  const { source } = await tallied(io, ofRequests(20))
  io.files.set('d/all.jsonl', Buffer.from(after!))
  const [found] = await findingsOf(all(streamedRequests(io, source, expectationOf(ofRequests(1)), {})))
  expect(found).toMatchObject({ file: 'd', args: { reason: 'the trace changed while it was read' } })
})

it('A fault that only the second reading meets is told as any other', async () => {
  const io = memoryIo({ 'd/all.jsonl': layerJsonl(ofRequests(20)) })
  const { source } = await tallied(io, ofRequests(20))
  io.files.set('d/all.jsonl', Buffer.from(`${layerJsonl(ofRequests(3))}{`))
  const [found] = await findingsOf(all(streamedRequests(io, source, expectationOf(ofRequests(1)), {})))
  expect(found).toMatchObject({ file: 'd/all.jsonl', span: { line: 7 } })
})
