// Traces of the FSE-DP reference simulator: one JSON object of expert lists per layer, a folder of them per request.
import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { describe as text } from '../../../src/errors.ts'
import type { Io } from '../../../src/io.ts'
import { openTrace } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { MODEL, refusal } from './bad-input.ts'

const TWO = '{"0": [0, 1], "1": [7, 2]}'
const open = (io: Io, path: string) => openTrace(io, path, MODEL)

describe('A file', () => {
  it('of any name is one request of all its tokens, prefill, in the first MoE layer', async () => {
    const source = await open(memoryIo({ 'd/Qwen3-MoE_16.json': TWO }), 'd/Qwen3-MoE_16.json')
    expect(source.requests).toEqual([{ id: 'Qwen3-MoE_16', prefillTokens: 2, tokens: 2 }])
    expect(source.layers).toEqual([1])
    expect([...source.layerExperts(1)]).toEqual([0, 1, 7, 2])
  })

  it('called layer_3_token_experts is layer 3', async () => {
    const source = await open(memoryIo({ 'layer_3_token_experts.json': TWO }), 'layer_3_token_experts.json')
    expect(source.layers).toEqual([3])
    expect(source.requests).toEqual([{ id: 'batch', prefillTokens: 2, tokens: 2 }])
  })

  it('loses the padding at its end', async () => {
    const source = await open(memoryIo({ 't.json': '{"0":[0,1],"1":[7,2],"2":[],"3":[ ]}' }), 't.json')
    expect(source.requests[0]!.tokens).toBe(2)
  })

  it.each([
    ['a byte order mark', `\uFEFF${TWO}`],
    [
      'CRLF line ends, indented',
      TWO.replace('{', '{\r\n  ').replaceAll(', "', ',\r\n  "').replace('}', '\r\n}\r\n'),
    ],
    ['no blanks', TWO.replaceAll(' ', '')],
    ['gzip around it', gzipSync(TWO)],
  ])('reads the same with %s', async (_, content) => {
    const [plain, other] = await Promise.all(
      [TWO, content].map((bytes) => open(memoryIo({ 't.json': bytes }, 1), 't.json')),
    )
    expect(other!.sha256).toBe(plain!.sha256)
  })

  it('reads as it was written, whatever its tokens and however it arrives', async () => {
    const list = fc.uniqueArray(fc.nat(7), { minLength: 2, maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(list, { minLength: 1, maxLength: 40 }),
        fc.nat(3),
        fc.nat(3),
        fc.integer({ min: 1, max: 60 }),
        async (rows, padding, indent, chunkBytes) => {
          const tokens = [...rows, ...Array.from({ length: padding }, () => [])]
          const content = JSON.stringify(Object.fromEntries(tokens.entries()), undefined, indent)
          const source = await open(memoryIo({ 't.json': content }, chunkBytes), 't.json')
          expect([...source.layerExperts(1)]).toEqual(rows.flat())
        },
      ),
    )
  })

  it('of many megabytes on one line is read without being held', async () => {
    const batches = 400
    const io: Io = {
      ...memoryIo({ 't.json': '{' }),
      async *read() {
        yield Buffer.from('{"0": [0, 1]')
        for (let batch = 0; batch < batches; batch++) {
          const lists = Array.from({ length: 1000 }, (_, i) => `, "${batch * 1000 + i + 1}": [2, 3]`)
          yield Buffer.from(lists.join(''))
        }
        yield Buffer.from('}')
      },
    }
    const source = await open(io, 't.json')
    expect(source.requests[0]!.tokens).toBe(batches * 1000 + 1)
  })
})

