// Traces of counts: what they add up to, that they open as histograms only, and every fault of each format.
import { describe, expect, it } from 'vitest'
import { openHistograms, openTrace, readTrace } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { npy, safetensors, withHeader } from './arrays/arrays.ts'
import { type Files, findingsOf, MINI, read, refusalOf } from './mini.ts'

const row = (...counts: number[]) => [...counts, ...new Array<number>(8 - counts.length).fill(0)]
const NONE = row()
/** One line per transformer layer, dense ones empty. */
const TABLE = [NONE, row(1, 2, 3), NONE, row(0, 0, 4.5)]
const counts = (table: unknown) => JSON.stringify({ logical_count: table })

async function countsOf(files: Files, path: string) {
  const histograms = await openHistograms(memoryIo(files, 13), path, MINI)
  expect(histograms.phases).toEqual(['unknown'])
  return Object.fromEntries(
    histograms.layers.map((layer) => [layer, [...histograms.counts(layer, 'unknown')]]),
  )
}

/** The sidecar of TensorRT-LLM's folder. */
const META = { 'd/meta_info.json': '{"num_experts": 8, "num_experts_per_token": 2}' }
const tensor = (...numbers: number[]) => ({ data: Int32Array.from(row(...numbers)) })
const rank = (factor: number) =>
  safetensors({
    '7_1': tensor(factor, 2 * factor),
    '7_3': tensor(0, factor),
    '8_1': { data: BigInt64Array.from(row(0, 0, 5), BigInt) },
    '8_3': tensor(1),
  })
/** Activation matrices [sequence][layer][expert]; the second sequence is a free slot. */
const MATRICES = Float64Array.from([
  ...NONE,
  ...row(1, 2),
  ...NONE,
  ...row(3),
  ...new Array(32).fill(0),
  ...NONE,
  ...row(5),
  ...NONE,
  ...row(0, 6),
])

describe('counts', () => {
  it.each<[string, Files, string, object]>([
    ['of the SGLang recorder', { 'a.json': counts(TABLE) }, 'a.json', { 1: row(1, 2, 3), 3: row(0, 0, 4.5) }],
    [
      'of the SGLang recorder for MoE layers alone',
      { 'a.json': counts([TABLE[1], TABLE[3]]) },
      'a.json',
      { 1: row(1, 2, 3), 3: row(0, 0, 4.5) },
    ],
    [
      'of the SGLang recorder, step by step',
      { 'a.json': counts([TABLE, TABLE]) },
      'a.json',
      { 1: row(2, 4, 6), 3: row(0, 0, 9) },
    ],
    [
      'of the SGLang recorder, pretty-printed and with other keys',
      { 'a.json': JSON.stringify({ rank: 0, logical_count: TABLE }, undefined, 2) },
      'a.json',
      { 1: row(1, 2, 3), 3: row(0, 0, 4.5) },
    ],
    [
      'of a folder of SGLang files',
      { 'd/1.json': counts(TABLE), 'd/2.json': counts(TABLE) },
      'd',
      { 1: row(2, 4, 6), 3: row(0, 0, 9) },
    ],
    [
      'of TensorRT-LLM, over ranks and iterations',
      {
        ...META,
        'd/rank0.safetensors': rank(1),
        'd/rank1.safetensors': rank(10),
        'd/cooccurrence_rank0.safetensors': rank(7),
      },
      'd',
      { 1: row(11, 22, 10), 3: row(2, 11) },
    ],
    [
      'of MoE-Infinity, over sequences',
      { 'a.npy': npy([3, 4, 8], MATRICES) },
      'a.npy',
      { 1: row(6, 2), 3: row(3, 6) },
    ],
  ])('%s are added up', async (_, files, path, expected) => {
    expect(await countsOf(files, path)).toEqual(expected)
  })

  it('open as histograms only, and are refused where tokens are needed', async () => {
    const files = { 'a.json': counts(TABLE) }
    expect(await read(files, 'a.json')).toMatchObject({ gives: 'histograms' })
    const [finding] = await findingsOf(openTrace(memoryIo(files), 'a.json', MINI))
    expect(finding).toMatchObject({ code: 'trace', file: 'a.json' })
    expect(await refusalOf(files, 'a.json')).toBe(
      'a.json: histograms only (sglang-counts): how often each expert was chosen, not by which token; a run, and any statistic of tokens, needs the experts of each token; a run can generate them from these counts, --set generator.counts=FILE',
    )
  })

  it('have a hash of their own, which a changed count changes', async () => {
    const hashes = []
    for (const table of [TABLE, [NONE, row(1, 2, 4), NONE, row(0, 0, 4.5)]]) {
      hashes.push((await openHistograms(memoryIo({ a: counts(table) }), 'a', MINI)).sha256)
    }
    // Results keep it: it must not change while counts do not.
    expect(hashes[0]).toMatch(/^64809a4e405366dc33f2106661c780f0[0-9a-f]{32}$/)
    expect(hashes[1]).not.toBe(hashes[0])
  })

  it('beside files of other layouts are read alone, and those are named', async () => {
    const files = { 'd/a.json': counts(TABLE), 'd/b.json': '{"other": 1}' }
    const leftOut = [{ path: 'd/b.json', why: 'another layout' }]
    expect(await read(files, 'd')).toMatchObject({ leftOut })
    const named = await readTrace(memoryIo(files), 'd', MINI, { from: 'sglang-counts' })
    expect(named).toMatchObject({ leftOut: [{ ...leftOut[0], why: 'another format than the wanted one' }] })
  })

  it('beside tokens are left out', async () => {
    const files = { 'd/a.json': counts(TABLE), 'd/b.json': '[{"1":[[0,1]],"3":[[2,3]]}]' }
    const trace = await read(files, 'd')
    expect(trace).toMatchObject({
      gives: 'tokens',
      leftOut: [{ path: 'd/a.json', why: 'histograms beside tokens' }],
    })
  })
})

