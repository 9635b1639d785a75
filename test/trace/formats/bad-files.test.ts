// Files and directories that cannot be traces at all are refused, and say why.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type DiagnosticCode, describe as text } from '../../../src/errors.ts'
import type { Io } from '../../../src/io.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { type Bad, csv, expectRefusal, lines, META, MODEL, ROW, refusal, steps } from './bad-input.ts'

const zipped = gzipSync(csv('a,0,decode,1,0 1').repeat(20))

const BYTES: Bad[] = [
  { name: 'nothing in it', content: '', code: 'file', message: 'the file is empty' },
  { name: 'an empty gzip file', content: gzipSync(''), code: 'file', message: 'the file is empty' },
  {
    name: 'binary junk',
    content: Uint8Array.from({ length: 256 }, (_, i) => i),
    code: 'file',
    message: 'NUL byte',
  },
  { name: 'other text', content: 'hello\nworld\n', message: 'not a trace in a known format' },
  { name: 'only a byte order mark', content: '\uFEFF', message: 'not a trace in a known format' },
  {
    name: 'truncated gzip',
    content: zipped.subarray(0, -9),
    code: 'file',
    message: 'ends too early (truncated)',
  },
  {
    name: 'gzip with a wrong checksum',
    content: zipped.map((byte, i) => (i === zipped.length - 6 ? byte ^ 1 : byte)),
    code: 'file',
    message: 'damaged or has junk after its end',
  },
  {
    name: 'junk after the gzip',
    content: Buffer.concat([zipped, Buffer.from('junk')]),
    code: 'file',
    message: 'damaged or has junk after its end',
  },
  {
    name: 'padding and junk after the gzip',
    content: Buffer.concat([zipped, Buffer.alloc(4), zipped]),
    code: 'file',
    message: 'damaged or has junk after its end',
  },
  {
    name: 'a gzip bomb of one line',
    content: gzipSync(`#${'x'.repeat(4 * 2 ** 20)}`),
    code: 'file',
    line: 1,
    message: 'a line is longer than 1048576 bytes',
  },
]

describe('A file', () => {
  it.each(BYTES)('is refused with $name', async (bad) => {
    const [first] = await refusal(memoryIo({ t: bad.content }, 4096), 't')
    expectRefusal(first!, bad, 't')
  })

  it('is refused where there is none', async () => {
    const [first] = await refusal(memoryIo(), 'gone')
    expectRefusal(
      first!,
      { name: '', content: '', code: 'file', message: 'no such file or directory' },
      'gone',
    )
  })

  it('is refused where it is a device', async () => {
    const io: Io = { ...memoryIo(), stat: async () => ({ kind: 'other', sizeBytes: 0 }) }
    const [first] = await refusal(io, 'tty')
    expectRefusal(
      first!,
      { name: '', content: '', code: 'file', message: 'neither a file nor a directory' },
      'tty',
    )
  })

  it('of JSON is refused beyond 256 MiB, without being held', async () => {
    const chunk = new Uint8Array(2 ** 20).fill(0x20)
    chunk[0] = 0x5b
    const io: Io = {
      ...memoryIo({ t: '[' }),
      async *read() {
        for (;;) yield chunk
      },
    }
    const [first] = await refusal(io, 't')
    const bad: Bad = {
      name: '',
      content: '',
      code: 'file',
      message: 'a JSON trace of more than 268435456 bytes',
    }
    expectRefusal(first!, bad, 't')
  })
})

describe('A directory', () => {
  const TREES: [string, Record<string, string>, string, DiagnosticCode, string][] = [
    ['no trace name', { 'd/README.md': 'x' }, 'd', 'file', 'no file with the name of one (.csv,'],
    ['only other layouts', { 'd/a.json': '[1]' }, 'd', 'file', 'only files of other layouts (d/a.json)'],
    [
      'an empty trace file beside a good one',
      { 'd/1.json': steps([[0, 1]]), 'd/2.json': '' },
      'd/2.json',
      'file',
      'empty',
    ],
    [
      'broken JSON beside a good one',
      { 'd/1.json': steps([[0, 1]]), 'd/2.json': '[{' },
      'd/2.json',
      'trace',
      'not valid JSON',
    ],
    [
      'a JSONL cut off in its first line',
      { 'd/1.json': steps([[0, 1]]), 'd/2.jsonl': '{"type":"me' },
      'd/2.jsonl',
      'trace',
      'not valid JSON',
    ],
    [
      'requests of different layers',
      { 'd/1.json': steps([[0, 1]]), 'd/2.json': '[{"3":[[0,1]]}]' },
      'd/2.json',
      'trace',
      'request "2" covers layers 3, the requests before it 1',
    ],
    [
      'one request in two files',
      { 'd/1.jsonl': lines(META, ROW), 'd/2.jsonl': lines(META, ROW) },
      'd/2.jsonl',
      'trace',
      'request "r" occurs a second time; the first is in d/1.jsonl',
    ],
    [
      'no end to its depth',
      { [`d${'/d'.repeat(40)}/1.json`]: '' },
      `d${'/d'.repeat(33)}`,
      'file',
      'nested too deep',
    ],
  ]

  it.each(TREES)('is refused with %s', async (_, files, file, code, message) => {
    const [first] = await refusal(memoryIo(files), 'd')
    expect([first!.code, first!.file]).toEqual([code, file])
    expect(text(first!)).toContain(message)
  })
})

it('A model of more experts than 16 bits can name is refused', async () => {
  const [first] = await refusal(memoryIo({ t: '' }), 't', { ...MODEL, experts: 65_537 })
  expect(text(first!)).toBe('experts must be 1..65536, got 65537')
})
