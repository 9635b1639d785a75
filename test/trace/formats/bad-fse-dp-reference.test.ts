// Malformed traces of the FSE-DP reference simulator are refused, naming file, token index and fault.
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../../src/errors.ts'
import { openTrace } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { type Bad, expectRefusal, MODEL, refusal } from './bad-input.ts'

const BAD: Bad[] = [
  {
    name: 'a gap',
    content: '{"0":[0,1],"2":[2,3]}',
    message: 'token index 1 is missing: 2 stands in its place; token indices must count 0, 1, 2',
  },
  {
    name: 'a start at 1',
    content: '{"1":[0,1]}',
    message: 'token index 0 is missing: 1 stands in its place',
  },
  {
    name: 'a token twice',
    content: '{"0":[0,1],"1":[2,3],"0":[0,1]}',
    message: 'token index 0 stands twice',
  },
  {
    name: 'an expert id of E',
    content: '{"0":[0,8]}',
    message: 'token index 0: trace has expert 8 but model mini has 8 experts',
  },
  {
    name: 'a negative expert id',
    content: '{"0":[0,1],"1":[0,-1]}',
    message: 'token index 1: trace has expert -1',
  },
  {
    name: 'an expert id with a fraction',
    content: '{"0":[0,1.5]}',
    message: 'token index 0: expert id must be a whole number, got 1.5',
  },
  {
    name: 'an expert id that is text',
    content: '{"0":[0,"1"]}',
    message: 'token index 0: expert id must be a whole number, got "1"',
  },
  {
    name: 'an expert id that is null',
    content: '{"0":[0,1],"1":[0,null]}',
    message: 'token index 1: expert id must be a whole number, got null',
  },
  { name: 'an expert twice', content: '{"0":[3,3]}', message: 'token index 0: expert 3 stands twice' },
  {
    name: 'too few experts',
    content: '{"0":[3]}',
    message: 'token index 0: row has 1 expert, model mini routes top-2',
  },
  {
    name: 'too many experts',
    content: '{"0":[0,1],"1":[1,2,3]}',
    message: 'token index 1: row has 3 experts',
  },
  {
    name: 'padding in the middle',
    content: '{"0":[0,1],"1":[],"2":[2,3]}',
    message:
      'token index 1 has no experts (padding), and token index 2 behind it has; padding is left out at the end only',
  },
  { name: 'nothing but padding', content: '{"0":[],"1":[]}', message: 'no work: all 2 tokens are padding' },
  {
    name: 'a negative index',
    content: '{"-1":[0,1]}',
    message: 'token index must be a whole number, got "-1"',
  },
  {
    name: 'an index with leading zeros',
    content: '{"0":[0,1],"01":[0,1]}',
    message: 'token index must be a whole number, got "01" after 0',
  },
  {
    name: 'a __proto__ key',
    content: '{"0":[0,1],"__proto__":[0,1]}',
    message: 'token index must be a whole number, got "__proto__" after 0',
  },
  {
    name: 'an index beyond all counting',
    content: '{"0":[0,1],"99999999999999999999":[0,1]}',
    message: 'token index must be a whole number, got "99999999999999999999"',
  },
  {
    name: 'a list in a list',
    content: '{"0":[0,1],"1":[[2,3],[4,5]]}',
    message: 'expected "<key>": [numbers] after key "0", found "1":[[2,3],[4,5]]}',
  },
  {
    name: 'a number in place of a list',
    content: '{"0":[0,1],"1":3,"2":[4,5]}',
    message: 'after key "0", found "1":3,"2":[4,5]}',
  },
  {
    name: 'a number in place of the last list',
    content: '{"0":[0,1],"1":3}',
    message: 'after key "0", found "1":3}',
  },
  {
    name: 'an object in place of a list',
    content: '{"0":[0,1],"1":{"2":[4,5]}}',
    message: 'after key "0", found "1":{"2":[4,5]}}',
  },
  {
    name: 'a comma too many',
    content: '{"0":[0,1],}',
    message: 'expected "<key>": [numbers] after key "0", found }',
  },
  {
    name: 'a comma too few',
    content: '{"0":[0,1] "1":[0,1]}',
    message: 'expected "," or "}" after key "0", found "1":[0,1]}',
  },
  {
    name: 'a comma too many in a list',
    content: '{"0":[0,1],"1":[2,,3]}',
    message: 'key "1": not valid JSON',
  },
  {
    name: 'a number that JSON does not know',
    content: '{"0":[0,1],"1":[2,0x3]}',
    message: 'key "1": not valid JSON',
  },
  {
    name: 'its end missing in a list',
    content: '{"0":[0,1],"1":[2',
    message: 'the file ends before its closing brace (truncated) after key "0"',
  },
  {
    name: 'its end missing in the first list',
    content: '{"0":[0',
    message: 'the file ends before its closing brace (truncated)',
  },
  {
    name: 'its end missing behind a list',
    content: '{"0":[0,1]\n',
    message: 'the file ends before its closing brace (truncated) after key "0"',
  },
  {
    name: 'a brace too many',
    content: '{"0":[0,1]}}',
    message: 'expected the end of the file after key "0", found }',
  },
  {
    name: 'a second document',
    content: '{"0":[0,1]}\n{"0":[0,1]}',
    message: 'expected the end of the file after key "0", found {"0":[0,1]}',
  },
  { name: 'a NUL byte', content: '{"0":[0,1]\0}', code: 'file', message: 'NUL byte' },
  {
    name: 'a NUL byte far behind its head',
    content: `{"0":[0,1]${' '.repeat(70_000)}\0}`,
    code: 'file',
    message: 'NUL byte',
  },
  {
    name: 'text that is not UTF-8',
    content: Buffer.concat([Buffer.from(`{"0":[0,1]${' '.repeat(70_000)}`), Buffer.from([0xff])]),
    code: 'file',
    message: 'not UTF-8 text after key "0"',
  },
  {
    name: 'a character cut off at its end',
    content: Buffer.concat([Buffer.from(`{"0":[0,1]${' '.repeat(70_000)}`), Buffer.from([0xc3])]),
    code: 'file',
    message: 'not UTF-8 text',
  },
  {
    name: 'an entry without end',
    content: `{"0":[0,1],"1":[${'1,'.repeat(2 ** 19)}`,
    code: 'file',
    message: 'an entry is longer than 1048576 characters after key "0"',
  },
]

