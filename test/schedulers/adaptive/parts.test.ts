// Into how many parts adaptive cuts experts: more where few experts are active, fewer where inputs are dear.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { sliceHolders } from '../../../src/schedulers/adaptive/layout.ts'
import { bestParts } from '../../../src/schedulers/adaptive/parts.ts'
import { madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'

const ownMemory = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const story = { experts: 64, topK: 4, requests: 1, prefill: 1, decode: 0, skew: 1, seed: 1 }
const SLICES = 8
const cheapInputs: SliceCosts = {
  readPs: 1000,
  inputPs: () => 0,
  innerPs: () => 0,
  portPs: 0,
  computePs: () => 10,
  tokenPs: 0,
  startPs: 0,
}

function partsFor(costs: SliceCosts, tokens: number): number {
  // What was found for a model and its hardware is kept: each of these is another one.
  const model = modelOf(story)
  const context = packageOf({ hardware: ownMemory, model, compat: 'physical' })
  const { experts } = model
  return bestParts({
    ...{ context, costs, slices: SLICES, tokens, copies: 0, channelOf: (die) => die },
    holdersOf: (parts) => sliceHolders({ experts, slices: SLICES, parts, copies: 0 }, context.topology),
  })
}

it('cuts experts where few of them are active, so that no die waits for all of one', () => {
  expect(partsFor(cheapInputs, 1)).toBeGreaterThan(1)
})

it('leaves them whole where each part would have all inputs read once more', () => {
  expect(partsFor({ ...cheapInputs, inputPs: () => 20_000 }, 200)).toBe(1)
})
