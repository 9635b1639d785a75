// One routing, written in every format, is one and the same source; the native format survives a round trip.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatNativeCsv } from '../../../src/trace/formats/native/writer.ts'
import { openTrace } from '../../../src/trace/open.ts'
import type { RoutingSource } from '../../../src/trace/source.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { expectationOf, forecastFiles, layerJsonl, researchFiles, type Sample, sourceOf } from '../sample.ts'
import { samples } from '../samples.ts'

const csv = (source: RoutingSource, comments: readonly string[] = []) =>
  [...formatNativeCsv(source, comments)].join('')

function expectEqualSources(got: RoutingSource, expected: RoutingSource): void {
  expect(got.sha256).toBe(expected.sha256)
  expect(got.requests).toEqual(expected.requests)
  expect(got.layers).toEqual(expected.layers)
  expect([got.experts, got.topK]).toEqual([expected.experts, expected.topK])
  for (const layer of expected.layers) expect(got.layerExperts(layer)).toEqual(expected.layerExperts(layer))
}

const SAMPLE: Sample = {
  experts: 8,
  topK: 2,
  layers: [1, 3],
  requests: [
    {
      id: '2',
      prefillTokens: 2,
      rows: [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [4, 5],
          [6, 7],
        ],
        [
          [7, 0],
          [1, 6],
        ],
      ],
    },
    {
      id: '10',
      prefillTokens: 1,
      rows: [
        [
          [5, 2],
          [3, 0],
        ],
        [
          [1, 4],
          [0, 7],
        ],
      ],
    },
  ],
}

describe('native CSV', () => {
  it('brings back any routing that was written', async () => {
    await fc.assert(
      fc.asyncProperty(samples, fc.boolean(), async (sample, isZipped) => {
        const source = sourceOf(sample)
        const text = csv(source, ['one comment', 'two\nlines'])
        const io = memoryIo({ t: isZipped ? gzipSync(text) : text })
        expectEqualSources(await openTrace(io, 't', expectationOf(sample)), source)
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  it('is written as documented', () => {
    expect(csv(sourceOf({ ...SAMPLE, requests: [{ ...SAMPLE.requests[1]!, id: 'a,"b"' }] }), ['x'])).toBe(
      '# x\nrequest,token,phase,layer,experts\n' +
        '"a,""b""",0,prefill,1,5 2\n"a,""b""",0,prefill,3,3 0\n' +
        '"a,""b""",1,decode,1,1 4\n"a,""b""",1,decode,3,0 7\n',
    )
  })

  it.each([
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['CRLF line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['no newline at its end', (text: string) => text.trimEnd()],
    ['empty lines', (text: string) => `${text}\n\n`],
    [
      'token indices from 230',
      (text: string) => text.replace(/^(\d+),(\d),/gm, (_, r, t) => `${r},${230 + Number(t)},`),
    ],
    ['quotes around every field', (text: string) => text.replace(/[^,\n]+/g, '"$&"')],
  ])('reads a file with %s as the same routing', async (_, change) => {
    const io = memoryIo({ 't.csv': change(csv(sourceOf(SAMPLE))) })
    expectEqualSources(await openTrace(io, 't.csv', expectationOf(SAMPLE)), sourceOf(SAMPLE))
  })

  it('reads gzip of several members, arriving byte by byte', async () => {
    const text = csv(sourceOf(SAMPLE))
    const bytes = Buffer.concat([gzipSync(text.slice(0, 50)), gzipSync(text.slice(50))])
    expectEqualSources(
      await openTrace(memoryIo({ t: bytes }, 1), 't', expectationOf(SAMPLE)),
      sourceOf(SAMPLE),
    )
  })
})

describe('the same routing in each format', () => {
  it('has one hash in native CSV, research JSONL and the paper’s JSON, plain and zipped', async () => {
    const io = memoryIo({
      'a/t.csv': csv(sourceOf(SAMPLE)),
      ...researchFiles(SAMPLE, 'b'),
      ...forecastFiles(SAMPLE, 'c'),
      ...Object.fromEntries(
        Object.entries(forecastFiles(SAMPLE, 'd')).map(([path, text]) => [`${path}.gz`, gzipSync(text)]),
      ),
    })
    for (const directory of ['a', 'b', 'c', 'd']) {
      expectEqualSources(await openTrace(io, directory, expectationOf(SAMPLE)), sourceOf(SAMPLE))
    }
  })

  it('has one hash in all four formats where there is no prompt', async () => {
    const sample = {
      ...SAMPLE,
      requests: SAMPLE.requests.map((request) => ({ ...request, prefillTokens: 0 })),
    }
    const io = memoryIo({
      'a.csv': csv(sourceOf(sample)),
      ...researchFiles(sample, 'b'),
      ...forecastFiles(sample, 'c'),
      'd.jsonl': layerJsonl(sample),
    })
    for (const path of ['a.csv', 'b', 'c', 'd.jsonl']) {
      expectEqualSources(await openTrace(io, path, expectationOf(sample)), sourceOf(sample))
    }
  })

  it('has another hash when one id, one phase or one request id differs', async () => {
    const [first, second] = SAMPLE.requests
    const changed = [
      { ...first!, prefillTokens: 3 },
      { ...first!, id: '3' },
      {
        ...first!,
        rows: [
          [
            [0, 2],
            [2, 3],
          ],
          ...first!.rows.slice(1),
        ],
      },
    ].map((request) => sourceOf({ ...SAMPLE, requests: [request, second!] }).sha256)
    expect(new Set([sourceOf(SAMPLE).sha256, ...changed]).size).toBe(4)
  })
})

it('The paper’s JSON takes step 0 for prefill even with one row', async () => {
  const io = memoryIo({ 'q.json': '[{"0":null,"1":[[3]]},{"0":null,"1":[[4]]}]' })
  const source = await openTrace(io, 'q.json', { model: 'm', experts: 8, topK: 1, moeLayers: [1] })
  expect(source.requests).toEqual([{ id: 'q', prefillTokens: 1, tokens: 2 }])
})

it('Per-layer JSONL names requests dataset/problem', async () => {
  const text = '{"dataset":"he","problem_id":7,"layer":1,"experts":[3],"gating_probs":[1],"token_idx":0}\n'
  const source = await openTrace(memoryIo({ t: text }), 't', {
    model: 'm',
    experts: 8,
    topK: 1,
    moeLayers: [1],
  })
  expect(source.requests).toEqual([{ id: 'he/7', prefillTokens: 0, tokens: 1 }])
})

it('Research JSONL without a request name takes it from the path', async () => {
  const [path, text] = Object.entries(researchFiles(SAMPLE, 'dir/sub'))[0]!
  const io = memoryIo({ [path]: text.replace('"request":"2"', '"request":null') })
  const source = await openTrace(io, 'dir', expectationOf(SAMPLE))
  expect(source.requests[0]!.id).toBe('sub/2')
})
