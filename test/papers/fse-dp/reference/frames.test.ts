// Durations of the reference simulator, against the ones read from it, and the gathering of tokens worked out by hand.
import { expect, test } from 'vitest'
import { loadModel } from '../../../../src/config/model/model.ts'
import { gatherFrames, sliceMoveFrames, wholeFrames } from '../../../../src/papers/fse-dp/reference/frames.ts'
import { bundledIo } from '../../../config/bundled-io.ts'

// Table of the reference sheet, section 3.
test.each([
  ['qwen3-30b-a3b', { compute: 3, load: 77 }, 110, { compute: 39, load: 1229 }],
  ['deepseek-moe-16b', { compute: 5, load: 141 }, 201, { compute: 71, load: 2253 }],
  ['yuan2-m32', { compute: 13, load: 410 }, 583, { compute: 205, load: 6554 }],
  ['phi-3.5-moe', { compute: 20, load: 640 }, 911, { compute: 320, load: 10_240 }],
])('%s computes, loads and moves in the reference simulator’s frames', async (name, slice, move, expert) => {
  const model = await loadModel(bundledIo(), name)
  expect(wholeFrames(model, 16)).toEqual(slice)
  expect(sliceMoveFrames(model)).toBe(move)
  expect(wholeFrames(model, 1)).toEqual(expert)
})

const DURATIONS = { compute: 12, load: 32 }

test('tokens at home need no gathering', () => {
  expect(gatherFrames([{ die: 1, tokensOnDie: [0, 2, 0, 0] }], 4, DURATIONS, 0)).toBe(0)
})

test('a source die sends one token after the other, five frames each', () => {
  expect(gatherFrames([{ die: 0, tokensOnDie: [1, 3, 1, 0] }], 4, DURATIONS, 0)).toBe(15)
})

test('tokens of several dies start to arrive one frame after the other', () => {
  expect(gatherFrames([{ die: 0, tokensOnDie: [0, 1, 1, 1] }], 4, DURATIONS, 0)).toBe(7)
})

test('gathering counts on the die that ends last', () => {
  const idle = { die: 1, tokensOnDie: [1, 0, 0, 0] }
  const last = { die: 0, tokensOnDie: [9, 0, 0, 0] }
  // Die 1 would end at 32 + 5 + 12, die 0 ends at 32 + 9 * 12 with or without.
  expect(gatherFrames([idle, last], 4, DURATIONS, 0)).toBe(0)
})

test('a prefetched expert hides its load behind the one before, but not its gathering', () => {
  const experts = [1, 2].map(() => ({ die: 0, tokensOnDie: [0, 4, 0, 0] }))
  // Without prefetch 2 * (32 + 20 + 48); with it 32 + 2 * (20 + 48): 40 frames of gathering in both.
  expect([0, 1].map((prefetch) => gatherFrames(experts, 4, DURATIONS, prefetch))).toEqual([40, 40])
  // Few tokens: the second load, 64, ends after the first expert, 32 + 5 + 12, whose gathering it hides.
  const few = [1, 2].map(() => ({ die: 0, tokensOnDie: [0, 1, 0, 0] }))
  expect([0, 1].map((prefetch) => gatherFrames(few, 4, DURATIONS, prefetch))).toEqual([10, 5])
})
