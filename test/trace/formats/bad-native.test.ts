// Malformed native CSV is refused, naming file, line and fault.
import { describe, expect, it } from 'vitest'
import { memoryIo } from '../../helpers/memory-io.ts'
import { type Bad, csv, expectRefusal, refusal } from './bad-input.ts'

const CSV: Bad[] = [
  {
    name: 'an expert id of E',
    content: csv('a,0,decode,1,5 8'),
    line: 2,
    caret: '5 8',
    message: 'trace has expert 8 but model mini has 8 experts (0..7)',
  },
  {
    name: 'too few experts',
    content: csv('a,0,decode,1,5'),
    line: 2,
    caret: '5',
    message: 'row has 1 expert, model mini routes top-2',
  },
  {
    name: 'too many experts',
    content: csv('a,0,decode,1,5 6 7'),
    line: 2,
    message: 'row has 3 experts, model mini routes top-2',
  },
  {
    name: 'an expert twice in a row',
    content: csv('a,0,decode,1,5 5'),
    line: 2,
    message: 'expert 5 stands twice in one top-2 list',
  },
  {
    name: 'a negative expert',
    content: csv('a,0,decode,1,5 -1'),
    line: 2,
    message: 'whole numbers separated by single blanks, got "5 -1"',
  },
  {
    name: 'a fractional expert',
    content: csv('a,0,decode,1,5 1.5'),
    line: 2,
    message: 'whole numbers separated by single blanks',
  },
  {
    name: 'two blanks between experts',
    content: csv('a,0,decode,1,5  6'),
    line: 2,
    message: 'separated by single blanks',
  },
  {
    name: 'no experts',
    content: csv('a,0,decode,1,'),
    line: 2,
    message: 'separated by single blanks, got ""',
  },
  {
    name: 'a dense layer',
    content: csv('a,0,decode,1,0 1', 'a,0,decode,2,0 1'),
    line: 3,
    message: 'layer 2 is not a MoE layer of model mini (MoE layers: 1, 3)',
  },
  {
    name: 'a layer that is no number',
    content: csv('a,0,decode,x,0 1'),
    line: 2,
    message: 'layer must be a whole number, got "x"',
  },
  {
    name: 'a token that is no number',
    content: csv('a,-1,decode,1,0 1'),
    line: 2,
    message: 'token must be a whole number, got "-1"',
  },
  {
    name: 'an unknown phase',
    content: csv('a,0,prompt,1,0 1'),
    line: 2,
    message: 'phase must be prefill or decode, got "prompt"',
  },
  {
    name: 'a token of both phases',
    content: csv('a,0,prefill,1,0 1', 'a,0,decode,3,0 1'),
    line: 3,
    message: 'token 0 is both prefill and decode',
  },
  {
    name: 'prefill after decode',
    content: csv('a,0,decode,1,0 1', 'a,1,prefill,1,0 1'),
    line: 3,
    message: 'prefill token 1 of request "a" follows a decode token',
  },
  {
    name: 'a gap in the tokens',
    content: csv('a,0,decode,1,0 1', 'a,2,decode,1,0 1'),
    line: 3,
    message: 'token 2 of request "a" follows token 0',
  },
  {
    name: 'a token repeated',
    content: csv('a,0,decode,1,0 1', 'a,0,decode,1,0 1'),
    line: 3,
    message: 'layer 1 of token 0, request "a", stands where the next token belongs',
  },
  {
    name: 'a layer missing in a later token',
    content: csv('a,0,decode,1,0 1', 'a,0,decode,3,0 1', 'a,1,decode,1,0 1', 'a,2,decode,1,0 1'),
    line: 5,
    message: 'token 1 of request "a" has no layer 3',
  },
  {
    name: 'a layer missing in the last token',
    content: csv('a,0,decode,1,0 1', 'a,0,decode,3,0 1', 'a,1,decode,1,0 1'),
    line: 4,
    message: 'ragged: token 1 of request "a" has no layer 3',
  },
  {
    name: 'rows by layer instead of by token',
    content: csv('a,0,decode,1,0 1', 'a,1,decode,1,0 1', 'a,0,decode,3,0 1'),
    line: 4,
    message: 'token 0 of request "a" follows token 1; rows go request by request, token by token',
  },
  {
    name: 'layers descending',
    content: csv('a,0,decode,3,0 1', 'a,0,decode,1,0 1'),
    line: 3,
    message: 'layer 1 of token 0, request "a", stands where',
  },
  {
    name: 'a request in two pieces',
    content: csv('a,0,decode,1,0 1', 'b,0,decode,1,0 1', 'a,1,decode,1,0 1'),
    line: 4,
    message: 'request "a" occurs a second time',
  },
  {
    name: 'a row of four fields',
    content: csv('a,0,decode,0 1'),
    line: 2,
    message: 'a row has 5 fields, this one 4',
  },
  {
    name: 'a row of six fields',
    content: csv('a,0,decode,1,0 1,x'),
    line: 2,
    message: 'a row has 5 fields, this one 6',
  },
  {
    name: 'a row over two lines',
    content: csv('a,0,decode,1,0 1', '"b\nc",0,decode,1,0 1'),
    line: 3,
    message: 'a row goes over several lines',
  },
  {
    name: 'a quote that does not close',
    content: csv('"a,0,decode,1,0 1'),
    line: 2,
    message: 'not a CSV row',
  },
  {
    name: 'an empty request id',
    content: csv(',0,decode,1,0 1'),
    line: 2,
    message: 'request id must be 1..200 characters',
  },
  {
    name: 'a control character in the request id',
    content: csv('a\tb,0,decode,1,0 1'),
    line: 2,
    message: 'without control characters, got "a\\tb"',
  },
  {
    name: 'another header',
    content: '# x\nrequest,token,layer,experts\n',
    line: 2,
    message: 'header must be request,token,phase,layer,experts',
  },
  {
    name: 'only comments',
    content: '# x\n',
    line: 1,
    message: 'header request,token,phase,layer,experts is missing',
  },
  { name: 'a header without rows', content: csv(), line: 1, message: 'the file has a header and no rows' },
  {
    name: 'a line without end',
    content: csv(`a,0,decode,1,${'0 '.repeat(2 ** 20)}`),
    code: 'file',
    line: 2,
    message: 'a line is longer than 1048576 bytes',
  },
  {
    name: 'bytes that are not UTF-8',
    content: Buffer.from(csv('\xff,0,decode,1,0 1'), 'latin1'),
    code: 'file',
    message: 'not UTF-8 text',
  },
  {
    name: 'bytes that are not UTF-8 far inside',
    content: Buffer.concat([Buffer.from(`${csv()}${'#'.repeat(70_000)}\n`), Buffer.from([0xff, 10])]),
    code: 'file',
    line: 3,
    message: 'not UTF-8 text',
  },
  {
    name: 'a NUL byte far inside',
    content: `${csv()}${'#'.repeat(70_000)}\n\n\0`,
    code: 'file',
    line: 4,
    message: 'NUL byte',
  },
]

describe('Native CSV', () => {
  it.each(CSV)('is refused with $name', async (bad) => {
    const [first] = await refusal(memoryIo({ t: bad.content }, 4096), 't')
    expectRefusal(first!, bad, 't')
  })
})

it('All faults of a file are reported together, up to twenty', async () => {
  const few = csv('a,0,decode,1,0 8', 'a,1,decode,1,0 1', 'b,0,decode,1,2 2')
  expect((await refusal(memoryIo({ t: few }), 't')).map(({ span }) => span?.line)).toEqual([2, 4])
  const many = csv(...Array.from({ length: 50 }, (_, token) => `a,${token},decode,1,0 8`))
  expect(await refusal(memoryIo({ t: many }), 't')).toHaveLength(20)
})
