// Arrays of routed experts: prompt length from the sidecar, layers from the model, every disagreement refused.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { npy } from './arrays/arrays.ts'
import { IDS, idsOf, MINI, open, read, refusalOf } from './mini.ts'

const moeOnly = Int16Array.from(IDS.flat(2))
/** Every layer in its place; dense ones hold what nobody wrote. */
const allLayers = Int32Array.from(IDS.flatMap(([one, three]) => [-1, -1, ...one, 0, 0, ...three]))
const array = npy([3, 2, 2], moeOnly)
const SIDECAR = { input_token_count: 2 }
const withSidecar = (sidecar: object, bytes: Uint8Array = array) => ({
  'a.npy': bytes,
  'a.npy.json': JSON.stringify(sidecar),
})

describe('an array of routed experts', () => {
  it('is one request named after its file, its prompt as long as the sidecar says', async () => {
    const source = await open(withSidecar(SIDECAR), 'a.npy')
    expect(source.requests).toEqual([{ id: 'a', prefillTokens: 2, tokens: 3 }])
    expect(source.layers).toEqual([1, 3])
    expect(idsOf(source)).toEqual(IDS)
  })

  it('with a place for every layer gives the same, whatever dense layers hold', async () => {
    const bytes = npy([3, 4, 2], allLayers)
    expect(idsOf(await open(withSidecar(SIDECAR, bytes), 'a.npy'))).toEqual(IDS)
  })

  it.each([
    ['bytes', Uint8Array],
    ['64-bit integers', BigInt64Array],
  ])('of %s gives the same', async (_, type) => {
    const numbers =
      type === BigInt64Array ? BigInt64Array.from(IDS.flat(2), BigInt) : Uint8Array.from(IDS.flat(2))
    expect(idsOf(await open(withSidecar(SIDECAR, npy([3, 2, 2], numbers)), 'a.npy'))).toEqual(IDS)
  })

  it('is read packed, with the sidecar of the plain file', async () => {
    const files = { 'a.npy.gz': gzipSync(array), 'a.npy.json': JSON.stringify(SIDECAR) }
    expect(idsOf(await open(files, 'a.npy.gz'))).toEqual(IDS)
  })

  it('agrees with a sidecar that says all there is to say', async () => {
    const sidecar = {
      input_token_count: 2,
      output_token_count: 2,
      excluded_trailing_sampled_token_count: 1,
      experts_from_model_config: 8,
      top_k_from_model_config: 2,
      shape: [3, 2, 2],
      validation_status: 'PASS',
      array_sha256: createHash('sha256').update(array).digest('hex'),
    }
    expect((await open(withSidecar(sidecar), 'a.npy')).requests[0]!.prefillTokens).toBe(2)
  })

  it('in a folder is not taken together with its sidecar for two traces', async () => {
    const files = { 'd/a.npy': array, 'd/a.npy.json': '{"input_token_count":3}' }
    const requests = [{ id: 'a', prefillTokens: 3, tokens: 3 }]
    expect(await read(files, 'd')).toMatchObject({ source: { requests }, leftOut: [] })
  })
})

const ragged = Int16Array.from(moeOnly)
ragged[5] = 8
const repeated = Int16Array.from(moeOnly)
repeated[1] = 0
const none = Int16Array.from(moeOnly)
none[7] = -1

describe('an array of routed experts is refused', () => {
  it.each([
    [
      'without a sidecar',
      { 'a.npy': array },
      'a.npy: the array does not say how many of its rows are the prompt; write it beside the array, as {"input_token_count": N} in a.npy.json',
    ],
    ['with a sidecar that is no JSON', { 'a.npy': array, 'a.npy.json': '{' }, 'a.npy.json: not valid JSON'],
    [
      'with a sidecar that is no object',
      { 'a.npy': array, 'a.npy.json': '[1]' },
      'a.npy.json: must hold one JSON object',
    ],
    ['with a sidecar without prompt length', withSidecar({}), 'a.npy.json: input_token_count is missing'],
    [
      'with a prompt length that is no number',
      withSidecar({ input_token_count: '2' }),
      'input_token_count must be a whole number, got "2"',
    ],
    [
      'with a prompt length only in a prototype',
      { 'a.npy': array, 'a.npy.json': '{"__proto__":{"input_token_count":2}}' },
      'a.npy.json: input_token_count is missing',
    ],
    [
      'with a prompt longer than the array',
      withSidecar({ input_token_count: 4 }),
      'input_token_count is 4, the array has 3 rows',
    ],
    [
      'with rows missing',
      withSidecar({ input_token_count: 2, output_token_count: 9 }),
      'make 10 rows, the array has 3; rows are missing: cached prompt tokens',
    ],
    [
      'of another number of experts',
      withSidecar({ ...SIDECAR, experts_from_model_config: 64 }),
      'experts_from_model_config is 64, model mini has 8',
    ],
    [
      'of another shape than the sidecar says',
      withSidecar({ ...SIDECAR, shape: [3, 2, 4] }),
      'shape is [3,2,4], that of the array [3,2,2]',
    ],
    [
      'that its recorder found wrong',
      withSidecar({ ...SIDECAR, validation_status: 'FAIL' }),
      'the recorder itself found the array wrong',
    ],
    [
      'with another hash than the sidecar says',
      withSidecar({ ...SIDECAR, array_sha256: 'ab' }),
      'array_sha256 is ab, that of the array',
    ],
    [
      'of floating point numbers, asked for as ids',
      withSidecar(SIDECAR, npy([3, 2, 2], new Float32Array(12))),
      'logits of 2 experts, model mini has 8',
    ],
    [
      'of two axes',
      withSidecar(SIDECAR, npy([3, 4], new Int16Array(12))),
      'shape must be (tokens, layers, top-k), got (3, 4)',
    ],
    [
      'of another top-k',
      withSidecar(SIDECAR, npy([2, 2, 3], new Int16Array(12))),
      'the array has 3 experts per token, model mini routes top-2',
    ],
    [
      'of another number of layers',
      withSidecar(SIDECAR, npy([2, 3, 2], new Int16Array(12))),
      'the array has 3 layers, model mini has 2 MoE layers of 4 layers (1, 3)',
    ],
    [
      'with an id out of range',
      withSidecar(SIDECAR, npy([3, 2, 2], ragged)),
      'row 1, layer 1: trace has expert 8 but model mini has 8 experts (0..7)',
    ],
    [
      'with an expert twice in one list',
      withSidecar(SIDECAR, npy([3, 2, 2], repeated)),
      'row 0, layer 1: expert 0 stands twice in one top-2 list',
    ],
    [
      'with no expert in a MoE layer',
      withSidecar(SIDECAR, npy([3, 2, 2], none)),
      'row 1, layer 3: no expert (-1) in a row of a MoE layer',
    ],
    [
      'that is cut off',
      withSidecar(SIDECAR, array.subarray(0, -3)),
      'truncated: shape (3, 2, 2) of <i2 needs 24 bytes of data, there are 21',
    ],
    [
      'without tokens',
      withSidecar({ input_token_count: 0 }, npy([0, 2, 2], new Int16Array(0))),
      'request "a" has no tokens',
    ],
  ])('%s', async (_, files, message) => {
    expect(await refusalOf(files, 'a.npy')).toContain(message)
  })

  it('where the model’s layers are not known to be all, and it has a place for each', async () => {
    const files = withSidecar(SIDECAR, npy([3, 4, 2], allLayers))
    const { layers: _, ...model } = MINI
    expect(await refusalOf(files, 'a.npy', model as typeof MINI)).toContain('the array has 4 layers')
  })
})
