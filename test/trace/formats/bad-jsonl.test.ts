// Malformed JSONL of both kinds is refused, naming file, line and fault.
import { describe, expect, it } from 'vitest'
import { memoryIo } from '../../helpers/memory-io.ts'
import { type Bad, expectRefusal, lines, META, ROW, refusal } from './bad-input.ts'

const RESEARCH: Bad[] = [
  {
    name: 'another number of experts',
    content: lines({ ...META, num_experts: 16 }, ROW),
    code: 'conflict',
    line: 1,
    message: 'the trace says num_experts 16, model mini has 8',
  },
  {
    name: 'another top-k',
    content: lines({ ...META, top_k: 4 }, ROW),
    code: 'conflict',
    line: 1,
    message: 'the trace says top_k 4, model mini has 2',
  },
  {
    name: 'a version of the future',
    content: lines({ ...META, version: 2 }, ROW),
    line: 1,
    message: 'version must be 1, got 2',
  },
  {
    name: 'a first line of another type',
    content: lines({ ...META, type: 'row' }, ROW),
    line: 1,
    message: 'the first line must have type "meta", got "row"',
  },
  {
    name: 'a prompt length that is no number',
    content: lines({ ...META, prompt_tokens: '5' }, ROW),
    line: 1,
    message: 'prompt_tokens must be a whole number, got "5"',
  },
  {
    name: 'a decode row within the prompt',
    content: lines({ ...META, prompt_tokens: 1 }, ROW),
    line: 2,
    message: 'pos 0 is decode, and the meta line says prompt_tokens 1',
  },
  {
    name: 'a prefill row behind the prompt',
    content: lines(
      { ...META, prompt_tokens: 1 },
      { ...ROW, phase: 'prefill' },
      { ...ROW, pos: 1, phase: 'prefill' },
    ),
    line: 3,
    message: 'pos 1 is prefill, and the meta line says prompt_tokens 1',
  },
  {
    name: 'a dense layer in the meta line',
    content: lines({ ...META, layers: [1, 2] }, ROW),
    line: 1,
    message: 'layer 2 is not a MoE layer',
  },
  {
    name: 'a layer twice in the meta line',
    content: lines({ ...META, layers: [1, 1] }, ROW),
    line: 1,
    message: 'layer 1 stands twice',
  },
  {
    name: 'layers that are no list',
    content: lines({ ...META, layers: 'all' }, ROW),
    line: 1,
    message: 'layers must be a list of layer ids, got "all"',
  },
  {
    name: 'an expert id of E',
    content: lines(META, {
      ...ROW,
      experts: [
        [0, 1],
        [2, 8],
      ],
    }),
    line: 2,
    message: 'pos 0, layer 3: trace has expert 8 but model mini has 8',
  },
  {
    name: 'an expert id that is a string',
    content: lines(META, {
      ...ROW,
      experts: [
        [0, 1],
        [2, '3'],
      ],
    }),
    line: 2,
    message: 'expert id must be a whole number, got "3"',
  },
  {
    name: 'a negative expert id',
    content: lines(META, {
      ...ROW,
      experts: [
        [0, -1],
        [2, 3],
      ],
    }),
    line: 2,
    message: 'pos 0, layer 1: trace has expert -1',
  },
  {
    name: 'fewer rows than layers',
    content: lines(META, { ...ROW, experts: [[0, 1]] }),
    line: 2,
    message: 'ragged: pos 0 has 1 row for 2 layers',
  },
  {
    name: 'a row that is no list',
    content: lines(META, { ...ROW, experts: [[0, 1], null] }),
    line: 2,
    message: 'layer 3: experts must be a list of ids, got null',
  },
  { name: 'a position repeated', content: lines(META, ROW, ROW), line: 3, message: 'pos 0 follows pos 0' },
  {
    name: 'prefill after decode',
    content: lines(META, ROW, { ...ROW, pos: 1, phase: 'prefill' }),
    line: 3,
    message: 'prefill row at pos 1 follows a decode row',
  },
  {
    name: 'an unknown phase',
    content: lines(META, { ...ROW, phase: 1 }),
    line: 2,
    message: 'phase must be prefill or decode, got 1',
  },
  { name: 'a meta line alone', content: lines(META), line: 1, message: 'request "r" has no tokens' },
  {
    name: 'a line cut off',
    content: `${lines(META)}{"pos":0,"phase":"decode"`,
    line: 2,
    message: 'not valid JSON',
  },
  {
    name: 'a line that is no object',
    content: lines(META, 5),
    line: 2,
    message: 'a line must hold one JSON object',
  },
]

const LAYER_ROW = { problem_id: 0, layer: 1, experts: [0, 1], token_idx: 0 }
const at = (layer: number, token_idx: number, more = {}) => ({ ...LAYER_ROW, layer, token_idx, ...more })

const LAYERS: Bad[] = [
  {
    name: 'a token missing in one layer',
    content: lines(at(1, 0), at(1, 1), at(3, 0)),
    line: 3,
    message: 'ragged: request "0" has 1 token in layer 3 and 2 in layer 1',
  },
  {
    name: 'a gap in the tokens',
    content: lines(at(1, 0), at(1, 2)),
    line: 2,
    message: 'token_idx 2 of request "0", layer 1, follows token_idx 0',
  },
  {
    name: 'tokens that do not start at 0',
    content: lines(at(1, 1)),
    line: 1,
    message: 'token_idx 1 of request "0", layer 1, starts the layer',
  },
  {
    name: 'a layer in two pieces',
    content: lines(at(1, 0), at(3, 0), at(1, 1)),
    line: 3,
    message: 'layer 1 follows layer 3',
  },
  { name: 'a dense layer', content: lines(at(0, 0)), line: 1, message: 'layer 0 is not a MoE layer' },
  {
    name: 'an expert twice',
    content: lines(at(1, 0, { experts: [4, 4] })),
    line: 1,
    message: 'request "0", layer 1, token_idx 0: expert 4 stands twice',
  },
  {
    name: 'a request in two pieces',
    content: lines(at(1, 0), at(1, 0, { problem_id: 1 }), at(1, 0)),
    line: 3,
    message: 'request "0" occurs a second time',
  },
  {
    name: 'requests of different layers',
    content: lines(at(1, 0), at(3, 0, { problem_id: 1 })),
    line: 2,
    message: 'request "1" covers layers 3, the requests before it 1',
  },
  {
    name: 'a dataset that is no text',
    content: lines(at(1, 0, { dataset: 3 })),
    line: 1,
    message: 'dataset must be a string, got 3',
  },
  {
    name: 'a problem that is no id',
    content: lines(at(1, 0, { problem_id: null })),
    line: 1,
    message: 'problem_id must be a number or a string',
  },
]

describe('Research JSONL', () => {
  it.each(RESEARCH)('is refused with $name', async (bad) => {
    const [first] = await refusal(memoryIo({ t: bad.content }, 4096), 't')
    expectRefusal(first!, bad, 't')
  })
})

describe('Per-layer JSONL', () => {
  it.each(LAYERS)('is refused with $name', async (bad) => {
    const [first] = await refusal(memoryIo({ t: bad.content }, 4096), 't')
    expectRefusal(first!, bad, 't')
  })
})

it('A long line is kept in a finding only as far as it is needed to show the fault', async () => {
  const row = lines(META, { ...ROW, experts: Array.from({ length: 5000 }, () => [0, 1]) })
  const [first] = await refusal(memoryIo({ t: row }), 't')
  expect(first!.span!.lineText.length).toBeLessThan(500)
})
