// Traces of moe-cache-lab: prompts layer by layer, generated tokens token by token, and what they say of their model.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../../src/errors.ts'
import { openTrace, shownModel, statedModel } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { lines } from './bad-input.ts'
import { findingsOf, IDS, idsOf, open, read } from './mini.ts'

const META = {
  ...{ record_type: 'metadata', format: 'moe-cache-lab.routing-jsonl', format_version: 1 },
  ...{ model_id: 'x/y', num_experts: 8, experts_per_token: 2 },
}
const row = (phase: string, token: number, layer: number, ids: readonly number[] = [0, 1]) => ({
  ...{ record_type: 'routing_selection', phase, token_position: token, layer, selected_experts: ids },
})
const LAYERS = [1, 3]
const at = (token: number, layer: number) => IDS[token]![LAYERS.indexOf(layer)]!
const PROMPT = LAYERS.flatMap((layer) => [0, 1].map((token) => row('prompt', token, layer, at(token, layer))))
const GENERATED = LAYERS.map((layer) => row('generated', 2, layer, at(2, layer)))
const good = lines(META, ...PROMPT, ...GENERATED)

describe('a trace of moe-cache-lab', () => {
  it('is one request with its phases', async () => {
    const trace = await read({ 'p.jsonl': good }, 'p.jsonl')
    expect(trace).toMatchObject({ isPhaseAssumed: false, formats: new Map([['moe-cache-lab', 1]]) })
    const source = await open({ 'p.jsonl': good }, 'p.jsonl')
    expect(source.requests).toEqual([{ id: 'p', prefillTokens: 2, tokens: 3 }])
    expect(idsOf(source)).toEqual(IDS)
  })

  it('may have no prompt, or nothing but one, and positions with gaps', async () => {
    const generated = [4, 9].flatMap((token) => LAYERS.map((layer) => row('generated', token, layer)))
    expect((await open({ t: lines(META, ...generated) }, 't')).requests).toMatchObject([
      { prefillTokens: 0, tokens: 2 },
    ])
    expect((await open({ t: lines(META, ...PROMPT) }, 't')).requests).toMatchObject([
      { prefillTokens: 2, tokens: 2 },
    ])
  })

  it('states its model where it says the experts, and shows the rest where it does not', async () => {
    const shown = { model: 'x/y', topK: 2, moeLayers: [1, 3] }
    const io = memoryIo({
      stated: good,
      shown: lines({ ...META, num_experts: null, experts_per_token: undefined }, ...PROMPT),
      generated: lines(META, ...GENERATED),
    })
    expect(await statedModel(io, 'stated')).toEqual({ ...shown, experts: 8 })
    expect(await statedModel(io, 'generated')).toEqual({ ...shown, experts: 8 })
    expect(await statedModel(io, 'shown')).toBeUndefined()
    expect(await shownModel(io, 'shown')).toEqual(shown)
  })

  it('shows its top-k by its first row where it does not state it, and its layers up to the second generated token', async () => {
    const unstated = { ...META, experts_per_token: undefined }
    const later = row('generated', 3, 7, [1, 2, 3])
    const io = memoryIo({
      stated: lines({ ...META, experts_per_token: 1 }, ...GENERATED),
      rows: lines(unstated, row('prompt', 0, 5, [1, 2, 3]), ...GENERATED, later),
      other: lines(unstated, { record_type: 'note', layer: 9, selected_experts: [1] }, ...GENERATED),
      empty: lines(unstated),
      unchosen: lines(unstated, { ...row('generated', 0, 1), selected_experts: 'none' }),
      nameless: lines({ ...META, model_id: '' }, ...GENERATED),
    })
    expect(await shownModel(io, 'stated')).toEqual({ model: 'x/y', topK: 1, moeLayers: [1, 3] })
    expect(await shownModel(io, 'rows')).toEqual({ model: 'x/y', topK: 3, moeLayers: [1, 3, 5] })
    expect(await shownModel(io, 'other')).toEqual({ model: 'x/y', topK: 2, moeLayers: [1, 3] })
    expect(await shownModel(io, 'empty')).toBeUndefined()
    expect(await shownModel(io, 'unchosen')).toBeUndefined()
    expect(await shownModel(io, 'nameless')).toMatchObject({ model: 'nameless' })
  })
})

