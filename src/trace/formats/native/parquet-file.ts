// Reads columns of a Parquet file, one row group at a time, through hyparquet.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type {
  AsyncBuffer,
  ColumnChunk,
  ColumnMetaData,
  Compressors,
  DecodedArray,
  FileMetaData,
  RowGroup,
} from 'hyparquet'
import { UserError } from '../../../errors.ts'
import { IoError } from '../../../io.ts'
import type { Findings } from '../../findings.ts'
import type { TraceFile } from '../format.ts'
import { DamagedParquet } from './parquet-damage.ts'

/** A row group is held as a whole, so this bounds the memory: more rows in one are a file for other purposes. */
const MAX_GROUP_ROWS = 2 ** 22
const MAX_GROUP_BYTES = 2 ** 30
const MAX_FOOTER_BYTES = 64 * 2 ** 20
const TAIL_BYTES = 8

export const PARQUET_MAGIC = 'PAR1'

export interface ParquetFile {
  readonly columns: readonly string[]
  /** Value of the file's own metadata under a key. */
  keyValue(key: string): string | undefined
  /** Row groups in order, each as its columns' values in pieces. Throws UserError where one is damaged or too large. */
  groups(columns: readonly string[]): AsyncGenerator<ParquetGroup>
}

export interface ParquetGroup {
  readonly rows: number
  readonly pieces: ReadonlyMap<string, readonly DecodedArray[]>
}

/** `onRaw` hears of bytes as they are read. Throws UserError where the file is no Parquet or its footer is damaged. */
export async function openParquet(file: TraceFile, onRaw: (bytes: number) => void): Promise<ParquetFile> {
  const { findings } = file
  const buffer = await asyncBuffer(file, onRaw)
  const metadata = await guarded(findings, async () => {
    const { parquetMetadataAsync } = await import('hyparquet')
    await judgeFooter(buffer, findings)
    return parquetMetadataAsync(buffer)
  })
  return {
    columns: metadata.schema.slice(1).map(({ name }) => name),
    keyValue: (key) => metadata.key_value_metadata?.find((pair) => pair.key === key)?.value,
    async *groups(columns) {
      for (const [index, group] of metadata.row_groups.entries()) {
        judgeGroup(group, index, buffer, findings)
        const rows = Number(group.num_rows)
        yield { rows, pieces: await guarded(findings, () => readGroup(buffer, metadata, group, columns)) }
      }
    },
  }
}

async function readGroup(
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
  columns: readonly string[],
): Promise<ReadonlyMap<string, readonly DecodedArray[]>> {
  const { parquetRead } = await import('hyparquet')
  const { judgePages } = await import('./parquet-pages.ts')
  const chunks = columns.map((name) => chunkOf(metadata, group, name))
  const start = Math.min(...chunks.map((chunk) => chunk.start))
  const end = Math.max(...chunks.map((chunk) => chunk.end))
  if (end - start > MAX_GROUP_BYTES) throw new DamagedParquet(`columns spread over ${end - start} bytes`)
  const bytes = new Uint8Array(await buffer.slice(start, end))
  for (const chunk of chunks) {
    const chunkBytes = bytes.subarray(chunk.start - start, chunk.end - start)
    judgePages({ ...chunk, bytes: chunkBytes, rows: Number(group.num_rows) }, COMPRESSORS)
  }
  const pieces = new Map<string, DecodedArray[]>(columns.map((name) => [name, []]))
  await parquetRead({
    file: {
      byteLength: buffer.byteLength,
      slice: (from, to = end) => bytes.slice(from - start, to - start).buffer,
    },
    metadata: { ...metadata, row_groups: [group], num_rows: group.num_rows },
    columns: [...columns],
    compressors: COMPRESSORS,
    onChunk: ({ columnName, columnData }) => {
      pieces.get(columnName)?.push(columnData)
    },
  })
  return pieces
}

interface Chunk {
  readonly metadata: ColumnMetaData
  readonly isOptional: boolean
  readonly start: number
  readonly end: number
}

