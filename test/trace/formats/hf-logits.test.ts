// Router logits: the top-k is taken as the model takes it, layers come from names or order, and NaN is refused.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topK } from '../../../src/trace/formats/top-k.ts'
import { npy, npyOf, npz } from './arrays/arrays.ts'
import { type Files, idsOf, MINI, open, read, refusalOf } from './mini.ts'

const T = 5
/** Logits [layer][token][expert], all different. */
const logits = Float32Array.from({ length: 2 * T * 8 }, (_, i) => Math.sin(i * 7.3))
const layer = (index: number) => logits.slice(index * T * 8, (index + 1) * T * 8)
const stack = npy([2, T, 8], logits)

/** The same by sorting: largest first, the lower id where equal. */
const best = (scores: readonly number[], k: number) =>
  scores
    .map((score, expert) => ({ score, expert }))
    .sort((a, b) => b.score - a.score || a.expert - b.expert)
    .slice(0, k)
    .map(({ expert }) => expert)
const expected = Array.from({ length: T }, (_, token) =>
  [0, 1].map((l) => best([...logits.slice((l * T + token) * 8, (l * T + token + 1) * 8)], 2)),
)

describe('the top-k of logits', () => {
  it('is what sorting gives, ties to the lower id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (scores, k) => {
          const ids = new Array<number>(k)
          expect(topK([9, 9, ...scores], 2, scores.length, ids)).toBeUndefined()
          expect(ids).toEqual(best(scores, k))
        },
      ),
    )
  })

  it('takes infinite logits, but not those of experts that were ruled out', () => {
    const ids = [0, 0]
    expect(topK([1, Number.POSITIVE_INFINITY, 3], 0, 3, ids)).toBeUndefined()
    expect(ids).toEqual([1, 2])
    const masked = [1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
    expect(topK(masked, 0, 3, ids)).toBe('fewer than 2 experts have a finite logit')
  })
})

