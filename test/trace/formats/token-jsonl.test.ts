// JSONL with a row per token: its layers are the model's MoE layers in order, and it shows all of its model but its experts.
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../../src/errors.ts'
import { shownModel, statedModel } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { lines } from './bad-input.ts'
import { findingsOf, IDS, idsOf, open, read } from './mini.ts'

const rows = (first = 0) => IDS.map((layers, token) => ({ tok: first + token, layers }))
const good = lines(...rows())

describe('JSONL with a row per token', () => {
  it.each([
    ['as it is written', good],
    ['with blanks in its lists', good.replaceAll(',', ', ')],
    ['with CRLF', good.replaceAll('\n', '\r\n')],
    ['without a line end at its end', good.trimEnd()],
    ['with empty lines', good.replaceAll('\n', '\n\n')],
    ['with tokens from 1', lines(...rows(1))],
    ['with more keys', lines(...rows().map((row) => ({ ...row, text: 'a', __proto__: { tok: 9 } })))],
  ])('%s is one request', async (_, content) => {
    const source = await open({ 'p.jsonl': content }, 'p.jsonl')
    expect(source.requests).toEqual([{ id: 'p', prefillTokens: 0, tokens: 3 }])
    expect(source.layers).toEqual([1, 3])
    expect(idsOf(source)).toEqual(IDS)
  })

  it('does not say which tokens are the prompt', async () => {
    const trace = await read({ 'p.jsonl': good }, 'p.jsonl')
    expect(trace).toMatchObject({ isPhaseAssumed: true, formats: new Map([['token-jsonl', 1]]) })
  })

  it('keeps the order of a token’s experts', async () => {
    const source = await open({ t: lines({ tok: 0, layers: [[7, 0], [6, 1]] }) }, 't') // biome-ignore format: one token
    expect(idsOf(source)).toEqual([[[7, 0], [6, 1]]]) // biome-ignore format: one token
  })

  it('shows layers and choices of its model, and states no number of experts', async () => {
    const io = memoryIo({ 'p.jsonl': good })
    expect(await statedModel(io, 'p.jsonl')).toBeUndefined()
    expect(await shownModel(io, 'p.jsonl')).toEqual({ model: 'p', topK: 2, moeLayers: [0, 1] })
  })

  it.each([[[[0, 1], 'none']], [[[], [0, 1]]], [[]], ['[[0, 1]]']])(
    'shows nothing of its model where a token’s layers are %j',
    async (layers) => {
      expect(await shownModel(memoryIo({ 'p.jsonl': lines({ tok: 0, layers }) }), 'p.jsonl')).toBeUndefined()
    },
  )
})

describe('JSONL with a row per token is refused', () => {
  const [one, two, three] = rows()
  it.each([
    ['with a token missing', lines(one, three), 2, 'tok 2 follows tok 0; tok must rise by 1'],
    ['with a second request', lines(one, two, one), 3, 'tok 0 follows tok 1'],
    ['with a token that is no number', lines(one, { ...two, tok: '1' }), 2, 'tok must be a whole number'],
    [
      'with a layer missing',
      lines(one, { tok: 1, layers: [[0, 1]] }),
      2,
      'tok 1 has 1 list, model mini has 2',
    ],
    ['without layers', lines(one, { tok: 1 }), 2, 'layers must be a list, got nothing'],
    ['with a list of another length', lines(one, { tok: 1, layers: [[0, 1], [2]] }), 2, 'routes top-2'],
    [
      'with an expert twice',
      lines({
        tok: 0,
        layers: [
          [0, 1],
          [2, 2],
        ],
      }),
      1,
      'tok 0, layer 3: expert 2 stands',
    ],
    [
      'with an expert of E',
      lines({
        tok: 0,
        layers: [
          [0, 8],
          [2, 3],
        ],
      }),
      1,
      'trace has expert 8',
    ],
    ['with a line that is cut off', good.slice(0, -5), 3, 'not valid JSON'],
  ])('%s', async (_, content, line, message) => {
    const [first] = await findingsOf(open({ t: content }, 't'))
    expect(text(first!)).toContain(message)
    expect([first!.file, first!.span?.line]).toEqual(['t', line])
  })
})