describe('A malformed file', () => {
  it.each(BAD)('is refused with $name', async (bad) => {
    const [first] = await refusal(memoryIo({ t: bad.content }, 4096), 't')
    expectRefusal(first!, bad, 't')
  })

  it('shows up to twenty faults of its rows at once', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `"${i}":[${i % 2 === 0 ? 8 : 0},1]`)
    const found = await refusal(memoryIo({ t: `{${rows.join(',')}}` }), 't')
    expect(found.map(text).slice(0, 2)).toEqual([
      expect.stringContaining('token index 0: trace has expert 8'),
      expect.stringContaining('token index 2: trace has expert 8'),
    ])
    expect(found).toHaveLength(15)
  })

  it('of another layout is skipped in a folder and refused by name', async () => {
    const io = memoryIo({
      'd/1.json': '[{"1":[[0,1]]}]',
      'd/map.json': '{"0": [[0, 1]]}',
      'd/none.json': '{}',
    })
    expect((await openTrace(io, 'd', MODEL)).requests.map(({ id }) => id)).toEqual(['1'])
    for (const name of ['map', 'none']) {
      await expect(openTrace(io, `d/${name}.json`, MODEL)).rejects.toThrow('not a trace in a known format')
    }
  })
})

it('A folder whose name cannot be a request is refused at its first layer', async () => {
  const folder = `d/${'x'.repeat(1000)}`
  const files = ['1', '3'].map((layer) => [`${folder}/layer_${layer}_token_experts.json`, '{"0":[0,1]}'])
  const [first, ...others] = await refusal(memoryIo(Object.fromEntries(files)), 'd')
  expect(text(first!)).toContain('request id must be 1..')
  expect([first!.file, others]).toEqual([`${folder}/layer_1_token_experts.json`, []])
})
