// Checks the pages of a Parquet column before they are decoded: the decoder believes every count that it reads.
import type { ColumnMetaData, Compressors } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { DamagedParquet } from './parquet-damage.ts'

/** A page is unpacked as a whole; writers make them of about 1 MiB. */
const MAX_PAGE_BYTES = 256 * 2 ** 20

const DICTIONARY_ENCODINGS = ['PLAIN_DICTIONARY', 'RLE_DICTIONARY']
const ENCODINGS = ['PLAIN', ...DICTIONARY_ENCODINGS]

export interface ColumnChunkBytes {
  readonly bytes: Uint8Array
  readonly metadata: ColumnMetaData
  /** Whether values may be missing: pages then hold a level per value. */
  readonly isOptional: boolean
  /** Rows of the row group, which are the values of the column. */
  readonly rows: number
}

/**
 * Throws DamagedParquet unless the pages fit into the chunk and hold exactly one value per row, in encodings whose runs are
 * no longer than their page says. What passes decodes in memory proportional to the rows.
 */
export function judgePages(chunk: ColumnChunkBytes, compressors: Compressors): void {
  const { bytes, rows } = chunk
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  let values = 0
  // The decoder stops one byte before the end, too.
  while (reader.offset < bytes.length - 1) {
    const header = parquetHeader(reader)
    const { compressed_page_size: packed, uncompressed_page_size: size } = header
    demand(packed >= 0 && packed <= bytes.length - reader.offset, 'a page larger than its column')
    demand(size >= 0 && size <= MAX_PAGE_BYTES, `a page of ${size} bytes; at most ${MAX_PAGE_BYTES} are read`)
    const page = bytes.subarray(reader.offset, reader.offset + packed)
    reader.offset += packed
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header
    if (header.type === 'DICTIONARY_PAGE' && dictionary !== undefined) {
      demand(
        isCount(dictionary.num_values, rows),
        `a dictionary of ${dictionary.num_values} values for ${rows} rows`,
      )
      continue
    }
    const counted = header.type === 'DATA_PAGE' ? v1 : header.type === 'DATA_PAGE_V2' ? v2 : undefined
    if (counted === undefined) throw new DamagedParquet('a page of an unknown kind')
    demand(isCount(counted.num_values, rows - values), 'more values than rows')
    demand(
      ENCODINGS.includes(counted.encoding),
      `encoding ${counted.encoding} is not read; known: ${ENCODINGS.join(', ')}`,
    )
    if (v1 !== undefined) judgeV1(page, size, v1, chunk, compressors)
    else if (v2 !== undefined) judgeV2(page, size, v2, chunk, compressors)
    values += counted.num_values
  }
  demand(values === rows, `${values} values for ${rows} rows`)
}

type Header = ReturnType<typeof parquetHeader>

function judgeV1(
  packed: Uint8Array,
  size: number,
  { num_values: values, encoding }: NonNullable<Header['data_page_header']>,
  { metadata, isOptional }: ColumnChunkBytes,
  compressors: Compressors,
): void {
  const isDictionary = DICTIONARY_ENCODINGS.includes(encoding)
  if (!isOptional && !isDictionary) return
  const page = decompressPage(packed, size, metadata.codec, compressors)
  let at = 0
  if (isOptional) {
    demand(page.length >= 4, 'a page without its levels')
    const length = new DataView(page.buffer, page.byteOffset).getUint32(0, true)
    demand(length <= page.length - 4, 'levels larger than their page')
    judgeRuns(page.subarray(4, 4 + length), 1, values)
    at = 4 + length
  }
  // A missing value has no index, so that a page with one is refused here; the rows of a trace miss none.
  if (isDictionary) judgeIndices(page.subarray(at), values)
}

function judgeV2(
  page: Uint8Array,
  size: number,
  header: NonNullable<Header['data_page_header_v2']>,
  { metadata, isOptional }: ColumnChunkBytes,
  compressors: Compressors,
): void {
  const { num_values: values, num_nulls: missing, encoding } = header
  const levels = header.definition_levels_byte_length
  const repeats = header.repetition_levels_byte_length
  demand(repeats === 0 && isCount(levels, Math.min(page.length, size)), 'levels larger than their page')
  demand(isCount(missing, isOptional ? values : 0), `${missing} missing values among ${values}`)
  if (isOptional) judgeRuns(page.subarray(0, levels), 1, values)
  if (!DICTIONARY_ENCODINGS.includes(encoding)) return
  const packed = page.subarray(levels)
  const isPacked = header.is_compressed !== false
  judgeIndices(
    isPacked ? decompressPage(packed, size - levels, metadata.codec, compressors) : packed,
    values - missing,
  )
}

/** Places in the dictionary: their width in bits, then runs. */
function judgeIndices(page: Uint8Array, values: number): void {
  if (values === 0) return
  demand(page.length > 0 && page[0]! <= 32, 'dictionary indices of an impossible width')
  judgeRuns(page.subarray(1), page[0]!, values)
}

/** Runs of the RLE and bit-packing hybrid: together at least `values`, and none longer than what is still missing. */
function judgeRuns(bytes: Uint8Array, widthBits: number, values: number): void {
  let at = 0
  for (let missing = values; missing > 0; ) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 28)
        throw new DamagedParquet('runs that do not reach the number of values')
      header += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    const groups = Math.floor(header / 2)
    const isBitPacked = header % 2 === 1
    const count = isBitPacked ? groups * 8 : groups
    // Bit-packed values come by eights, the last of which may be padding.
    demand(
      count > 0 && count <= missing + (isBitPacked ? 7 : 0),
      `a run of ${count} values where ${missing} are missing`,
    )
    at += isBitPacked ? groups * widthBits : Math.ceil(widthBits / 8)
    missing -= count
  }
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}

function demand(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new DamagedParquet(problem)
}
