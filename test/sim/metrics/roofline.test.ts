// Rooflines of attention, router, shared experts and dense layers against hand-worked figures.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import type { Compat } from '../../../src/hardware/package.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import type { AttentionShape, ModelShape } from '../../../src/model/shape.ts'
import { PassParts } from '../../../src/sim/metrics/roofline.ts'
import { bundledIo } from '../../config/bundled-io.ts'

type MlaShape = Extract<AttentionShape, { kind: 'mla' }>

const io = bundledIo()
const chip = await loadHardware(io, 'fse-dp-2x2')
const gpus = await loadHardware(io, 'h100-dgx-8')
const qwen = await loadModel(io, 'qwen3-30b-a3b')
const lite = await loadModel(io, 'deepseek-v2-lite')
const deepseek = await loadModel(io, 'deepseek-moe-16b')

function partsOn(
  hardware: HardwareSpec,
  model: ModelShape = qwen,
  contextTokens = 1024,
  compat: Compat = 'physical',
): PassParts {
  return new PassParts(packageOf({ hardware, model, compat }), contextTokens)
}

describe('attention', () => {
  it('reads its weights and the context of each request once from all channels: Qwen3 is bound by that', () => {
    const cost = partsOn(chip).attention(64, 8)
    // 2048 x (4096 + 512 + 512 + 4096) weights; 2 x 4 x 128 bytes of keys and values per token.
    expect(cost.weightBytes).toBe(2048 * 9216)
    expect(cost.kvReadBytes).toBe(8 * 1024 * 1024)
    expect(cost.kvWriteBytes).toBe(64 * 1024)
    const bytes = 2048 * 9216 + (8 * 1024 + 64) * 1024
    expect(cost.bounds.memory).toBe(Math.ceil(bytes / 4 / 0.0256))
    expect(cost.ps).toBe(cost.bounds.memory)
    expect(cost.ps / 1e6).toBeCloseTo(266.88, 6)
  })

  it('reads no more for more tokens of the same requests', () => {
    const parts = partsOn(chip)
    expect(parts.attention(64, 8).kvReadBytes).toBe(parts.attention(8, 8).kvReadBytes)
    expect(parts.attention(64, 8).kvReadBytes).toBe(8 * parts.attention(64, 1).kvReadBytes)
  })

  it('computes on the die with most heads: 8 of 32 on four dies, 4 of 32 on nine, though 32 / 9 is less', async () => {
    const four = partsOn(chip).attention(4096, 1)
    const macs = 2048 * 128 * (2 * 8 + 2 * 1) + 2 * 1024 * 128 * 8
    expect(four.bounds.compute).toBeCloseTo((4096 * 2 * macs) / 3.2768, 0)
    expect(four.ps).toBe(Math.ceil(four.bounds.compute))
    const nine = await loadHardware(io, 'fse-dp-3x3')
    const onNine = 2048 * 128 * (2 * 4 + 2 * 1) + 2 * 1024 * 128 * 4
    expect(partsOn(nine).attention(4096, 1).bounds.compute).toBeCloseTo((4096 * 2 * onNine) / 3.2768, 0)
    // The useful work is the same on both.
    expect(partsOn(nine).attention(4096, 1).flop).toBe(four.flop)
  })

  it('waits for the busiest die where every die has a memory of its own', () => {
    // Four KV heads on eight GPUs: each die reads half of what one KV head takes of the weights, and a whole KV head.
    const cost = partsOn(gpus, qwen).attention(64, 8)
    const dieBytes = 2048 * 128 * (2 * 4 + 2) + (8 * 1024 + 64) * 2 * 128
    expect(cost.bounds.memory).toBe(Math.ceil(dieBytes / (3.35 * 0.9)))
    expect(dieBytes * 8).toBeGreaterThan(cost.weightBytes + cost.kvReadBytes + cost.kvWriteBytes)
  })

  it('gives every die all tokens and adds partial results up: twice three quarters through the links of a die', () => {
    const cost = partsOn(chip).attention(64, 8)
    expect(cost.linkByteHops).toBe(2 * 3 * 64 * 2048)
    expect(cost.bounds.link).toBeCloseTo((2 * 0.75 * 64 * 2048) / (2 * 0.288), 6)
    expect(partsOn(chip, qwen, 1024, 'paper').attention(64, 8).linkByteHops).toBe(0)
  })

  it('copies latent vectors to all dies: those of the context after one read, those of new tokens after they are made', () => {
    const moved = partsOn(chip, lite).attention(10, 2)
    // Four dies, 576 elements a token.
    const vectors = 2 * 3 * 10 * lite.hidden * lite.activationBytes
    const copies = 3 * (2 * 1024 + 10) * 576 * lite.activationBytes
    expect(moved.linkByteHops).toBe(vectors + copies)
    expect(moved.bounds.link).toBeCloseTo((2 * (vectors + copies)) / 4 / (4 * 0.288), 3)
    expect(moved.kvReadBytes).toBe(2 * 1024 * 576 * lite.activationBytes)
    expect(partsOn(chip, lite, 1024, 'paper').attention(10, 2).linkByteHops).toBe(0)
  })

  it('copies keys and values where several dies need the same KV head, and reads each copy where dies have own memories', async () => {
    const sixteen = partsOn(await loadHardware(io, 'fse-dp-4x4')).attention(10, 2)
    // Four KV heads of 2 x 128 bytes, each needed by four of sixteen dies.
    expect(sixteen.linkByteHops).toBe(2 * 15 * 10 * 2048 + 2 * 1024 * 12 * 256)
    // By two of eight GPUs; new ones are computed on both.
    const own = partsOn(gpus).attention(10, 2)
    expect(own.kvReadBytes).toBe(2 * 1024 * 8 * 256)
    expect(own.kvWriteBytes).toBe(10 * 8 * 256)
    expect(own.linkByteHops).toBe(2 * 7 * 10 * 2048)
  })

  it('takes scores of latent attention on keys and values in prefill', () => {
    const [prefill, absorbed] = (['prefill', 'absorbed'] as const).map((form) =>
      partsOn(chip, lite).attention(10, 1, form),
    )
    const { heads, kvRank, nopeDim, ropeDim, valueDim } = lite.attention as MlaShape
    const products = 2 * kvRank + ropeDim - (nopeDim + ropeDim + valueDim)
    expect(absorbed!.flop - prefill!.flop).toBe(10 * 2 * heads * 1024 * products)
    expect(prefill!.bounds.compute).toBeLessThan(absorbed!.bounds.compute)
  })

  it('is limited by the port of a die where routers have one', () => {
    const slow = { ...chip.link, sharing: 'routers' as const }
    const port = { injectionBytesPerPs: 0.001, ejectionBytesPerPs: 0.001 } as HardwareSpec['link']['router']
    const cost = partsOn({ ...chip, link: { ...slow, router: port } }).attention(64, 8)
    expect(cost.bounds.link).toBeCloseTo((2 * 0.75 * 64 * 2048) / 0.001, 3)
  })

  it('reaches what the table says for so many tokens', () => {
    const rate = (tokens: number) => {
      const parts = partsOn(gpus, qwen)
      return parts.attention(tokens, 1).flop / parts.attention(tokens, 1).bounds.compute
    }
    expect(rate(1024) / rate(64)).toBeCloseTo(0.7 / 0.5, 9)
  })
})

