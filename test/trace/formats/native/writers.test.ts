// Writers of our own forms: lines and row groups as they should be, and how far they say they are.
import { expect, test } from 'vitest'
import { csvBytes } from '../../../../src/trace/formats/native/bytes.ts'
import { parquetBytes } from '../../../../src/trace/formats/native/parquet-writer.ts'
import { firstRows, formatNativeCsv } from '../../../../src/trace/formats/native/writer.ts'
import { manifestOf } from '../../../../src/trace/manifest.ts'
import type { RoutingSource } from '../../../../src/trace/source.ts'
import { sourceOf } from '../../sample.ts'

const small = sourceOf({
  ...{ experts: 8, topK: 2, layers: [1, 3] },
  requests: [
    { id: 'a,"b"', prefillTokens: 1, rows: [[[0, 1], [2, 3]], [[4, 5], [6, 7]]] }, // biome-ignore format: one line
    { id: 'c', prefillTokens: 0, rows: [[[1, 0], [3, 2]]] }, // biome-ignore format: one line
  ],
})
const HEADER = 'request,token,phase,layer,experts\n'
const LINES = [
  ...['"a,""b""",0,prefill,1,0 1\n', '"a,""b""",0,prefill,3,2 3\n', '"a,""b""",1,decode,1,4 5\n'],
  ...['"a,""b""",1,decode,3,6 7\n', 'c,0,decode,1,1 0\n', 'c,0,decode,3,3 2\n'],
]

test('lines go by request, token and layer, behind comments of one line each', () => {
  expect([...formatNativeCsv(small, ['made by\r\nme'])].join('')).toBe(
    `# made by\n# me\n${HEADER}${LINES.join('')}`,
  )
})

test.each([0, 1, 2, 3, 5, 6, 99])('the first %i rows are the header and as many lines', (rows) => {
  expect(firstRows(small, rows)).toBe(`${HEADER}${LINES.slice(0, rows).join('')}`)
})

/** One request of so many tokens in two layers. */
const long = (tokens: number) =>
  sourceOf({
    ...{ experts: 8, topK: 1, layers: [1, 3] },
    requests: [{ id: 'x', prefillTokens: 5, rows: Array.from({ length: tokens }, (_, t) => [[t % 8], [3]]) }],
  })

/** What is told while it is written. */
async function progressOf(form: typeof csvBytes, source: RoutingSource) {
  const progress: [number, number][] = []
  const manifest = manifestOf(source, 'm', false, { format: 'csv', name: 'x' })
  const bytes = form(source, manifest, async (done, total) => void progress.push([done, total]))
  let written = 0
  for await (const { length } of bytes) written += length
  expect(written).toBeGreaterThan(0)
  return progress
}

test('Parquet has row groups of whole tokens, and tells after each how many tokens are in', async () => {
  expect(await progressOf(parquetBytes, small)).toEqual([[3, 3]])
  // Half of 65,536 rows are 32,768 tokens.
  expect(await progressOf(parquetBytes, long(32_768))).toEqual([[32_768, 32_768]])
  expect(await progressOf(parquetBytes, long(32_770))).toEqual([
    [32_768, 32_770],
    [32_770, 32_770],
  ])
})

test('CSV tells how many tokens are in whenever a piece is full', async () => {
  expect(await progressOf(csvBytes, small)).toEqual([])
  const progress = await progressOf(csvBytes, long(20_000))
  const [first, second] = progress.map(([done]) => done)
  expect(progress).toEqual([
    [first, 20_000],
    [second, 20_000],
  ])
  // Two lines of some 20 characters each.
  expect(first).toBeGreaterThan(6000)
  expect(second! - first!).toBeGreaterThan(6000)
})
