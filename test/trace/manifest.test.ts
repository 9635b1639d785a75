// The manifest of a native file: what it says must be true of the model and of the rows.
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../src/errors.ts'
import { manifestOf } from '../../src/trace/manifest.ts'
import { readTrace, statedModel } from '../../src/trace/open.ts'
import { memoryIo } from '../helpers/memory-io.ts'
import { findingsOf } from './formats/mini.ts'
import { sourceOf } from './sample.ts'

const source = sourceOf({
  experts: 8,
  topK: 2,
  layers: [1, 3],
  requests: [
    {
      id: 'a',
      prefillTokens: 1,
      rows: [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [4, 5],
          [6, 7],
        ],
      ],
    },
  ],
})
const MANIFEST = manifestOf(source, 'mini', false, { format: 'vllm-npy', name: 'a.npy' })
const MODEL = { model: 'mini', experts: 8, topK: 2, moeLayers: [1, 3] }
const ROWS = ['a,0,prefill,1,0 1', 'a,0,prefill,3,2 3', 'a,1,decode,1,4 5', 'a,1,decode,3,6 7']
const file = (manifest: unknown, rows: readonly string[] = ROWS) =>
  [
    '# a comment',
    `# moesim-trace ${typeof manifest === 'string' ? manifest : JSON.stringify(manifest)}`,
    'request,token,phase,layer,experts',
    ...rows,
    '',
  ].join('\n')
const open = (content: string, model = MODEL) => readTrace(memoryIo({ t: content }), 't', model)

it('A manifest counts the requests and tokens of its trace', () => {
  expect(MANIFEST).toEqual({
    version: 2,
    model: 'mini',
    experts: 8,
    topK: 2,
    layers: [1, 3],
    requests: 1,
    prefillTokens: 1,
    decodeTokens: 1,
    phases: 'recorded',
    source: { format: 'vllm-npy', name: 'a.npy' },
    sha256: source.sha256,
  })
})

it('A file with a manifest opens without a model being named, and keeps the manifest', async () => {
  const io = memoryIo({ t: file(MANIFEST) })
  expect(await statedModel(io, 't')).toEqual(MODEL)
  expect(await open(file(MANIFEST))).toMatchObject({ manifest: MANIFEST, isPhaseAssumed: false })
})

it('Phases that were assumed once stay assumed', async () => {
  expect(await open(file({ ...MANIFEST, phases: 'assumed' }))).toMatchObject({ isPhaseAssumed: true })
})

it('A file without one says nothing of its model', async () => {
  const io = memoryIo({ t: ['# a comment', 'request,token,phase,layer,experts', ...ROWS, ''].join('\n') })
  expect(await statedModel(io, 't')).toBeUndefined()
})

it('Two files of one trace each have their own, checked against their own rows', async () => {
  const files = {
    'd/1.csv': file(MANIFEST),
    'd/2.csv': file(
      MANIFEST,
      ROWS.map((row) => row.replace(/^a/, 'b')),
    ),
  }
  const [first] = await findingsOf(readTrace(memoryIo(files), 'd', MODEL))
  expect(first!.file).toBe('d/2.csv')
  expect(text(first!)).toContain('the rows are not those the manifest was written for')
})

describe('a manifest is refused', () => {
  it.each([
    [
      'whose rows were changed',
      file(MANIFEST, ROWS.with(0, 'a,0,prefill,1,0 2')),
      'the rows are not those the manifest was written for: SHA-256 ',
    ],
    [
      'whose rows were cut off',
      file(MANIFEST, ROWS.slice(0, 2)),
      'the rows are not those the manifest was written for',
    ],
    [
      'of another number of experts',
      file({ ...MANIFEST, experts: 64 }),
      'the trace says 64 experts, model mini has 8',
    ],
    ['of another top-k', file({ ...MANIFEST, topK: 4 }), 'the trace says top-4, model mini routes top-2'],
    ['that is no JSON', file('{"version":1'), 'the moesim-trace manifest is not valid JSON'],
    [
      'of a later version',
      file({ ...MANIFEST, version: 3 }),
      'the moesim-trace manifest is damaged: version must be 2',
    ],
    ['with a key too many', file({ ...MANIFEST, owner: 'x' }), 'the moesim-trace manifest is damaged: '],
    [
      'without a key',
      file({ ...MANIFEST, sha256: undefined }),
      'the moesim-trace manifest is damaged: sha256 must be a text',
    ],
    [
      'with layers that descend',
      file({ ...MANIFEST, layers: [3, 1] }),
      'the moesim-trace manifest is damaged: layers must ascend',
    ],
    [
      'with a key __proto__',
      file(JSON.stringify(MANIFEST).replace('{', '{"__proto__":{"experts":1},')),
      'the moesim-trace manifest is damaged: ',
    ],
    [
      'that stands twice',
      file(`${JSON.stringify(MANIFEST)}\n# moesim-trace ${JSON.stringify(MANIFEST)}`),
      'a second manifest',
    ],
  ])('%s', async (_, content, message) => {
    const [first] = await findingsOf(open(content))
    expect(first!.file).toBe('t')
    expect(text(first!)).toContain(message)
  })
})
