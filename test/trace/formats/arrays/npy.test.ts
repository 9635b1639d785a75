// Arrays of every width come out as the numbers that went in; what no reader can use is refused with its reason.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../../src/errors.ts'
import { Findings } from '../../../../src/trace/findings.ts'
import { ByteFeed } from '../../../../src/trace/formats/arrays/byte-feed.ts'
import { halfFloats } from '../../../../src/trace/formats/arrays/half-float.ts'
import { npyRows, takeNpyHeader } from '../../../../src/trace/formats/arrays/npy.ts'
import { npy, npyOf } from './arrays.ts'

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function readAll(bytes: Uint8Array, rowLength: number, chunk = 7) {
  const feed = new ByteFeed(inChunks(bytes, chunk))
  const findings = new Findings('a.npy')
  const header = await takeNpyHeader(feed, findings)
  const values: number[] = []
  for await (const block of npyRows(feed, header, rowLength, findings)) values.push(...Array.from(block))
  return { shape: header.shape, values }
}

const problemOf = async (bytes: Uint8Array): Promise<string> => {
  const error = await readAll(bytes, 1).catch((caught: unknown) => caught)
  return error instanceof UserError ? error.message : `not refused: ${String(error)}`
}

describe('a .npy array', () => {
  it.each([
    ['|u1', new Uint8Array([0, 1, 255])],
    ['|i1', new Int8Array([-1, 0, 127])],
    ['<u2', new Uint16Array([0, 1, 65_535])],
    ['<i2', new Int16Array([-1, 0, 32_767])],
    ['<u4', new Uint32Array([0, 1, 4_294_967_295])],
    ['<i4', new Int32Array([-1, 0, 2_147_483_647])],
    ['<u8', new BigUint64Array([0n, 1n, 2n ** 40n])],
    ['<i8', new BigInt64Array([-1n, 0n, 2n ** 40n])],
    ['<f4', new Float32Array([-0.5, 0, 1e30])],
    ['<f8', new Float64Array([-0.1, 0, 1e300])],
  ])('of dtype %s gives its numbers', async (_, numbers) => {
    const expected = Array.from(numbers as ArrayLike<number | bigint>, Number)
    expect(await readAll(npy([3], numbers), 1)).toEqual({ shape: [3], values: expected })
  })

  it('is read as NumPy 2.4 wrote it', async () => {
    const bytes = Buffer.from(
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAEAAgADAAQABQAGAAcABwAAAAEABgA=',
      'base64',
    )
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 7, 0, 1, 6]
    expect(await readAll(bytes, 4)).toEqual({ shape: [3, 2, 2], values })
  })

  it.each([1, 2, 3])('of version %i is read', async (version) => {
    expect((await readAll(npy([2], new Uint8Array([4, 5]), { version }), 1)).values).toEqual([4, 5])
  })

  it('is the same however it arrives, in rows of any length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (numbers, rowLength, chunk) => {
          const rows = Math.floor(numbers.length / rowLength)
          const kept = numbers.slice(0, rows * rowLength)
          const bytes = npy([rows, rowLength], new Int16Array(kept))
          expect((await readAll(bytes, rowLength, chunk)).values).toEqual(kept)
        },
      ),
    )
  })

  it.each([
    ['no magic', Buffer.from('hello, I am not an array'), 'not a .npy array'],
    ['an unknown version', npyOf({ version: 9 }), '.npy version must be 1, 2 or 3, got 9'],
    ['nothing behind its magic', npyOf({}).subarray(0, 8), 'truncated in its .npy header'],
    ['half a header', npyOf({}).subarray(0, 40), 'truncated in its .npy header'],
    [
      'a header without a shape',
      npyOf({ header: "{'descr': '<f4', 'fortran_order': False}" }),
      'without descr',
    ],
    [
      'a structured dtype',
      npyOf({ header: "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }" }),
      'a structured array',
    ],
    ['Python objects', npyOf({ descr: '|O', shape: [1] }), 'pickled code and never read'],
    ['text', npyOf({ descr: '<U4', shape: [1] }), 'dtype <U4 is not read; known: |u1'],
    ['bytes the other way round', npyOf({ descr: '>f4', shape: [1] }), 'save it as array.astype("<f4")'],
    ['columns before rows', npyOf({ order: 'True', shape: [2, 2] }), 'Fortran order'],
    ['a negative size', npyOf({ shape: '(-1, 2)' }), 'shape (-1, 2) must be whole numbers >= 0'],
    ['a size that is no number', npyOf({ shape: '(1e9,)' }), 'must be whole numbers >= 0'],
    [
      'less data than its shape says',
      npy([4], new Float32Array(3)),
      'shape (4) of <f4 needs 16 bytes of data, there are 12',
    ],
    ['more data than its shape says', npy([2], new Float32Array(3)), 'bytes follow the array of shape (2)'],
    ['a huge shape in a small file', npy([10 ** 12], new Uint8Array(3)), 'truncated: shape (1000000000000)'],
  ])('is refused with %s', async (_, bytes, problem) => {
    expect(await problemOf(bytes)).toContain(problem)
  })

  it('is refused with a header of megabytes before that is held', async () => {
    const bytes = Buffer.from(npyOf({ version: 2 }))
    bytes.writeUInt32LE(2 ** 30, 8)
    expect(await problemOf(bytes)).toContain('a .npy header of 1073741824 bytes')
  })
})

it('Half-precision numbers have the values of IEEE 754', () => {
  const patterns = [
    0x3800, 0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x3c01, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00,
  ]
  const values = [
    0.5,
    0,
    -0,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    1,
    1 + 2 ** -10,
    -2,
    65_504,
    Infinity,
    -Infinity,
    NaN,
  ]
  expect([...halfFloats(new Uint16Array(patterns))]).toEqual(values)
})
