// The promise about broken traces in one table over all formats: exactly one error, of the right kind, naming the file.
import { gzipSync } from 'node:zlib'
import { describe, expect, it, test } from 'vitest'
import { type DiagnosticCode, describe as text, UserError } from '../../../src/errors.ts'
import type { Io } from '../../../src/io.ts'
import { parquetBytes } from '../../../src/trace/formats/native/parquet-writer.ts'
import { manifestOf } from '../../../src/trace/manifest.ts'
import { readTrace } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { sourceOf } from '../sample.ts'
import { npy, npyOf, npz, safetensors, withHeader } from './arrays/arrays.ts'
import { csv, lines, META, ROW } from './bad-input.ts'
import { type Files, MINI } from './mini.ts'

const LEN = 4
const ids = (...values: number[]) => Uint8Array.from({ length: LEN * 4 }, (_, i) => values[i] ?? i % 8)
const SIDECAR = { 't.npy.json': '{"input_token_count":1}' }
const vllm = (array: Uint8Array, sidecar: Files = SIDECAR): Files => ({ 't.npy': array, ...sidecar })
const scores = (tokens: number) => Float32Array.from({ length: tokens * 8 }, (_, i) => Math.sin(i))
const layer = (tokens = LEN) => npy([tokens, 8], scores(tokens))
const pair = (one: Uint8Array, other: Uint8Array, level: 0 | 6 = 0): Files => ({
  't.npz': npz({ 'arr_0.npy': one, 'arr_1.npy': other }, level),
})
const whole = pair(layer(), layer())['t.npz'] as Uint8Array
const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 0xff : byte))
const hooks = (...rows: string[]): Files => ({
  't.csv': ['Layer ID,Batch Number,Token,Activated Expert IDs', ...rows, ''].join('\r\n'),
})
const counts = (table: unknown): Files => ({ 't.json': JSON.stringify({ logical_count: table }) })
const none = new Array<number>(8).fill(0)
const some = [1, 2, 3, 4, 5, 6, 7, 8]
const jsonl = (...rows: unknown[]): Files => ({ 't.jsonl': lines(META, ...rows) })
const decode = (pos: number, experts: unknown) => ({ pos, phase: 'decode', experts })
const steps = (...of: unknown[]): Files => ({ 't.json': JSON.stringify(of) })
const step = (one: unknown, three: unknown) => ({ 0: null, 1: one, 2: null, 3: three })
const route = (l: number, token: number, experts: unknown) => ({ problem_id: 'a', layer: l, token_idx: token, experts }) // biome-ignore format: one object
const LAB = { record_type: 'metadata', format: 'moe-cache-lab.routing-jsonl', format_version: 1 }
const chosen = (token: number, l: number) => ({ record_type: 'routing_selection', phase: 'prompt', token_position: token, layer: l, selected_experts: [0, 1] }) // biome-ignore format: one object
const ranks = (rank0: Uint8Array): Files => ({
  'd/rank0.safetensors': rank0,
  'd/meta_info.json': '{"num_experts":8,"num_experts_per_token":2}',
})
const tensor = { data: Int32Array.from(some) }

async function parquet(): Promise<Uint8Array> {
  const rows = [[[0, 1], [2, 3]]] // biome-ignore format: one token
  const source = sourceOf({
    experts: 8,
    topK: 2,
    layers: [1, 3],
    requests: [{ id: 'a', prefillTokens: 0, rows }],
  })
  const io = memoryIo()
  const manifest = manifestOf(source, 'mini', false, { format: 'csv', name: 'a' })
  await io.write(
    't',
    parquetBytes(source, manifest, async () => {}),
  )
  return io.files.get('t')!
}
const columns = await parquet()

/** What is wrong; the files, the first of which is opened (its folder, where it is in `d/`); part of the message. */
type Case = readonly [string, Files, string]

