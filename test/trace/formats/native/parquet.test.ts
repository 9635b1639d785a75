// Parquet that others wrote is read; what is damaged, hostile or of another model is refused with its reason.
import { gzipSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../../../src/errors.ts'
import type { Io } from '../../../../src/io.ts'
import { readTrace } from '../../../../src/trace/open.ts'
import { memoryIo } from '../../../helpers/memory-io.ts'
import { findingsOf, idsOf, MINI, open } from '../mini.ts'

const ROWS = {
  request: ['a', 'a', 'a', 'a'],
  token: [0, 0, 1, 1],
  phase: ['prefill', 'prefill', 'decode', 'decode'],
  layer: [1, 3, 1, 3],
  expert_0: [0, 2, 4, 6],
  expert_1: [1, 3, 5, 7],
}
const IDS = [
  [
    [0, 1],
    [2, 3],
  ],
  [
    [4, 5],
    [6, 7],
  ],
]
type Columns = Record<string, readonly unknown[]>
type Column = Partial<Omit<ColumnSource, 'name' | 'data'>>

/** A Parquet file of these columns, each written as `how` says. */
function parquet(columns: Columns = ROWS, how: Readonly<Record<string, Column>> = {}, rowGroupSize = 1000) {
  const columnData = Object.entries(columns).map(([name, data]) => ({
    name,
    data: [...data],
    type: (typeof data.find((value) => value !== null) === 'string' ? 'STRING' : 'INT32') as
      | 'STRING'
      | 'INT32',
    ...how[name],
  }))
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }))
}
const GOOD = parquet()
const change = (name: keyof typeof ROWS, row: number, value: unknown): Columns => ({
  ...ROWS,
  [name]: (ROWS[name] as readonly unknown[]).with(row, value),
})

describe('Parquet', () => {
  it.each([
    ['with columns that may miss values', GOOD],
    [
      'with columns that miss none',
      parquet(ROWS, { token: { nullable: false }, expert_0: { nullable: false } }),
    ],
    ['with 64-bit integers', parquet({ ...ROWS, token: [0n, 0n, 1n, 1n] }, { token: { type: 'INT64' } })],
    [
      'without dictionaries',
      parquet(ROWS, { request: { encoding: 'PLAIN' }, expert_1: { encoding: 'PLAIN' } }),
    ],
    [
      'without compression',
      parquet(ROWS, { request: { codec: 'UNCOMPRESSED' }, layer: { codec: 'UNCOMPRESSED' } }),
    ],
    ['of row groups of a single row', parquet(ROWS, {}, 1)],
    ['with columns of other purposes', parquet({ ...ROWS, weight: [1, 2, 3, 4], expert: [0, 0, 0, 0] })],
    ['with its columns in another order', parquet(Object.fromEntries(Object.entries(ROWS).reverse()))],
  ])('%s is read', async (_, bytes) => {
    const source = await open({ 't.parquet': bytes }, 't.parquet')
    expect(source.requests).toEqual([{ id: 'a', prefillTokens: 1, tokens: 2 }])
    expect(idsOf(source)).toEqual(IDS)
  })

  it('compressed with gzip is read', async () => {
    const writer = new ByteWriter()
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 6 },
      ...Object.entries(ROWS).map(
        ([name, [first]]): SchemaElement =>
          typeof first === 'string'
            ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }
            : { name, type: 'INT32', repetition_type: 'REQUIRED' },
      ),
    ]
    const compressors = { GZIP: (input: Uint8Array) => new Uint8Array(gzipSync(input)) }
    const file = new ParquetWriter({ writer, schema, codec: 'GZIP', compressors })
    file.write({ columnData: Object.entries(ROWS).map(([name, data]) => ({ name, data: [...data] })) })
    file.finish()
    expect(idsOf(await open({ t: new Uint8Array(writer.getBuffer()) }, 't'))).toEqual(IDS)
  })

  it('reports the bytes it reads as progress, up to the size of the file', async () => {
    const seen: number[] = []
    await readTrace(memoryIo({ t: GOOD }), 't', MINI, { onProgress: (done) => seen.push(done) })
    expect(seen.length).toBeGreaterThan(1)
    expect(Math.max(...seen)).toBeLessThanOrEqual(GOOD.length)
  })
})

const withFooterLength = (length: number) => {
  const bytes = Buffer.from(GOOD)
  bytes.writeUInt32LE(length, bytes.length - 8)
  return bytes
}

