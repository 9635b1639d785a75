// Attention in numbers: projections, scores over the context, the cache, and what the busiest die gets of it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attentionLoad, attentionLoadOfDie, kvBytesOnAllDies } from '../../src/model/attention.ts'
import type { AttentionShape, ModelShape } from '../../src/model/shape.ts'
import { tinyModel } from '../helpers/frames.ts'

/** Qwen3-30B-A3B at one byte an element. */
const qwen: ModelShape = { ...tinyModel(128, 1, 8), hidden: 2048 }
const gqa = { kind: 'gqa', heads: 32, kvHeads: 4, headDim: 128 } as const
/** DeepSeek-V3 at two bytes a weight. */
const deepseek: ModelShape = { ...tinyModel(256, 1, 8), hidden: 7168, weightBytes: 2, activationBytes: 2 }
const mla = {
  kind: 'mla',
  heads: 128,
  queryRank: 1536,
  kvRank: 512,
  nopeDim: 128,
  ropeDim: 64,
  valueDim: 128,
} as const

describe('grouped-query attention', () => {
  it('has four projections, of which keys and values are as narrow as the KV heads', () => {
    const { weightBytes, kvBytesPerToken } = attentionLoad(qwen, gqa, 1024)
    expect(weightBytes).toBe(2048 * 4096 * 2 + 2048 * 512 * 2)
    expect(kvBytesPerToken).toBe(2 * 4 * 128)
  })

  it('multiplies every token with all weights, and with the keys and values of its context', () => {
    const { flopPerToken, weightBytes } = attentionLoad(qwen, gqa, 1024)
    expect(flopPerToken).toBe(2 * (weightBytes + 2 * 1024 * 32 * 128))
  })

  it('gives the busiest of 9 dies 4 of 32 heads and one KV head', () => {
    const load = attentionLoadOfDie(qwen, gqa, 1024, 9)
    expect(load.weightBytes).toBe(2048 * 4 * 128 * 2 + 2048 * 128 * 2)
    expect(load.kvBytesPerToken).toBe(2 * 128)
    expect(load.flopPerToken).toBe(2 * (load.weightBytes + 2 * 1024 * 4 * 128))
  })

  it('leaves dies idle where there are more of them than heads', () => {
    expect(attentionLoadOfDie(qwen, gqa, 64, 33)).toEqual(attentionLoadOfDie(qwen, gqa, 64, 4096))
  })
})

describe('latent attention', () => {
  it('has the published weights of DeepSeek-V3: 187.1 million a layer', () => {
    expect(attentionLoad(deepseek, mla, 1).weightBytes / 2).toBe(187_105_280)
  })

  it('caches 576 elements a token, which every die reads whole', () => {
    expect(attentionLoad(deepseek, mla, 1).kvBytesPerToken).toBe(1152)
    expect(attentionLoadOfDie(deepseek, mla, 1, 64).kvBytesPerToken).toBe(1152)
  })

  it('scores on the latent vectors: 576 + 512 products per head and token of context', () => {
    const at = (context: number) => attentionLoad(deepseek, mla, context).flopPerToken
    expect(at(1001) - at(1)).toBe(1000 * 128 * 2 * (576 + 512))
    expect(at(0)).toBe(2 * 187_105_280)
  })

  it('scores on keys and values in prefill: 192 + 128 products, 3.4 times fewer', () => {
    const at = (context: number) => attentionLoad(deepseek, mla, context, 'prefill').flopPerToken
    expect(at(1001) - at(1)).toBe(1000 * 128 * 2 * (192 + 128))
    expect(at(0)).toBe(attentionLoad(deepseek, mla, 0).flopPerToken)
    expect(attentionLoadOfDie(deepseek, mla, 500, 4, 'prefill').flopPerToken * 4).toBe(at(500))
  })

  it('projects queries straight from the hidden vector where there is no latent query', () => {
    // DeepSeek-V2-Lite: 2048 x 3072 queries, 2048 x 576 latents, 512 x 4096 keys and values, 2048 x 2048 out.
    const lite = { ...mla, heads: 16, queryRank: undefined }
    const model = { ...deepseek, hidden: 2048, weightBytes: 1 }
    expect(attentionLoad(model, lite, 1).weightBytes).toBe(2048 * (3072 + 576 + 2048) + 512 * 4096)
  })
})

describe('keys and values on all dies', () => {
  it('are there once where each KV head has a die, and as often as dies share one', () => {
    const bytes = [1, 2, 4, 8, 32, 64].map((dies) => kvBytesOnAllDies(qwen, gqa, dies) / (2 * 128))
    expect(bytes).toEqual([4, 4, 4, 8, 32, 32])
  })

  it('are whole on every die with heads where they are latent', () => {
    const small = { ...mla, heads: 16 }
    expect([1, 4, 64].map((dies) => kvBytesOnAllDies(deepseek, small, dies) / 1152)).toEqual([1, 4, 16])
  })
})

describe('on one die', () => {
  const shapes: fc.Arbitrary<AttentionShape> = fc.oneof(
    fc
      .record({ kvHeads: fc.integer({ min: 1, max: 8 }), group: fc.integer({ min: 1, max: 8 }) })
      .map(({ kvHeads, group }) => ({ kind: 'gqa' as const, heads: kvHeads * group, kvHeads, headDim: 64 })),
    fc.integer({ min: 1, max: 64 }).map((heads) => ({ ...mla, heads })),
  )

  it('is the whole work where there is one die, and never less than an equal share', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 70 }), (shape, dies) => {
        const all = attentionLoad(qwen, shape, 100)
        expect(attentionLoadOfDie(qwen, shape, 100, 1)).toEqual(all)
        const one = attentionLoadOfDie(qwen, shape, 100, dies)
        for (const key of ['flopPerToken', 'weightBytes', 'kvBytesPerToken'] as const) {
          expect(one[key] * dies).toBeGreaterThanOrEqual(all[key] * (1 - 1e-12))
          expect(one[key]).toBeLessThanOrEqual(all[key] * (1 + 1e-12))
        }
      }),
    )
  })
})