describe('A folder', () => {
  it('of layer files is one request of several layers', async () => {
    const io = memoryIo({
      'd/layer_3_token_experts.json': '{"0":[4,5]}',
      'd/layer_1_token_experts.json.gz': gzipSync('{"0":[2,3]}'),
    })
    const source = await open(io, 'd')
    expect(source.requests).toEqual([{ id: 'batch', prefillTokens: 1, tokens: 1 }])
    expect(source.layers).toEqual([1, 3])
    expect([...source.layerExperts(1), ...source.layerExperts(3)]).toEqual([2, 3, 4, 5])
  })

  it('of folders of layer files has a request for each, in natural order of their paths', async () => {
    const io = memoryIo({
      'd/c4/run_10/layer_1_token_experts.json': '{"0":[0,1]}',
      'd/c4/run_9/layer_1_token_experts.json': '{"0":[2,3],"1":[4,5]}',
      'd/other.json': '{"router_data":[1]}',
    })
    const source = await open(io, 'd')
    expect(source.requests.map(({ id, tokens }) => [id, tokens])).toEqual([
      ['c4/run_9', 2],
      ['c4/run_10', 1],
    ])
    expect([...source.layerExperts(1)]).toEqual([2, 3, 4, 5, 0, 1])
  })

  it('may hold other formats beside it, the order of the paths kept', async () => {
    const io = memoryIo({
      'd/a/layer_1_token_experts.json': '{"0":[0,1]}',
      'd/b.json': '[{"1":[[2,3]]}]',
      'd/c/layer_1_token_experts.json': '{"0":[4,5]}',
    })
    expect((await open(io, 'd')).requests.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  const TREES: [string, Record<string, string>, string, string][] = [
    [
      'layers of different token counts',
      { 'd/layer_1_token_experts.json': TWO, 'd/layer_3_token_experts.json': '{"0":[0,1]}' },
      'd/layer_3_token_experts.json',
      'ragged: request "batch" has 1 token in layer 3 and 2 in layer 1 (d/layer_1_token_experts.json)',
    ],
    [
      'a layer in two files',
      { 'd/layer_1_token_experts.json': TWO, 'd/layer_01_token_experts.json': TWO },
      'd/layer_1_token_experts.json',
      'layer 1 of request "batch" occurs a second time; the first is in d/layer_01_token_experts.json',
    ],
    [
      'requests of different layers',
      { 'd/a/layer_1_token_experts.json': TWO, 'd/b/layer_3_token_experts.json': TWO },
      'd/b/layer_3_token_experts.json',
      'request "b" covers layers 3, the requests before it 1',
    ],
    [
      'a request with a layer more, which its last file shows',
      {
        'd/a/layer_1_token_experts.json': TWO,
        'd/b/layer_1_token_experts.json': TWO,
        'd/b/layer_3_token_experts.json': TWO,
      },
      'd/b/layer_3_token_experts.json',
      'request "b" covers layers 1, 3, the requests before it 1',
    ],
    [
      'a dense layer',
      { 'd/layer_2_token_experts.json': TWO },
      'd/layer_2_token_experts.json',
      'layer 2 is not a MoE layer of model mini (MoE layers: 1, 3)',
    ],
    [
      'a layer file of another layout',
      { 'd/layer_1_token_experts.json': TWO, 'd/layer_3_token_experts.json': '{"a": [0, 1]}' },
      'd/layer_3_token_experts.json',
      'token index must be a whole number, got "a"',
    ],
    [
      'a layer file without tokens',
      { 'd/layer_1_token_experts.json': TWO, 'd/layer_3_token_experts.json': '{}' },
      'd/layer_3_token_experts.json',
      'no tokens',
    ],
  ]

  it.each(TREES)('is refused with %s', async (_, files, file, message) => {
    const [first] = await refusal(memoryIo(files), 'd')
    expect([first!.code, first!.file]).toEqual(['trace', file])
    expect(text(first!)).toContain(message)
  })
})

const TRACES = process.env.MOESIM_TRACES ?? '../shared/traces'
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

// Active experts: reference sheet, section 9.
it.for([
  ['Phi3.5-MoE', 16, 2, range(0, 31), 12, 15],
  ['Yuan2.0', 32, 2, range(0, 23), 14, 27],
  ['DeepSeek-MoE', 64, 6, range(1, 27), 41, 58],
  ['Qwen3-MoE', 128, 8, range(0, 47), 61, 110],
] as const)(
  'The traces of %s have the active experts that were counted independently',
  async ([name, experts, topK, moeLayers, ...active], { skip }) => {
    const folder = `${TRACES}/fse-dp-reference`
    if (!existsSync(folder)) skip(`no ${folder}: set MOESIM_TRACES to a folder that has it`)
    for (const [i, tokens] of [16, 64].entries()) {
      const source = await openTrace(nodeIo, `${folder}/${name}_${tokens}.json`, {
        model: name,
        experts,
        topK,
        moeLayers,
      })
      expect(source.requests).toEqual([{ id: `${name}_${tokens}`, prefillTokens: tokens, tokens }])
      expect(source.layers).toEqual([moeLayers[0]])
      expect(new Set(source.layerExperts(moeLayers[0]!)).size).toBe(active[i])
    }
  },
)