describe('Parquet is refused', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'without a column',
      parquet(Object.fromEntries(Object.entries(ROWS).filter(([name]) => name !== 'phase'))),
      'column phase is missing; needed: request, token, phase, layer, expert_0, expert_1',
    ],
    [
      'with fewer experts than top-k',
      parquet(Object.fromEntries(Object.entries(ROWS).filter(([name]) => name !== 'expert_1'))),
      'column expert_1 is missing',
    ],
    [
      'with more experts than top-k',
      parquet({ ...ROWS, expert_2: [7, 7, 7, 0] }),
      'the file has 3 experts per row, model mini routes top-2',
    ],
    [
      'with an id out of range',
      parquet(change('expert_1', 2, 8)),
      'row 3: trace has expert 8 but model mini has 8 experts',
    ],
    ['with an id twice in a row', parquet(change('expert_1', 2, 4)), 'row 3: expert 4 stands twice'],
    [
      'with an id missing',
      parquet(change('expert_1', 2, null)),
      'row 3: expert id must be a whole number, got null',
    ],
    [
      'with a token missing',
      parquet(change('token', 2, null)),
      'row 3: token must be a whole number, got nothing',
    ],
    [
      'with half a token',
      parquet(change('token', 2, 0.5), { token: { type: 'DOUBLE' } }),
      'row 3: token must be a whole number, got 0.5',
    ],
    ['with a negative layer', parquet(change('layer', 0, -1)), 'row 1: layer must be a whole number, got -1'],
    [
      'with a request missing',
      parquet(change('request', 1, null)),
      'row 2: request must be text, got nothing',
    ],
    [
      'with numbers for requests',
      parquet({ ...ROWS, request: [1, 1, 1, 1] }),
      'row 1: request must be text, got 1',
    ],
    [
      'with a phase of its own',
      parquet(change('phase', 3, 'train')),
      'row 4: phase must be prefill or decode, got "train"',
    ],
    [
      'with a token of both phases',
      parquet(change('phase', 3, 'prefill')),
      'row 4: token 1 is both prefill and decode',
    ],
    [
      'with a layer missing',
      parquet(change('layer', 3, 1)),
      'row 4: layer 1 of token 1, request "a", stands where layer 3 belongs',
    ],
    [
      'with rows twice',
      parquet({ ...ROWS, token: [0, 0, 0, 0], phase: ROWS.phase.map(() => 'decode') }),
      'row 3: layer 1 of token 0, request "a", stands where the next token belongs',
    ],
    [
      'with a dense layer',
      parquet({ ...ROWS, layer: [0, 3, 0, 3] }),
      'row 1: layer 0 is not a MoE layer of model mini',
    ],
    [
      'without rows',
      parquet(
        { request: [], token: [], phase: [], layer: [], expert_0: [], expert_1: [] },
        { request: { type: 'STRING' }, phase: { type: 'STRING' } },
      ),
      'the file has a header and no rows',
    ],
    [
      'in an encoding that is not read',
      parquet(ROWS, { token: { encoding: 'DELTA_BINARY_PACKED' } }),
      'encoding DELTA_BINARY_PACKED is not read; known: PLAIN',
    ],
    ['that is cut off', GOOD.subarray(0, -20), 'truncated: the Parquet footer at its end is missing'],
    ['that is only its magic', GOOD.subarray(0, 4), 'truncated: too short for a Parquet file'],
    [
      'with a footer larger than itself',
      withFooterLength(0x7fffffff),
      'a Parquet footer of 2147483647 bytes in a file of',
    ],
    ['with a footer that is not one', withFooterLength(40), 'unreadable Parquet: damaged'],
  ])('%s', async (_, bytes, message) => {
    const [first] = await findingsOf(open({ t: bytes }, 't'))
    expect(first!.file).toBe('t')
    expect(text(first!)).toContain(message)
  })

  it('with a manifest of other rows', async () => {
    const columnData = Object.entries(ROWS).map(([name, data]) => ({ name, data: [...data] }))
    const manifest = {
      ...{ version: 2, model: 'mini', experts: 8, topK: 2, layers: [1, 3], requests: 1, prefillTokens: 1 },
      ...{ decodeTokens: 1, phases: 'recorded', source: { format: 'x', name: 'x' }, sha256: 'a'.repeat(64) },
    }
    const kvMetadata = [{ key: 'moesim-trace', value: JSON.stringify(manifest) }]
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }))
    const [first] = await findingsOf(open({ t: bytes }, 't'))
    expect(text(first!)).toContain('the rows are not those the manifest was written for')
  })

  it('where the file system fails', async () => {
    const { IoError } = await import('../../../../src/io.ts')
    const io: Io = {
      ...memoryIo({ t: GOOD }),
      async readRange(path) {
        throw new IoError(path, 'permission denied')
      },
    }
    const [first] = await findingsOf(readTrace(io, 't', MINI))
    expect(text(first!)).toBe('cannot read: permission denied')
  })
})
