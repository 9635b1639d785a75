// Into how many parts adaptive cuts experts: more where few experts are active, fewer where inputs are dear.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { sliceHolders } from '../../../src/schedulers/adaptive/layout.ts'
import { bestCut, type Cut } from '../../../src/schedulers/adaptive/parts.ts'
import { madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'
import { noCosts } from './no-costs.ts'

const ownMemory = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const DIES = 25
const story = { experts: 64, topK: 4, requests: 1, prefill: 1, decode: 0, skew: 1, seed: 1 }
const SLICES = 8
const cheapInputs: SliceCosts = { ...noCosts, readPs: 1000, computePs: () => 10 }

function cutFor(
  costs: SliceCosts | ((slices: number) => SliceCosts),
  tokens: number,
  hardware: HardwareSpec = ownMemory,
  { of = story, combine = false }: { readonly of?: typeof story; readonly combine?: boolean } = {},
): Cut {
  // What was found for a model and its hardware is kept: each of these is another one.
  const model = { ...modelOf(of), expertIntermediate: 64 }
  const context = packageOf({ hardware, model, compat: 'physical' })
  const { experts } = model
  const messagePs = hardware.link.startup?.messagePs ?? 0
  return bestCut({
    ...{
      context,
      costsOf: (slices) => ({ ...(typeof costs === 'function' ? costs(slices) : costs), messagePs }),
      slices: SLICES,
      tokens,
      copies: 0,
      combine,
      channelOf: (die) => die,
    },
    holdersOf: (cut) => sliceHolders({ experts, ...cut, copies: 0 }, context.topology),
  })
}

it('cuts experts where few of them are active, so that no die waits for all of one', () => {
  expect(cutFor(cheapInputs, 1).parts).toBeGreaterThan(1)
})

it('leaves them whole where each part would have all inputs read once more', () => {
  expect(cutFor({ ...cheapInputs, inputPs: () => 20_000 }, 200).parts).toBe(1)
})

it('cuts experts alike over all dies where that costs nothing, so that it matters to none what tokens choose', () => {
  const sliceOf = (slices: number): SliceCosts => ({
    ...cheapInputs,
    readPs: 8000 / slices,
    computePs: () => 1,
  })
  const near = { ...ownMemory, link: { ...ownMemory.link, latencyPs: 0 } }
  expect(cutFor(sliceOf, 1, near)).toEqual({ slices: DIES, parts: DIES })
})

it('leaves most dies alone where each message takes its sender long', () => {
  const { link } = ownMemory
  const slow = { ...link, startup: { messagePs: 1000, exchangePs: 0 } }
  const { parts } = cutFor(cheapInputs, 1, { ...ownMemory, link: slow })
  expect(parts).toBeLessThan(DIES)
})

it('leaves experts whole, fewer than dies though they are, where messages take longer than reading what is spared', () => {
  const few = { ...story, experts: 8, topK: 2 }
  const sliceOf = (slices: number): SliceCosts => ({ ...cheapInputs, readPs: 8000 / slices })
  const { link } = ownMemory
  const slow = { ...ownMemory, link: { ...link, startup: { messagePs: 9000, exchangePs: 0 } } }
  expect(cutFor(sliceOf, 1, slow, { of: few })).toEqual({ slices: 1, parts: 1 })
  const quick = { ...ownMemory, link: { ...link, startup: { messagePs: 1, exchangePs: 0 } } }
  expect(cutFor(sliceOf, 1, quick, { of: few }).slices).toBeGreaterThan(1)
})

it('tries whole experts, fewer than dies, only where messages have a start-up', () => {
  const few = { ...story, experts: 8, topK: 2 }
  const sliceOf = (slices: number): SliceCosts => ({
    ...{ ...cheapInputs, readPs: 8000 / slices, inputPs: () => 20_000 },
    computePs: () => 80 / slices,
  })
  const { link } = ownMemory
  const slicesWith = (messagePs: number) => {
    const hardware = { ...ownMemory, link: { ...link, startup: { messagePs, exchangePs: 0 } } }
    return cutFor(sliceOf, 200, hardware, { of: few }).slices
  }
  expect(slicesWith(1)).toBe(1)
  expect(slicesWith(0)).toBe(SLICES)
})

it('keeps from far dies where results have to come home from them', () => {
  // Even over all dies experts are read in an eighth of the time that results take from the farthest die.
  const far = { ...ownMemory, link: { ...ownMemory.link, latencyPs: 100_000 } }
  const sliceOf = (slices: number): SliceCosts => ({ ...cheapInputs, readPs: 2_400_000 / slices })
  const parts = [false, true].map((combine) => cutFor(sliceOf, 1, far, { combine }).parts)
  expect(parts[1]).toBeLessThan(parts[0]!)
})