const NATIVE_CSV: Case[] = [
  ['an expert id of E', { t: csv('a,0,decode,1,7 8') }, 'trace has expert 8 but model mini has 8 experts'],
  ['a negative expert id', { t: csv('a,0,decode,1,-1 2') }, 'whole numbers separated by single blanks'],
  ['too few experts in a row', { t: csv('a,0,decode,1,3') }, 'row has 1 expert, model mini routes top-2'],
  ['an expert twice', { t: csv('a,0,decode,1,3 3') }, 'expert 3 stands twice'],
  ['a token of two phases', { t: csv('a,0,prefill,1,0 1', 'a,0,decode,3,0 1') }, 'both prefill and decode'],
  ['prefill after decode', { t: csv('a,0,decode,1,0 1', 'a,1,prefill,1,0 1') }, 'follows a decode token'],
  ['a layer missing in one token', { t: csv('a,0,decode,1,0 1', 'a,0,decode,3,0 1', 'a,1,decode,1,0 1') }, 'ragged'], // biome-ignore format: one line
  ['a dense layer', { t: csv('a,0,decode,2,0 1') }, 'layer 2 is not a MoE layer'],
  ['a quote that never closes', { t: csv('"a,0,decode,1,0 1') }, 'Quote Not Closed'],
  ['NUL bytes', { t: csv('a,0,decode,1,0\u00001') }, 'NUL byte'],
  ['bytes that are not UTF-8', { t: Buffer.concat([Buffer.from(csv()), Buffer.from([0xff, 0xfe])]) }, 'not UTF-8'], // biome-ignore format: one line
  ['a header alone', { t: csv() }, 'no rows'],
  ['a gzip that is cut off', { t: gzipSync(csv('a,0,decode,1,0 1').repeat(99)).subarray(0, -9) }, 'truncated'], // biome-ignore format: one line
  [
    'a gzip bomb',
    {
      t: gzipSync(
        '#'
          .padEnd(999)
          .concat('\n')
          .repeat(17 * 1024),
      ),
    },
    'unpacks to more than 250 times its size',
  ],
]
const NATIVE_PARQUET: Case[] = [
  ['its end cut off', { t: columns.subarray(0, -20) }, 'truncated: the Parquet footer'],
  ['its beginning alone', { t: columns.subarray(0, 8) }, 'truncated: the Parquet footer'],
  ['a byte changed in its manifest', { t: flipped(columns, columns.length - 150) }, 'manifest is damaged'],
  ['a footer length beyond the file', { t: flipped(columns, columns.length - 5) }, 'a Parquet footer of'],
]
const RESEARCH: Case[] = [
  ['a row cut off', { 't.jsonl': lines(META, ROW).slice(0, -9) }, 'not valid JSON'],
  ['a gap in its positions', jsonl(ROW, decode(2, ROW.experts)), 'pos 2 follows pos 0'],
  ['an unknown phase', jsonl({ ...ROW, phase: 'warmup' }), 'phase must be'],
  ['mixed phases', jsonl(ROW, { pos: 1, phase: 'prefill', experts: ROW.experts }), 'follows a decode'],
  ['lists for one layer too few', jsonl(decode(0, [[0, 1]])), 'ragged: pos 0 has 1 row for 2 layers'],
  ['an expert id of E', jsonl(decode(0, [[0, 8], [2, 3]])), 'trace has expert 8'], // biome-ignore format: one line
  ['a fraction for an expert', jsonl(decode(0, [[0, 1.5], [2, 3]])), 'whole number, got 1.5'], // biome-ignore format: one line
  [
    'another number of experts',
    { 't.jsonl': lines({ ...META, num_experts: 64 }, ROW) },
    'num_experts 64, model mini has 8',
  ],
  ['another version', { 't.jsonl': lines({ ...META, version: 2 }, ROW) }, 'version must be 1, got 2'],
]
const FORECAST: Case[] = [
  ['ragged layers', steps(step([[0, 1], [2, 3]], [[0, 1]])), 'ragged'], // biome-ignore format: one line
  ['an expert id of E', steps(step([[0, 8]], [[0, 1]])), 'trace has expert 8'],
  ['a step that is cut off', { 't.json': '[{"1":[[0,1]],"3":[[2,' }, 'not valid JSON'],
  ['two rows in a decode step', steps(step([[0, 1]], [[0, 1]]), step([[0, 1], [2, 3]], [[0, 1], [2, 3]])), 'ragged: step 1 has 2 rows'], // biome-ignore format: one line
]
const LAYERS: Case[] = [
  ['ragged layers', { 't.jsonl': lines(route(1, 0, [0, 1]), route(1, 1, [0, 1]), route(3, 0, [0, 1])) }, 'ragged'], // biome-ignore format: one line
  ['a repeated expert', { 't.jsonl': lines(route(1, 0, [4, 4])) }, 'expert 4 stands twice'],
  ['a layer the model has not', { 't.jsonl': lines(route(9, 0, [0, 1])) }, 'layer 9 is not a MoE layer'],
]
const TOKENS: Case[] = [
  ['a token missing', { 't.jsonl': lines({ tok: 0, layers: [[0, 1], [2, 3]] }, { tok: 2, layers: [[0, 1], [2, 3]] }) }, 'tok 2 follows tok 0'], // biome-ignore format: one line
  [
    'a layer missing',
    { 't.jsonl': lines({ tok: 0, layers: [[0, 1]] }) },
    'tok 0 has 1 list, model mini has 2',
  ],
  ['an expert id of E', { 't.jsonl': lines({ tok: 0, layers: [[0, 8], [2, 3]] }) }, 'trace has expert 8'], // biome-ignore format: one line
]
const CACHE_LAB: Case[] = [
  ['another version', { 't.jsonl': lines({ ...LAB, format_version: 2 }) }, 'format_version must be 1, got 2'],
  [
    'another number of experts',
    { 't.jsonl': lines({ ...LAB, num_experts: 9 }) },
    'num_experts 9, model mini has 8',
  ],
  ['a prompt token by token', { 't.jsonl': lines(LAB, chosen(0, 1), chosen(0, 3), chosen(1, 1)) }, 'layer 1 follows layer 3'], // biome-ignore format: one line
  ['ragged layers', { 't.jsonl': lines(LAB, chosen(0, 1), chosen(1, 1), chosen(0, 3)) }, 'ragged'],
]
const HOOKS: Case[] = [
  ['ids that are no list', hooks('1,0,a,"3, 5"'), 'ids must be a list such as [3, 5]'],
  ['ids beyond the model', hooks('1,0,a,"[3, 8]"'), 'trace has expert 8'],
  ['a list cut off', hooks('1,0,a,"[3, 5'), 'not a CSV row'],
  ['a token missing in one layer', hooks('1,0,a,"[3, 5]"', '1,0,b,"[3, 5]"', '3,0,a,"[3, 5]"'), 'ragged'],
  [
    'tokens that differ between layers',
    hooks('1,0,a,"[3, 5]"', '3,0,b,"[3, 5]"'),
    'token 0 is "b" in layer 3',
  ],
  ['layers that descend', hooks('3,0,a,"[3, 5]"', '1,0,a,"[3, 5]"'), 'layer 1 follows layer 3'],
  ['another batch', hooks('1,1,a,"[3, 5]"'), 'Batch Number must be 0'],
]
const VLLM: Case[] = [
  ['no sidecar', vllm(npy([LEN, 2, 2], ids()), {}), 'write it beside the array'],
  ['complex numbers', vllm(npyOf({ descr: '<c8', shape: [LEN, 2, 2], data: ids() })), 'dtype <c8 is not read'], // biome-ignore format: one line
  ['big-endian numbers', vllm(npyOf({ descr: '>i4', shape: [1, 2, 2], data: ids() })), 'save it as array.astype("<i4")'], // biome-ignore format: one line
  ['Fortran order', vllm(npy([LEN, 2, 2], ids(), { order: 'True' })), 'numpy.ascontiguousarray'],
  ['a negative shape', vllm(npy([-4, 2, 2], ids())), 'must be whole numbers >= 0'],
  ['a shape of 10^15 tokens', vllm(npyOf({ descr: '|u1', shape: [999_999_999_999_999, 2, 2], data: ids() })), 'truncated'], // biome-ignore format: one line
  ['Python objects', vllm(npyOf({ descr: '|O', shape: [1], data: Buffer.from('\x80\x04cos\nsystem\n.', 'latin1') })), 'pickled code and never read'], // biome-ignore format: one line
  ['a structured dtype', vllm(npyOf({ header: "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }" })), 'a structured array'], // biome-ignore format: one line
  ['a header cut off', vllm(npy([LEN, 2, 2], ids()).subarray(0, 40)), 'truncated in its .npy header'],
  ['data cut off', vllm(npy([LEN, 2, 2], ids()).subarray(0, -3)), 'truncated: shape (4, 2, 2)'],
  ['data behind its end', vllm(Buffer.concat([npy([LEN, 2, 2], ids()), ids()])), 'bytes follow the array'],
  ['an expert id of E', vllm(npy([LEN, 2, 2], ids(8))), 'row 0, layer 1: trace has expert 8'],
  [
    'no expert where one belongs',
    vllm(npy([1, 2, 2], Int8Array.of(-1, -1, 0, 1))),
    'no expert (-1) in a row of a MoE layer',
  ],
  ['another top-k', vllm(npy([2, 2, 4], ids())), 'routes top-2'],
  ['another number of layers', vllm(npy([1, 8, 2], ids())), 'the array has 8 layers'],
  ['a longer prompt than rows', vllm(npy([LEN, 2, 2], ids()), { 't.npy.json': '{"input_token_count":5}' }), 'the array has 4 rows'], // biome-ignore format: one line
  ['a sidecar that is no JSON', vllm(npy([LEN, 2, 2], ids()), { 't.npy.json': '{' }), 'not valid JSON'],
]
const LOGITS: Case[] = [
  ['a zip cut off in its directory', { 't.npz': whole.subarray(0, -30) }, 'truncated'],
  ['a zip cut off in an entry', { 't.npz': whole.subarray(0, 300) }, 'truncated'],
  ['a changed byte in a zip', { 't.npz': flipped(whole, 200) }, 'does not have its checksum'],
  [
    'a zip bomb',
    pair(npy([2 ** 20, 8], new Float32Array(2 ** 23)), layer(), 6),
    'unpacks to more than 250 times',
  ],
  ['layers of different length', pair(layer(4), layer(3)), 'ragged'],
  ['a layer too few', { 't.npz': npz({ 'arr_0.npy': layer() }) }, '1 array named by position'],
  ['NaN', { 't.npy': npy([2, 1, 8], new Float32Array(16).fill(Number.NaN, 3, 4)) }, 'row 0, layer 1: the logit of expert 3 is not a number'], // biome-ignore format: one line
  [
    'logits of another model',
    { 't.npy': npy([2, 1, 4], new Float32Array(8).fill(0.5)) },
    'logits of 4 experts',
  ],
  ['a padded batch', { 't.npy': npy([2, 3, 1, 8], scores(6)) }, 'a batch of 3 sequences'],
  ['objects in an entry', pair(npyOf({ descr: '|O', shape: [1] }), layer()), 'arr_0.npy: an array of Python objects'], // biome-ignore format: one line
]
const SGLANG: Case[] = [
  ['ragged steps', counts([[none, some, none, some], [some]]), 'ragged: step 1'],
  ['another number of experts', counts([none, [1, 2], none, some]), 'layer 1: 2 experts, model mini has 8'],
  ['a negative count', counts([none, [-1, ...some.slice(1)], none, some]), 'must be a number >= 0, got -1'],
  ['selections in a dense layer', counts([some, some, none, some]), 'is a dense layer'],
  ['a layer without any', counts([none, none, none, some]), 'no selections in layer 1'],
  ['a document cut off', { 't.json': '{"logical_count": [[1,' }, 'not valid JSON'],
]
const TENSORRT: Case[] = [
  ['a header longer than the file', ranks(safetensors({ '1_1': tensor }).subarray(0, 20)), 'truncated'],
  ['a header that is no JSON', ranks(withHeader('{"1_1":')), 'not valid JSON'],
  ['tensors cut off', ranks(safetensors({ '1_1': tensor }).subarray(0, -1)), 'truncated in tensor "1_1"'],
  ['another dtype', ranks(safetensors({ '1_1': { ...tensor, dtype: 'BF16' } })), 'dtype must be I32 or I64'],
  ['overlapping tensors', ranks(safetensors({ '1_1': tensor, '1_3': { ...tensor, offsets: [8, 40] } })), 'begins at byte 8'], // biome-ignore format: one line
  ['a dense layer', ranks(safetensors({ '1_2': tensor })), 'layer 2 is not a MoE layer'],
]
const MOE_INFINITY: Case[] = [
  ['matrices of other experts', { 't.npy': npy([1, 4, 4], new Float64Array(16)) }, 'the array has 4 experts'],
  ['free slots alone', { 't.npy': npy([1, 4, 8], new Float64Array(32)) }, 'no selections in layer 1'],
  ['data cut off', { 't.npy': npy([2, 4, 8], new Float64Array(64)).subarray(0, -8) }, 'truncated'],
]
const REFERENCE: Case[] = [
  ['an entry cut off', { 't.json': '{"0": [0, 1], "1": [2' }, 'truncated'],
  ['an expert id of E', { 't.json': '{"0": [0, 8]}' }, 'trace has expert 8'],
  [
    'a hole between tokens',
    { 't.json': '{"0": [0, 1], "1": [], "2": [2, 3]}' },
    'token index 1 has no experts',
  ],
]
const DUMPS: Case[] = [
  ['a pickle with code in it', { 't.pt': Buffer.from('\x80\x04\x8c\x05posix\x8c\x06system\x93.', 'latin1') }, 'convert it'], // biome-ignore format: one line
  ['a zip of torch.save', { 't.pt': npz({ 'archive/data.pkl': Buffer.from('logical_count') }) }, 'convert it: python3 -c'], // biome-ignore format: one line
]

