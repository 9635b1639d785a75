// Bytes of a weight in the formats with scales: what each is published as.
import { expect, test } from 'vitest'
import {
  blockBytes,
  fp8TileBytes,
  integerGroupBytes,
  MXFP4_BYTES,
  MXFP8_BYTES,
  NVFP4_BYTES,
} from '../../../../src/config/families/precision/block-bytes.ts'

test.each([
  ['NVFP4', NVFP4_BYTES, 4.5],
  ['MXFP4', MXFP4_BYTES, 4.25],
  ['MXFP8', MXFP8_BYTES, 8.25],
  ['FP8 in tiles of 128 x 128', fp8TileBytes(128, 128), 8 + 32 / 128 ** 2],
  ['FP8 with a scale for each of 64 in a row', fp8TileBytes(1, 64), 8.5],
  ['GPTQ in groups of 128 without zero points', integerGroupBytes(4, 128, false), 4 + 16 / 128],
  ['AWQ in groups of 128', integerGroupBytes(4, 128, true), 4 + 20 / 128],
  ['integers with a scale for each row', integerGroupBytes(8, undefined, true), 8],
  ['a format without scales', blockBytes({ bits: 6 }), 6],
  ['zero points alone', blockBytes({ bits: 4, block: 4, zeroBits: 2 }), 4.5],
])('%s', (_, bytes, bits) => {
  expect(bytes * 8).toBeCloseTo(bits, 12)
})