describe('router logits', () => {
  it.each<[string, Files, string]>([
    ['stacked', { 'a.npy': stack }, 'a.npy'],
    ['stacked, with an axis for the one sequence', { 'a.npy': npy([2, 1, T, 8], logits) }, 'a.npy'],
    [
      'in an .npz by position',
      { 'a.npz': npz({ 'arr_0.npy': npy([T, 8], layer(0)), 'arr_1.npy': npy([T, 8], layer(1)) }) },
      'a.npz',
    ],
    [
      'in a packed .npz by layer',
      {
        'a.npz': npz({ 'layer_3.npy': npy([1, T, 8], layer(1)), 'layer_1.npy': npy([1, T, 8], layer(0)) }, 6),
      },
      'a.npz',
    ],
    ['stacked in an .npz', { 'a.npz': npz({ 'logits.npy': stack }) }, 'a.npz'],
    ['stacked as the only array of numpy.savez', { 'a.npz': npz({ 'arr_0.npy': stack }) }, 'a.npz'],
    ['as doubles', { 'a.npy': npy([2, T, 8], Float64Array.from(logits)) }, 'a.npy'],
  ])('%s give the experts they choose', async (_, files, path) => {
    const source = await open(files, path)
    expect(source.requests).toEqual([{ id: 'a', prefillTokens: T, tokens: T }])
    expect(source.layers).toEqual([1, 3])
    expect(idsOf(source)).toEqual(expected)
  })

  it('of half precision give the experts they choose', async () => {
    // 0.5, 1, 1.5, ..., 4 in descending and ascending order.
    const up = [0x3800, 0x3c00, 0x3e00, 0x4000, 0x4100, 0x4200, 0x4300, 0x4400]
    const data = new Uint8Array(Uint16Array.from([...up, ...up.toReversed()]).buffer)
    const source = await open({ 'a.npy': npyOf({ descr: '<f2', shape: [2, 1, 8], data }) }, 'a.npy')
    expect(idsOf(source)).toEqual([
      [
        [7, 6],
        [0, 1],
      ],
    ])
  })

  it.each([
    [
      'stored',
      'UEsDBC0AAAAAAAAAIQB75V5J//////////8JABQAYXJyXzAubnB5AQAQALAAAAAAAAAAsAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgAAAAAAAOBAAABAQAAAIEEAAMBAAAAAQAAAEEEAAKBAAACAPwAAAEEAAIBAAAAAAFBLAwQtAAAAAAAAACEA8eUmc///////////CQAUAGFycl8xLm5weQEAEACwAAAAAAAAALAAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDQpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAOBAAABAQAAAIEEAAMBAAAAAQAAAEEEAAKBAAACAPwAAAEEAAIBAAAAAAAAA4EBQSwECLQMtAAAAAAAAACEAe+VeSbAAAACwAAAACQAAAAAAAAAAAAAAgAEAAAAAYXJyXzAubnB5UEsBAi0DLQAAAAAAAAAhAPHlJnOwAAAAsAAAAAkAAAAAAAAAAAAAAIAB6wAAAGFycl8xLm5weVBLBQYAAAAAAgACAG4AAADWAQAAAAA=',
    ],
    [
      'packed',
      'UEsDBC0AAAAIAAAAIQB75V5J//////////8JABQAYXJyXzAubnB5AQAQALAAAAAAAAAAZwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOgommjoKtQpkAy4GMHjgwMDgAMQKjgwMB4A0AxALANkLgHSDPZAPZDeAxBkAUEsDBC0AAAAIAAAAIQDx5SZz//////////8JABQAYXJyXzEubnB5AQAQALAAAAAAAAAAaQAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOgommjoKtQpkAy4GhgcODAwOQKzgyMBwAEgzALEAkL0ASDfYA/lAdgNInAGkFgBQSwECLQMtAAAACAAAACEAe+VeSWcAAACwAAAACQAAAAAAAAAAAAAAgAEAAAAAYXJyXzAubnB5UEsBAi0DLQAAAAgAAAAhAPHlJnNpAAAAsAAAAAkAAAAAAAAAAAAAAIABogAAAGFycl8xLm5weVBLBQYAAAAAAgACAG4AAABGAQAAAAA=',
    ],
  ])('in an .npz that NumPy 2.4 wrote (%s) are read', async (_, base64) => {
    const model = { model: 'four', experts: 4, topK: 2, moeLayers: [0, 1], layers: 2 }
    const source = await open({ 'a.npz': Buffer.from(base64, 'base64') }, 'a.npz', model)
    // [[0, 7, 3, 10], [6, 2, 9, 5], [1, 8, 4, 0]] and [[7, 3, 10, 6], [2, 9, 5, 1], [8, 4, 0, 7]]
    const ids = [
      [
        [3, 1],
        [2, 0],
      ],
      [
        [2, 0],
        [1, 2],
      ],
      [
        [1, 2],
        [0, 3],
      ],
    ]
    expect(idsOf(source)).toEqual(ids)
  })

  it('have no phases of their own: all prefill, and said to be assumed', async () => {
    expect(await read({ 'a.npy': stack }, 'a.npy')).toMatchObject({ gives: 'tokens', isPhaseAssumed: true })
  })

  it('have the phases that a sidecar gives', async () => {
    const trace = await read({ 'a.npy': stack, 'a.npy.json': '{"input_token_count":3}' }, 'a.npy')
    const requests = [{ id: 'a', prefillTokens: 3, tokens: T }]
    expect(trace).toMatchObject({ isPhaseAssumed: false, source: { requests } })
  })

  it('may leave layers out where they are named', async () => {
    const source = await open({ 'a.npz': npz({ 'layer_3.npy': npy([T, 8], layer(1)) }) }, 'a.npz')
    expect(source.layers).toEqual([3])
  })
})

const withNan = Float32Array.from(logits)
withNan[(T + 2) * 8 + 5] = Number.NaN
const masked = Float32Array.from(logits).fill(Number.NEGATIVE_INFINITY, 0, 7)
const one = npy([T, 8], layer(0))
const zip = npz({ 'arr_0.npy': one, 'arr_1.npy': one })
const packed = npz({ 'arr_0.npy': one, 'arr_1.npy': one }, 6)