it('Tokens give histograms by phase', async () => {
  const csv = [
    'request,token,phase,layer,experts',
    ...['a,0,prefill,1,0 1', 'a,1,prefill,1,0 2', 'a,2,decode,1,7 2', 'b,0,decode,1,7 3', ''],
  ].join('\n')
  const histograms = await openHistograms(memoryIo({ a: csv }), 'a', MINI)
  expect([histograms.phases, histograms.layers]).toEqual([['prefill', 'decode'], [1]])
  expect([...histograms.counts(1, 'prefill')]).toEqual([2, 1, 1, 0, 0, 0, 0, 0])
  expect([...histograms.counts(1, 'decode')]).toEqual([0, 0, 1, 1, 0, 0, 0, 2])
})

const folder = (bytes: Uint8Array, meta: Files = META): Files => ({ ...meta, 'd/rank0.safetensors': bytes })
const offsets = (...data_offsets: unknown[]) =>
  JSON.stringify({ '7_1': { dtype: 'I32', shape: [8], data_offsets } })

describe('counts are refused', () => {
  it.each<[string, Files, string]>([
    [
      'with a row of too few experts',
      { 'a.json': counts([NONE, [1, 2], NONE, row(1)]) },
      'a.json: layer 1: 2 experts, model mini has 8',
    ],
    [
      'with a negative count',
      { 'a.json': counts([NONE, row(-1), NONE, row(1)]) },
      'layer 1: the count of expert 0 must be a number >= 0, got -1',
    ],
    [
      'with a count that is no number',
      { 'a.json': counts([NONE, [...row(1).slice(1), null], NONE, row(1)]) },
      'the count of expert 7 must be a number >= 0, got null',
    ],
    [
      'with a row that is no list',
      { 'a.json': counts([NONE, 'many', NONE, row(1)]) },
      'layer 1: counts must be a list, got "many"',
    ],
    [
      'with selections in a dense layer',
      { 'a.json': counts([row(1), row(1), NONE, row(1)]) },
      'layer 0 has selections and is a dense layer of model mini',
    ],
    [
      'with a MoE layer without any',
      { 'a.json': counts([NONE, row(1), NONE, NONE]) },
      'no selections in layer 3',
    ],
    ['of another number of layers', { 'a.json': counts([row(1), row(1), row(1)]) }, 'the array has 3 layers'],
    [
      'with steps of different layers',
      { 'a.json': counts([TABLE, [row(1)]]) },
      'ragged: step 1, 1 layer, step 0 has 4',
    ],
    ['of nothing', { 'a.json': counts([]) }, 'logical_count must be a list with content, got []'],
    ['that are a number', { 'a.json': counts(7) }, 'logical_count must be a list with content, got 7'],
    [
      'that are a placement',
      { 'a.json': '{"physical_to_logical_map": [[0]]}' },
      'a.json: physical_to_logical_map is a placement of experts',
    ],
    [
      'in a JSON document that is cut off',
      { 'a.json': counts(TABLE).slice(0, -5) },
      'a.json: not valid JSON',
    ],
    [
      'in a prototype',
      { 'a.json': '{"__proto__": {"logical_count": [[1]]}}' },
      'a.json: not a trace in a known format',
    ],
    [
      'of another model in one folder',
      { 'd/1.json': counts(TABLE), 'd/2.json': counts([...TABLE, NONE]) },
      'd/2.json: the array has 5 layers',
    ],
    [
      'of one rank, without the others',
      { ...META, 'd/rank1.safetensors': rank(1) },
      'd/rank1.safetensors: rank 0 is missing: rank 1 stands in its place',
    ],
    [
      'with a rank missing between others',
      { ...folder(rank(1)), 'd/rank2.safetensors': rank(1) },
      'd/rank2.safetensors: rank 1 is missing',
    ],
    [
      'of ranks without meta_info.json',
      folder(rank(1), {}),
      'd/meta_info.json: cannot read: no such file or directory',
    ],
    [
      'of ranks of another model',
      folder(rank(1), { 'd/meta_info.json': '{"num_experts":64,"num_experts_per_token":2}' }),
      'd/meta_info.json: num_experts is 64, model mini has 8 experts',
    ],
    [
      'of ranks of another top-k',
      folder(rank(1), { 'd/meta_info.json': '{"num_experts":8,"num_experts_per_token":6}' }),
      'num_experts_per_token is 6, model mini has 2 experts per token',
    ],
    [
      'of ranks whose meta_info.json is damaged',
      folder(rank(1), { 'd/meta_info.json': '{"num_experts":' }),
      'd/meta_info.json: not valid JSON',
    ],
    [
      'of ranks whose meta_info.json says nothing',
      folder(rank(1), { 'd/meta_info.json': '{}' }),
      'num_experts must be a whole number, got nothing',
    ],
    [
      'of tensors with other names',
      folder(safetensors({ weight: tensor(1) })),
      'tensor names must be "<iteration>_<layer>", got "weight"',
    ],
    [
      'of tensors named __proto__',
      folder(withHeader('{"__proto__":{"dtype":"I32","shape":[0],"data_offsets":[0,0]}}')),
      'tensor names must be "<iteration>_<layer>", got "__proto__"',
    ],
    [
      'of tensors of dense layers',
      folder(safetensors({ '1_0': tensor(1) })),
      'tensor 1_0: layer 0 is not a MoE layer of model mini',
    ],
    [
      'of tensors of another length',
      folder(safetensors({ '1_1': { data: new Int32Array(4) } })),
      'tensor 1_1: shape must be [8], the experts of model mini, got [4]',
    ],
    [
      'of tensors of two axes',
      folder(safetensors({ '1_1': { ...tensor(1), shape: [2, 4] } })),
      'shape must be [8], the experts of model mini, got [2,4]',
    ],
    [
      'of tensors of floating point numbers',
      folder(safetensors({ '1_1': { ...tensor(1), dtype: 'F32' } })),
      'tensor "1_1": dtype must be I32 or I64, got "F32"',
    ],
    [
      'of tensors with a negative count',
      folder(safetensors({ '1_1': tensor(1, -2) })),
      'tensor 1_1: the count of expert 1 is -2',
    ],
    [
      'of tensors whose bytes do not fit their shape',
      folder(withHeader(offsets(0, 31))),
      'shape [8] of I32 needs 32 bytes, data_offsets give 31',
    ],
    [
      'of tensors that overlap',
      folder(safetensors({ '1_1': tensor(1), '1_3': { ...tensor(1), offsets: [16, 48] } })),
      'tensor "1_3" begins at byte 16, the one before it ends at 32',
    ],
    [
      'of tensors with negative places',
      folder(withHeader(offsets(-32, 0))),
      'needs a shape and data_offsets of whole numbers >= 0',
    ],
    [
      'of tensors without places',
      folder(withHeader('{"7_1":{"dtype":"I32","shape":[8]}}')),
      'needs a shape and data_offsets',
    ],
    [
      'of tensors far too large',
      folder(withHeader('{"7_1":{"dtype":"I32","shape":[268435456],"data_offsets":[0,1073741824]}}')),
      'counts of one layer are far smaller',
    ],
    ['of tensors that are cut off', folder(rank(1).subarray(0, -9)), 'truncated in tensor "8_3"'],
    [
      'of tensors with bytes behind them',
      folder(safetensors({ '1_1': tensor(1), '1_3': tensor(1) }, 'more')),
      'bytes follow the last tensor',
    ],
    ['of a header that is cut off', folder(rank(1).subarray(0, 30)), 'truncated in its safetensors header'],
    [
      'of a header that is no JSON',
      folder(withHeader('{"7_1":')),
      'the safetensors header is not valid JSON',
    ],
    [
      'of activation matrices of other experts',
      { 'a.npy': npy([1, 4, 4], new Float64Array(16)) },
      'a.npy: the array has 4 experts, model mini has 8',
    ],
    [
      'of activation matrices of two axes',
      { 'a.npy': npy([4, 8], new Float64Array(32)) },
      'shape must be (sequences, layers, experts), got (4, 8)',
    ],
    [
      'of activation matrices that are all free',
      { 'a.npy': npy([2, 4, 8], new Float64Array(64)) },
      'no selections in layer 1',
    ],
    [
      'of activation matrices with tokens in a dense layer',
      { 'a.npy': npy([1, 4, 8], Float64Array.from([...row(0, 9), ...row(1), ...NONE, ...row(1)])) },
      'sequence 0, layer 0: tokens of expert 1 in a dense layer of model mini',
    ],
  ])('%s', async (_, files, message) => {
    const [path = ''] = Object.keys(files)
    const error = findingsOf(openHistograms(memoryIo(files, 13), path.startsWith('d/') ? 'd' : path, MINI))
    const [first] = await error
    const { describe: text } = await import('../../../src/errors.ts')
    expect(`${first!.file}: ${text(first!)}`).toContain(message)
  })

  it('of one rank that is named itself, since all are needed', async () => {
    expect(await refusalOf(folder(rank(1)), 'd/rank0.safetensors')).toBe(
      'd/rank0.safetensors: counts of a single rank; name the folder that holds rank0.safetensors and those of all other ranks',
    )
  })

  it('of activation matrices with half a token, where they are said to be such', async () => {
    const halves = Float64Array.from([...NONE, ...row(0.5), ...NONE, ...row(1)])
    const action = read({ 'a.npy': npy([1, 4, 8], halves) }, 'a.npy', { from: 'moe-infinity' })
    const [first] = await findingsOf(action)
    expect(first!.args).toEqual({
      what: 'sequence 0, layer 1: the count of expert 0 must be a whole number, got 0.5',
    })
  })
})