describe('the other parts', () => {
  it('router: one matrix, each die its own tokens', () => {
    const cost = partsOn(chip).router(66)
    expect(cost.weightBytes).toBe(2048 * 128)
    expect(cost.bounds.memory).toBe(Math.ceil((2048 * 128) / 4 / 0.0256))
    expect(cost.bounds.compute).toBeCloseTo((2 * 2048 * 128 * 17) / 3.2768, 6)
    expect(cost.linkByteHops).toBe(0)
  })

  it('shared experts of DeepSeek: two of 1408, in 704 columns a die', () => {
    const cost = partsOn(chip, deepseek).feedForward(64, 2816)
    expect(cost.weightBytes).toBe(3 * 2048 * 2816)
    expect(cost.bounds.memory / 1e6).toBeCloseTo((3 * 2048 * 2816) / 102.4e9 / 1e-6, 3)
    expect(cost.bounds.compute).toBeCloseTo((64 * 2 * 3 * 2048 * 704) / 3.2768, 3)
    // A width that the dies do not divide leaves one with more.
    const odd = partsOn(chip, deepseek).feedForward(64, 2817)
    expect(odd.bounds.compute / cost.bounds.compute).toBeCloseTo(705 / 704, 9)
  })

  it('turn from memory bound to compute bound at 64 tokens a weight, as experts do', () => {
    const parts = partsOn(chip, deepseek)
    expect(parts.feedForward(60, 2816).bounds.memory).toBeGreaterThan(
      parts.feedForward(60, 2816).bounds.compute,
    )
    expect(parts.feedForward(68, 2816).bounds.memory).toBeLessThan(parts.feedForward(68, 2816).bounds.compute)
  })

  it('count in SRAM what comes from memory, in and out, and the token vectors', () => {
    expect(partsOn(chip, deepseek).feedForward(10, 2816).sramBytes).toBe(2 * (3 * 2048 * 2816 + 10 * 2048))
    expect(partsOn(chip).attention(10, 1).sramBytes).toBe(2 * (2048 * 9216 + (1024 + 10) * 1024 + 10 * 2048))
  })
})

