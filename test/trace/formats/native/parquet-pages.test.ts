// Pages that lie about their counts are found before they are decoded.
import type { ColumnMetaData } from 'hyparquet'
import { parquetMetadata } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { judgePages } from '../../../../src/trace/formats/native/parquet-pages.ts'

const ROWS = 64
/** The one column chunk of a file of 64 integers that repeat, so that they go through a dictionary. */
function chunk(nullable: boolean, values = Array.from({ length: ROWS }, (_, i) => (i < 40 ? 5 : i % 3))) {
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'x', data: values, type: 'INT32', nullable, codec: 'UNCOMPRESSED', encoding: 'RLE_DICTIONARY' },
    ],
  })
  const metadata = parquetMetadata(file).row_groups[0]!.columns[0]!.meta_data as ColumnMetaData
  const start = Number(metadata.dictionary_page_offset ?? metadata.data_page_offset)
  const bytes = new Uint8Array(file).slice(start, start + Number(metadata.total_compressed_size))
  return { bytes, metadata, isOptional: nullable, rows: ROWS }
}
const judge = (nullable: boolean, change: (bytes: Uint8Array) => void, rows = ROWS) => {
  const whole = chunk(nullable)
  change(whole.bytes)
  return () => judgePages({ ...whole, rows }, {})
}

describe('the pages of a column', () => {
  it.each([false, true])('pass as they are written (values may be missing: %s)', (nullable) => {
    expect(judge(nullable, () => {})).not.toThrow()
  })

  it('are refused with fewer or more values than rows', () => {
    expect(judge(false, () => {}, ROWS + 1)).toThrow('64 values for 65 rows')
    expect(judge(false, () => {}, ROWS - 1)).toThrow('more values than rows')
  })

  it('are refused with a run longer than the page', () => {
    // The indices are the last bytes: a width, then runs; the first run is 40 times the same.
    const whole = chunk(false).bytes
    const runs = whole.lastIndexOf(2, whole.length - 8)
    expect(whole[runs + 1]).toBe(40 << 1)
    expect(judge(false, (bytes) => bytes.set([0xfe, 0xff, 0xff, 0xff, 0x0f], runs + 1))).toThrow(
      'a run of 2147483647 values where 64 are missing',
    )
    expect(judge(false, (bytes) => bytes.set([0xff, 0xff, 0xff, 0xff, 0xff], runs + 1))).toThrow(
      'runs that do not reach',
    )
    expect(judge(false, (bytes) => bytes.set([0], runs + 1))).toThrow('a run of 0 values')
    expect(judge(false, (bytes) => bytes.set([33], runs))).toThrow(
      'dictionary indices of an impossible width',
    )
  })

  it('are refused where one would be unpacked into more than 256 MiB, before it is', () => {
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
    /** Thrift: type, unpacked and packed size, each a number of its own field; no kind of page beside them. */
    const header = (size: number) => [0, size, 0].flatMap((value) => [0x15, ...varint(2 * value)])
    const judged = (size: number) => () =>
      judgePages({ ...chunk(false), bytes: Uint8Array.from([...header(size), 0, 0]) }, {})
    expect(judged(2 ** 28)).toThrow('a page of an unknown kind')
    expect(judged(2 ** 28 + 1)).toThrow('a page of 268435457 bytes; at most 268435456 are read')
  })

  it('end with an ordinary error, never without end, whatever byte is changed', () => {
    const { bytes } = chunk(true)
    let refused = 0
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0x00, 0x7f, 0xff]) {
        try {
          judge(true, (changed) => changed.set([value], at))()
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          refused++
        }
      }
    }
    expect(refused).toBeGreaterThan(30)
  })
})

/** A page as older writers make them: values that may be missing, by levels, in a dictionary. Thrift's compact protocol. */
function oldPage(content: readonly number[], values = ROWS) {
  const zigzag = (value: number): number[] => {
    const bytes = []
    for (let rest = 2 * value; bytes.length === 0 || rest > 0; rest >>= 7)
      bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    return bytes
  }
  const int = (value: number) => [0x15, ...zigzag(value)]
  const [dataPage, dictionary, runs] = [0, 8, 3]
  const header = [...int(values), ...int(dictionary), ...int(runs), ...int(runs), 0]
  const sizes = [...int(content.length), ...int(content.length)]
  return Uint8Array.of(...int(dataPage), ...sizes, 0x2c, ...header, 0, ...content)
}
/** 64 times the same: twice the count, seven bits a byte, then the value. */
const run64 = (value: number) => [0x80, 0x01, value]
const judgeOld = (content: readonly number[], values = ROWS) => {
  const { metadata } = chunk(true)
  return () => judgePages({ bytes: oldPage(content, values), metadata, isOptional: true, rows: values }, {})
}

describe('a page of the older kind', () => {
  const levels = [3, 0, 0, 0, ...run64(1)]
  const indices = [2, ...run64(1)]

  it('passes with its levels and then its indices', () => {
    expect(judgeOld([...levels, ...indices])).not.toThrow()
  })

  it('is refused without levels, with more than it has room for, or with too few', () => {
    expect(judgeOld([3, 0, 0])).toThrow('a page without its levels')
    expect(judgeOld([4, 0, 0, 0, ...run64(1)])).toThrow('levels larger than their page')
    expect(judgeOld([3, 0, 0, 0, ...run64(1)])).not.toThrow('levels larger than their page')
    expect(judgeOld([0, 0, 0, 0, ...indices])).toThrow('runs that do not reach')
    expect(judgeOld([3, 0, 0, 0, 0x82, 0x01, 1, ...indices])).toThrow(
      'a run of 65 values where 64 are missing',
    )
  })

  it('is refused with indices that are too many, too few or none', () => {
    expect(judgeOld([...levels, 2, 0x82, 0x01, 1])).toThrow('a run of 65 values where 64 are missing')
    expect(judgeOld([...levels, 2])).toThrow('runs that do not reach')
    expect(judgeOld(levels)).toThrow('dictionary indices of an impossible width')
    expect(judgeOld([...levels, 32, 0x80, 0x01, 1, 0, 0, 0])).not.toThrow()
    expect(judgeOld([...levels, 33, 0x80, 0x01, 1, 0, 0, 0, 0])).toThrow('impossible width')
  })
})
