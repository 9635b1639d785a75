// Our own forms: any routing written in one and converted to another and back is the same, byte for byte.
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileContent } from '../../../../src/io.ts'
import { csvBytes, gzipped } from '../../../../src/trace/formats/native/bytes.ts'
import { parquetBytes } from '../../../../src/trace/formats/native/parquet-writer.ts'
import { firstRows } from '../../../../src/trace/formats/native/writer.ts'
import { manifestOf } from '../../../../src/trace/manifest.ts'
import type { Manifest } from '../../../../src/trace/manifest-schema.ts'
import { type OpenedTrace, readTrace, statedModel } from '../../../../src/trace/open.ts'
import type { RoutingSource } from '../../../../src/trace/source.ts'
import { memoryIo } from '../../../helpers/memory-io.ts'
import { expectationOf, researchFiles, sourceOf } from '../../sample.ts'
import { samples } from '../../samples.ts'

const noProgress = async () => {}
const FORMS = {
  csv: (source: RoutingSource, manifest: Manifest) => csvBytes(source, manifest, noProgress),
  'csv.gz': (source: RoutingSource, manifest: Manifest) => gzipped(csvBytes(source, manifest, noProgress)),
  parquet: (source: RoutingSource, manifest: Manifest) => parquetBytes(source, manifest, noProgress),
}
type Form = keyof typeof FORMS
const forms = fc.constantFrom(...(Object.keys(FORMS) as Form[]))

const ORIGIN = { format: 'research-jsonl', name: 'x' }

function tokensOf(trace: OpenedTrace) {
  if (trace.gives !== 'tokens') throw new Error('histograms')
  return trace
}

/** The trace as it is after being written in a form and read back, with the model that it states itself. */
async function through(form: Form, source: RoutingSource, manifest: Manifest) {
  const io = memoryIo({}, 1000)
  await io.write('t', FORMS[form](source, manifest) as FileContent)
  const stated = await statedModel(io, 't')
  expect(stated).toEqual({
    model: 'some model',
    experts: source.experts,
    topK: source.topK,
    moeLayers: source.layers,
  })
  return { bytes: io.files.get('t')!, trace: tokensOf(await readTrace(io, 't', stated!)) }
}

describe('a trace in our own forms', () => {
  it('survives conversions there and back, rows, hash, manifest and bytes', async () => {
    await fc.assert(
      fc.asyncProperty(samples, forms, forms, fc.boolean(), async (sample, one, other, isAssumed) => {
        const source = sourceOf(sample)
        const manifest = manifestOf(source, 'some model', isAssumed, ORIGIN)
        const first = await through(one, source, manifest)
        const second = await through(other, first.trace.source, first.trace.manifest!)
        const third = await through(one, second.trace.source, second.trace.manifest!)
        for (const { trace } of [first, second, third]) {
          expect(trace.source.sha256).toBe(source.sha256)
          expect(trace.source.requests).toEqual(source.requests)
          for (const layer of source.layers) {
            expect(trace.source.layerExperts(layer)).toEqual(source.layerExperts(layer))
          }
          expect(trace.manifest).toEqual(manifest)
          expect(trace.isPhaseAssumed).toBe(isAssumed)
        }
        expect(third.bytes).toEqual(first.bytes)
      }),
      { numRuns: 40 },
    )
  })

  it('holds what the research JSONL held that it was converted from', async () => {
    await fc.assert(
      fc.asyncProperty(samples, forms, async (sample, form) => {
        // File names cannot hold a slash; ids come from the meta line.
        const named = sample.requests.map((request, i) => ({ ...request, id: `r${i}` }))
        const io = memoryIo(researchFiles({ ...sample, requests: named }, 'd'), 1000)
        const read = tokensOf(await readTrace(io, 'd', expectationOf(sample)))
        const manifest = manifestOf(read.source, 'some model', read.isPhaseAssumed, ORIGIN)
        const { trace } = await through(form, read.source, manifest)
        expect(trace.source.sha256).toBe(read.source.sha256)
        expect(trace.manifest!.phases).toBe('recorded')
      }),
      { numRuns: 30 },
    )
  })

  it('goes over several row groups of Parquet', async () => {
    const rows = Array.from({ length: 40_000 }, (_, t) => [[t % 8], [(t * 3) % 8], [(t * 5) % 8], [7]])
    const layers = [0, 2, 4, 9]
    const source = sourceOf({ experts: 8, topK: 1, layers, requests: [{ id: 'a', prefillTokens: 7, rows }] })
    const seen: number[] = []
    const bytes = parquetBytes(source, manifestOf(source, 'm', false, ORIGIN), async (done, total) => {
      seen.push(done, total)
    })
    const io = memoryIo({}, 65_536)
    await io.write('t', bytes)
    const trace = tokensOf(await readTrace(io, 't', (await statedModel(io, 't'))!))
    expect(trace.source.sha256).toBe(source.sha256)
    expect(seen).toEqual([16_384, 40_000, 32_768, 40_000, 40_000, 40_000])
  })

  it('as gzip is the same bytes wherever it is written, and unpacks to the CSV', async () => {
    const source = sourceOf({
      experts: 4,
      topK: 1,
      layers: [0],
      requests: [{ id: 'a', prefillTokens: 0, rows: [[[3]]] }],
    })
    const manifest = manifestOf(source, 'm', false, ORIGIN)
    const io = memoryIo()
    await io.write('gz', FORMS['csv.gz'](source, manifest))
    await io.write('csv', FORMS.csv(source, manifest))
    const zipped = io.files.get('gz')!
    // No time stamp, and the operating system "unknown".
    expect([...zipped.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    expect(gunzipSync(zipped)).toEqual(Buffer.from(io.files.get('csv')!))
    expect(io.text('csv')).toBe(
      `# moesim-trace ${JSON.stringify(manifest)}\nrequest,token,phase,layer,experts\na,0,decode,0,3\n`,
    )
  })
})

it('The first rows are those of the native CSV', () => {
  const source = sourceOf({
    experts: 4,
    topK: 1,
    layers: [0, 1],
    requests: [
      {
        id: 'a',
        prefillTokens: 1,
        rows: [
          [[3], [2]],
          [[1], [0]],
        ],
      },
    ],
  })
  expect(firstRows(source, 3)).toBe(
    'request,token,phase,layer,experts\na,0,prefill,0,3\na,0,prefill,1,2\na,1,decode,0,1\n',
  )
  expect(firstRows(source, 100).trimEnd().split('\n')).toHaveLength(5)
})