describe('router logits are refused', () => {
  it.each<[string, Files, string]>([
    [
      'with NaN',
      { 'a.npy': npy([2, T, 8], withNan) },
      'a.npy: row 2, layer 3: the logit of expert 5 is not a number (NaN)',
    ],
    [
      'with too few finite ones',
      { 'a.npy': npy([2, T, 8], masked) },
      'row 0, layer 1: fewer than 2 experts have a finite logit',
    ],
    [
      'of another number of experts',
      { 'a.npy': npy([2, T, 4], logits.slice(0, 40)) },
      'logits of 4 experts, model mini has 8',
    ],
    [
      'of another number of layers',
      { 'a.npy': npy([3, T, 8], new Float32Array(120)) },
      'the array has 3 layers',
    ],
    [
      'of one axis',
      { 'a.npy': npy([8], logits.slice(0, 8)) },
      'shape must be (layers, tokens, experts) or (tokens, experts), got (8)',
    ],
    [
      'of a batch, whose padding is not marked',
      { 'a.npy': npy([2, 2, T, 8], new Float32Array(160)) },
      'logits of a batch of 2 sequences',
    ],
    ['of one layer that no name tells', { 'a.npy': one }, 'logits of one layer, and no name says which'],
    [
      'of one layer that its name in the .npz does not tell',
      { 'a.npz': npz({ 'gate.npy': one }) },
      'gate.npy: logits of one layer',
    ],
    [
      'of a dense layer',
      { 'a.npz': npz({ 'layer_2.npy': one }) },
      'layer_2.npy: layer 2 is not a MoE layer of model mini',
    ],
    [
      'with a layer twice',
      { 'a.npz': npz({ 'layer_1.npy': one, 'gate1.npy': one }) },
      'gate1.npy: layer 1 occurs a second time',
    ],
    [
      'with positions for only some layers',
      { 'a.npz': npz({ 'arr_0.npy': one }) },
      '1 array named by position (arr_0, ...) for 2 MoE layers',
    ],
    [
      'with positions beyond the layers',
      { 'a.npz': npz({ 'arr_7.npy': one }) },
      'arr_7.npy: logits of one layer, and no name says which',
    ],
    [
      'with positions and names mixed',
      { 'a.npz': npz({ 'arr_0.npy': one, 'layer_3.npy': one }) },
      '1 array named by position',
    ],
    [
      'with another array beside a stack',
      { 'a.npz': npz({ 'all.npy': stack, 'layer_1.npy': one }) },
      'an array of all layers, and another array beside it',
    ],
    [
      'with layers of different lengths',
      { 'a.npz': npz({ 'arr_0.npy': one, 'arr_1.npy': npy([3, 8], new Float32Array(24)) }) },
      'ragged: request "a" has 3 tokens in layer 3 and 5 in layer 1',
    ],
    [
      'with an entry that is no array',
      { 'a.npz': npz({ 'arr_0.npy': one, 'arr_1.npy': Buffer.from('hello hello') }) },
      'arr_1.npy: not a .npy array',
    ],
    [
      'with whole numbers in the .npz',
      { 'a.npz': npz({ 'arr_0.npy': npy([T, 8], new Int32Array(40)) }) },
      'arr_0.npy: logits must be floating point numbers, the array is <i4',
    ],
    [
      'with pickled code in the .npz',
      {
        'a.npz': npz({
          'arr_0.npy': npyOf({ descr: '|O', shape: [1], data: Buffer.from('\x80\x04c__builtin__\neval\n') }),
        }),
      },
      'arr_0.npy: an array of Python objects',
    ],
    ['named __proto__', { 'a.npz': npz({ '__proto__.npy': one }) }, '__proto__.npy: logits of one layer'],
    [
      'in a zip file cut off inside an entry',
      { 'a.npz': zip.subarray(0, 200) },
      'a.npz: cannot read: the zip file',
    ],
    [
      'in a zip file cut off between entries',
      { 'a.npz': zip.subarray(0, Buffer.from(zip).indexOf('arr_1') - 30) },
      'a.npz: cannot read: the zip file ends too early (truncated)',
    ],
    [
      'in a packed zip file cut off',
      { 'a.npz': packed.subarray(0, 150) },
      'a.npz: cannot read: the zip file',
    ],
    [
      'in a zip file with one changed number',
      { 'a.npz': zip.map((byte, i) => (i === 200 ? byte ^ 1 : byte)) },
      'a.npz: cannot read: the zip file is damaged: entry "arr_0.npy" does not have its checksum',
    ],
    [
      'in a packed zip file with a damaged entry',
      { 'a.npz': packed.map((byte, i) => (i > 60 && i < 90 ? byte ^ 0x5a : byte)) },
      'a.npz: cannot read: the zip file is damaged or cut off',
    ],
    ['without tokens', { 'a.npy': npy([2, 0, 8], new Float32Array(0)) }, 'request "a" has no tokens'],
    [
      'with a prompt longer than they are',
      { 'a.npy': stack, 'a.npy.json': '{"input_token_count":9}' },
      'a.npy.json: input_token_count is 9, the logits are of 5 tokens',
    ],
  ])('%s', async (_, files, message) => {
    expect(await refusalOf(files, Object.keys(files)[0]!)).toContain(message)
  })

  it('of a model whose router is limited to groups, because it does not choose the top-k', async () => {
    const model = { ...MINI, router: { groups: 2, groupsPerToken: 1 } }
    expect(await refusalOf({ 'a.npy': stack }, 'a.npy', model)).toContain(
      'limits tokens to groups of experts, so the top-k of its logits is not what it chose',
    )
  })
})