/** Where a column of a row group stands in the file. */
function chunkOf(file: FileMetaData, group: RowGroup, name: string): Chunk {
  const element = file.schema.find((candidate, i) => i > 0 && candidate.name === name)
  const isAt = ({ meta_data: meta }: ColumnChunk) => meta?.path_in_schema.join('.') === name
  const metadata = group.columns.find(isAt)?.meta_data
  if (element === undefined || metadata === undefined || element.repetition_type === 'REPEATED') {
    throw new DamagedParquet(`column ${name} is no plain column`)
  }
  const start = Number(metadata.dictionary_page_offset || metadata.data_page_offset)
  const end = start + Number(metadata.total_compressed_size)
  if (!(start >= 0 && end >= start)) throw new DamagedParquet(`column ${name} is nowhere in the file`)
  return { metadata, isOptional: element.repetition_type !== 'REQUIRED', start, end }
}

/** What Node has, beside Snappy, which the reader has itself. */
const COMPRESSORS: Compressors = {
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
}

async function asyncBuffer(
  { io, findings }: TraceFile,
  onRaw: (bytes: number) => void,
): Promise<AsyncBuffer> {
  const path = findings.file
  const byteLength = (await io.stat(path))?.sizeBytes ?? 0
  return {
    byteLength,
    async slice(start, end = byteLength) {
      // A damaged file asks for anything.
      const from = Math.min(Math.max(start, 0), byteLength)
      const bytes = await io.readRange(path, from, Math.min(Math.max(end, from), byteLength))
      onRaw(bytes.byteLength)
      return new Uint8Array(bytes).buffer
    },
  }
}

async function judgeFooter(buffer: AsyncBuffer, findings: Findings): Promise<void> {
  const tail = new DataView(await buffer.slice(buffer.byteLength - TAIL_BYTES))
  if (tail.byteLength < TAIL_BYTES) findings.stopFile('truncated: too short for a Parquet file')
  const magic = Buffer.from(tail.buffer).toString('latin1', 4)
  if (magic !== PARQUET_MAGIC) findings.stopFile('truncated: the Parquet footer at its end is missing')
  const length = tail.getUint32(0, true)
  if (length > MAX_FOOTER_BYTES || length > buffer.byteLength - TAIL_BYTES) {
    findings.stopFile(`a Parquet footer of ${length} bytes in a file of ${buffer.byteLength}`)
  }
}

function judgeGroup(group: RowGroup, index: number, { byteLength }: AsyncBuffer, findings: Findings): void {
  const rows = group.num_rows
  if (!(rows >= 0 && rows <= MAX_GROUP_ROWS)) {
    findings.stopFile(
      `row group ${index} has ${rows} rows; at most ${MAX_GROUP_ROWS} are read`,
      undefined,
      'write it with smaller row groups',
    )
  }
  for (const { meta_data: chunk } of group.columns) {
    if (chunk === undefined) findings.stopFile(`row group ${index} keeps columns in other files`)
    const { total_uncompressed_size: size, total_compressed_size: packed, codec } = chunk
    if (!(size >= 0 && size <= MAX_GROUP_BYTES)) {
      findings.stopFile(`row group ${index}: a column of ${size} bytes; at most ${MAX_GROUP_BYTES} are read`)
    }
    if (!(packed >= 0 && packed <= byteLength))
      findings.stopFile(`row group ${index}: a column larger than the file`)
    if (!READABLE_CODECS.includes(codec)) {
      findings.stopFile(
        `compression ${codec} is not read; known: ${READABLE_CODECS.join(', ')}`,
        undefined,
        'write the file with Snappy',
      )
    }
  }
}

const READABLE_CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI']

/** Whatever the library throws while it looks at a file's bytes is the fault of those bytes. */
async function guarded<T>(findings: Findings, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UserError) throw error
    if (error instanceof IoError) findings.stopFile(error.reason)
    const why = error instanceof DamagedParquet ? error.message : 'damaged, or not written as Parquet is'
    return findings.stopFile(`unreadable Parquet: ${why}`)
  }
}