it('halved times come with doubled rates, whatever the part', () => {
  const twice: HardwareSpec = {
    ...chip,
    link: { ...chip.link, bytesPerPs: 2 * chip.link.bytesPerPs },
    compute: { kind: 'ideal', flopPerPs: 2 * 3.2768 },
    memory: { ...chip.memory, bytesPerPs: 2 * chip.memory.bytesPerPs },
  }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 100_000 }),
      (tokens, requests, context) => {
        const [slow, fast] = [chip, twice].map((hardware) =>
          partsOn(hardware, deepseek, context).attention(tokens, requests),
        )
        for (const bound of ['compute', 'memory', 'link'] as const) {
          expect(Math.abs(slow!.bounds[bound] - 2 * fast!.bounds[bound])).toBeLessThanOrEqual(2)
        }
        expect(slow!.ps).toBeGreaterThanOrEqual(Math.max(...Object.values(slow!.bounds)))
      },
    ),
  )
})

describe('what only some files ask for', () => {
  const windowed = { ...qwen, slidingWindow: { tokens: 128, layers: [0, 2] } }
  const operations = { startupPs: 1000, attention: 7, router: 5, shared: 4, dense: 3, head: 2 }

  it('layers with a window read no more of the context than that, the others all of it', () => {
    const parts = partsOn(chip, windowed, 1024)
    expect(parts.attention(8, 8, 'absorbed', 1)).toEqual(partsOn(chip).attention(8, 8))
    expect(parts.attention(8, 8, 'absorbed', 2)).toEqual(partsOn(chip, qwen, 128).attention(8, 8))
    expect(partsOn(chip, windowed, 64).attention(8, 8, 'absorbed', 2)).toEqual(
      partsOn(chip, qwen, 64).attention(8, 8),
    )
  })

  it('the head reads its matrix once and multiplies one token of each request; the embedding is a row for each token', () => {
    const cost = partsOn(chip).head(64, 8, 1000)
    expect(cost.weightBytes).toBe(2048 * (1000 + 64))
    expect(cost.flop).toBe(2 * 2048 * 1000 * 8)
    expect(cost.bounds.memory).toBe(Math.ceil((2048 * 1064) / 4 / 0.0256))
  })

  it('each operation starts before the next, on top of what the part takes', () => {
    const started = partsOn({ ...chip, operations })
    const plain = partsOn(chip)
    expect(started.attention(8, 8).ps - plain.attention(8, 8).ps).toBe(7000)
    expect(started.router(8).ps - plain.router(8).ps).toBe(5000)
    expect(started.feedForward(8, 768, 'shared').ps - plain.feedForward(8, 768).ps).toBe(4000)
    expect(started.feedForward(8, 768).ps - plain.feedForward(8, 768).ps).toBe(3000)
    expect(started.head(8, 8, 1000).ps - plain.head(8, 8, 1000).ps).toBe(2000)
  })
})