describe('a trace of moe-cache-lab is refused', () => {
  const [first, second, third, fourth] = PROMPT
  it.each([
    [
      'of a later version',
      lines({ ...META, format_version: 2 }, ...PROMPT),
      1,
      'format_version must be 1, got 2',
    ],
    [
      'of another number of experts',
      lines({ ...META, num_experts: 64 }),
      1,
      'num_experts 64, model mini has 8',
    ],
    [
      'of another top-k',
      lines({ ...META, experts_per_token: 4 }),
      1,
      'experts_per_token 4, model mini has 2',
    ],
    ['with a row of another type', lines(META, { ...first, record_type: 'x' }), 2, 'record_type must be'],
    [
      'with an unknown phase',
      lines(META, { ...first, phase: 'warmup' }),
      2,
      'phase must be prompt or generated',
    ],
    ['with a prompt token by token', lines(META, first, third, second), 4, 'layer 1 follows layer 3'],
    ['with a position twice', lines(META, first, first), 3, 'token_position 0 follows token_position 0'],
    [
      'with a prompt row missing',
      lines(META, first, second, fourth),
      4,
      'token_position 1 of layer 3 stands where',
    ],
    [
      'with a layer that ends early',
      lines(META, ...PROMPT.slice(0, 3)),
      4,
      'ragged: request "t" has 1 token',
    ],
    [
      'with a layer of more rows',
      lines(META, ...PROMPT, row('prompt', 2, 3)),
      6,
      'the first layer has no more rows',
    ],
    [
      'with a prompt after all',
      lines(META, ...GENERATED, first),
      4,
      'a row of the prompt follows a generated',
    ],
    [
      'with tokens that go back',
      lines(META, ...GENERATED, row('generated', 1, 1)),
      4,
      'token_position 1 follows',
    ],
    [
      'that generates into its prompt',
      lines(META, ...PROMPT, row('generated', 1, 1)),
      6,
      'token_position 1 follows',
    ],
    [
      'with layers that go back',
      lines(META, row('generated', 0, 3), row('generated', 0, 1)),
      3,
      'layer 1 follows',
    ],
    [
      'with a token of fewer layers',
      lines(META, ...PROMPT, row('generated', 2, 1), row('generated', 3, 1)),
      7,
      'ragged: token_position 2 has rows in 1 of 2 layers',
    ],
    [
      'that ends within a token',
      lines(META, ...PROMPT, row('generated', 2, 1)),
      6,
      'has rows in 1 of 2 layers',
    ],
    [
      'with a layer that is new',
      lines(META, first, row('generated', 1, 3)),
      3,
      'token_position 1 has layer 3, the tokens before it have not',
    ],
    ['with a dense layer', lines(META, row('prompt', 0, 2)), 2, 'layer 2 is not a MoE layer'],
    ['with an expert of E', lines(META, row('prompt', 0, 1, [0, 8])), 2, 'trace has expert 8'],
    [
      'with a layer that is no number',
      lines(META, { ...first, layer: null }),
      2,
      'layer must be a whole number',
    ],
    ['with its first line alone', lines(META), 1, 'covers no layer'],
  ])('%s', async (_, content, line, message) => {
    const [found] = await findingsOf(open({ t: content }, 't'))
    expect(text(found!)).toContain(message)
    expect([found!.file, found!.span?.line ?? 1]).toEqual(['t', line])
  })
})

const SAMPLE = '../shared/field/moe-cache-lab.jsonl'
it.skipIf(!existsSync(SAMPLE))(`the sample in ${SAMPLE} is read`, async () => {
  const io = memoryIo({ t: readFileSync(SAMPLE) })
  const source = await openTrace(io, 't', (await statedModel(io, 't'))!)
  expect(source.requests).toEqual([{ id: 't', prefillTokens: 1, tokens: 2 }])
})
