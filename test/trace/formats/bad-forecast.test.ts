// Malformed JSON in the forecasting paper's layout is refused, naming file, step, layer and fault.
import { describe, it } from 'vitest'
import { memoryIo } from '../../helpers/memory-io.ts'
import { type Bad, expectRefusal, refusal, steps } from './bad-input.ts'

const FORECAST: Bad[] = [
  {
    name: 'layers of different length',
    content: '[{"1":[[0,1],[2,3]],"3":[[0,1]]}]',
    message: 'ragged: request "t" has 1 token in layer 3 and 2 in layer 1',
  },
  {
    name: 'two rows in a decode step',
    content: steps(
      [[0, 1]],
      [
        [0, 1],
        [2, 3],
      ],
    ),
    message: 'ragged: step 1 has 2 rows in layer 1',
  },
  {
    name: 'no row in a decode step',
    content: steps([[0, 1]], []),
    message: 'ragged: step 1 has 0 rows in layer 1',
  },
  {
    name: 'a layer that vanishes',
    content: steps([[0, 1]], null),
    message: 'ragged: step 1 has no rows in layer 1',
  },
  {
    name: 'a layer that appears',
    content: '[{"1":[[0,1]],"3":null},{"1":[[0,1]],"3":[[0,1]]}]',
    message: 'step 1 has rows in layer 3, step 0 has none',
  },
  { name: 'a dense layer', content: '[{"2":[[0,1]]}]', message: 'layer 2 is not a MoE layer' },
  {
    name: 'an expert id of E',
    content: steps([[0, 1]], [[0, 8]]),
    message: 'step 1, layer 1, row 0: trace has expert 8',
  },
  {
    name: 'bare ids in place of rows',
    content: steps([0, 1]),
    message: 'step 0, layer 1, row 0: experts must be a list of ids, got 0',
  },
  { name: 'no steps', content: '[]', message: 'request "t" covers no layer' },
  { name: 'only dense layers', content: steps(null), message: 'request "t" covers no layer' },
  { name: 'no tokens', content: steps([]), message: 'request "t" has no tokens' },
  { name: 'a comma too many', content: '[{"1":[[0,1]],\n"3":[[0,1],]}]', message: 'not valid JSON' },
  { name: 'an end missing', content: '[{"1":\n[[0,1]', line: 2, message: 'not valid JSON' },
  {
    name: 'a layout of its own',
    content: '{\n"router_data": []\n}',
    message: 'not a trace in a known format',
  },
  { name: 'a list of something else', content: '[1, 2]', message: 'not a trace in a known format' },
]

describe('The paper’s JSON', () => {
  it.each(FORECAST)('is refused with $name', async (bad) => {
    const [first] = await refusal(memoryIo({ t: bad.content }, 4096), 't')
    expectRefusal(first!, bad, 't')
  })
})
