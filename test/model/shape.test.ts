// Bytes and FLOPs of an expert.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  activationTrafficBytes,
  denseBytes,
  expertBytes,
  feedForwardBytes,
  feedForwardFlopPerToken,
  flopPerToken,
  hiddenBytes,
  type ModelShape,
  sliceActivationBytes,
  sliceBytes,
  tokenBytes,
} from '../../src/model/shape.ts'
import { tinyModel } from '../helpers/frames.ts'

/** Qwen3-30B-A3B: hidden 2048, inner width 768. */
const qwen: ModelShape = {
  ...tinyModel(128, 1, 8),
  hidden: 2048,
  expertIntermediate: 768,
  weightBytes: 2,
  activationBytes: 2,
}

describe('an expert', () => {
  it('is three matrices', () => {
    expect(expertBytes(qwen)).toBe(3 * 2048 * 768 * 2)
    expect(flopPerToken(qwen)).toBe(2 * 3 * 2048 * 768)
    expect(tokenBytes(qwen)).toBe(4096)
    expect(activationTrafficBytes(qwen, 10)).toBe(3 * 10 * (2048 + 768) * 2)
  })

  it('cut over dies makes each read its inputs in full, whichever slices it has', () => {
    expect(sliceActivationBytes(qwen, 10, { slices: 6, slicesHere: 6 })).toBe((3 * 10 * (2048 + 768) * 2) / 6)
    expect(sliceActivationBytes(qwen, 10, { slices: 6, slicesHere: 1 })).toBe(3 * 10 * (2048 + 128) * 2)
    expect(4 * sliceActivationBytes(qwen, 10, { slices: 6, slicesHere: 4 })).toBe(3 * 10 * (2048 + 512) * 2)
  })

  it('of fractional weights takes whole bytes', () => {
    expect(expertBytes({ ...qwen, hidden: 3, expertIntermediate: 1, weightBytes: 4.25 / 8 })).toBe(5)
  })

  it('of a latent MoE is as wide as the latent, which is what travels to it', () => {
    const latent = { ...qwen, expertHidden: 512 }
    expect(expertBytes(latent)).toBe(3 * 512 * 768 * 2)
    expect(flopPerToken(latent)).toBe(2 * 3 * 512 * 768)
    expect(activationTrafficBytes(latent, 10)).toBe(3 * 10 * (512 + 768) * 2)
    expect([tokenBytes(latent), hiddenBytes(latent)]).toEqual([1024, 4096])
    expect(feedForwardBytes(latent, 100)).toBe(3 * 2048 * 100 * 2)
  })

  it('without a gate is two matrices, as is every feed-forward part beside it', () => {
    const plain: ModelShape = { ...qwen, expertMatrices: 2 }
    expect(expertBytes(plain)).toBe(2 * 2048 * 768 * 2)
    expect(flopPerToken(plain)).toBe(2 * 2 * 2048 * 768)
    expect(feedForwardBytes(plain, 100)).toBe(2 * 2048 * 100 * 2)
    expect(feedForwardFlopPerToken(plain, 100)).toBe(2 * 2 * 2048 * 100)
  })

  it('has feed-forward parts beside it with bytes of their own, else of the dense part, else its own', () => {
    const weights = 3 * 2048 * 7
    expect(feedForwardBytes(qwen, 7)).toBe(weights * 2)
    expect(feedForwardBytes({ ...qwen, denseWeightBytes: 1 }, 7)).toBe(weights)
    const own = { ...qwen, denseWeightBytes: 1, feedForwardWeightBytes: 0.53125 }
    expect(feedForwardBytes(own, 7)).toBe(Math.ceil(weights * 0.53125))
    expect(denseBytes(own, 10)).toBe(10)
  })

  it('is cut into slices that add up and differ by at most one byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1024 }), (width, slices) => {
        const model = { ...qwen, hidden: 7, expertIntermediate: width, weightBytes: 0.5 }
        const bytes = Array.from({ length: slices }, (_, slice) => sliceBytes(model, slices, slice))
        expect(bytes.reduce((a, b) => a + b, 0)).toBe(expertBytes(model))
        expect(Math.max(...bytes) - Math.min(...bytes)).toBeLessThanOrEqual(1)
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})