const TABLE: Readonly<Record<string, readonly Case[]>> = {
  'native CSV': NATIVE_CSV,
  Parquet: NATIVE_PARQUET,
  'research JSONL': RESEARCH,
  'the paper’s JSON': FORECAST,
  'JSONL by layer': LAYERS,
  'JSONL by token': TOKENS,
  'moe-cache-lab': CACHE_LAB,
  'CSV of gate hooks': HOOKS,
  'vLLM .npy': VLLM,
  'router logits': LOGITS,
  'SGLang counts': SGLANG,
  'TensorRT-LLM statistics': TENSORRT,
  'MoE-Infinity matrices': MOE_INFINITY,
  'FSE-DP reference': REFERENCE,
  'torch.save': DUMPS,
}

async function refusalOf(io: Io, path: string) {
  const error = await readTrace(io, path, MINI).then(
    () => 'it was read',
    (caught: unknown) => caught,
  )
  if (!(error instanceof UserError)) throw new Error(`no UserError: ${String(error)}`)
  return error.diagnostics
}

describe.each(Object.entries(TABLE))('%s', (_format, cases) => {
  it.each(cases)('is refused with %s', async (_what, files, message) => {
    const [path = ''] = Object.keys(files)
    const found = await refusalOf(memoryIo(files, 999), path.startsWith('d/') ? 'd' : path)
    expect(found).toHaveLength(1)
    const [{ code, severity, file }] = found as [(typeof found)[0]]
    expect(['trace', 'file', 'conflict'] satisfies DiagnosticCode[]).toContain(code)
    expect(severity).toBe('error')
    expect(Object.keys(files)).toContain(file)
    expect(text(found[0]!)).toContain(message)
  })
})

test('the table has at least 60 malformed inputs, and some of every format', () => {
  const sizes = Object.values(TABLE).map((cases) => cases.length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(60)
  expect(Math.min(...sizes)).toBeGreaterThan(0)
})

test.each([
  ['t.csv', 'request,token,phase,layer,experts\n'],
  ['t.jsonl', `${JSON.stringify(META)}\n`],
  ['t.csv', 'Layer ID,Batch Number,Token,Activated Expert IDs\n'],
])('a line of a gigabyte in %s is refused long before its end', async (path, start) => {
  const chunk = Buffer.alloc(2 ** 16, 'x')
  let givenBytes = 0
  const io: Io = {
    ...memoryIo({ [path]: start }),
    async *read() {
      yield Buffer.from(start)
      for (givenBytes = 0; givenBytes < 2 ** 30; givenBytes += chunk.length) yield chunk
    },
  }
  const found = await refusalOf(io, path)
  expect(found).toHaveLength(1)
  expect(text(found[0]!)).toMatch(/a (line|row) is longer than \d+ bytes/)
  expect(givenBytes).toBeLessThan(64 * 2 ** 20)
})
