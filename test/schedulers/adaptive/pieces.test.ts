// How many slices: few where each has a start-up, whole experts on one die that gains nothing by dealing.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { adaptiveSlices } from '../../../src/schedulers/adaptive/pieces.ts'
import { madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'

const model = modelOf({ experts: 8, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 })
const ownMemory = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const layer = { allTokens: 8, activeExperts: 8, tokens: 2 }

const behindHost = (startupPs: number): HardwareSpec => ({
  ...ownMemory,
  memory: {
    ...ownMemory.memory,
    tiers: [
      {
        ...{ name: 'host', capacityBytes: Infinity, shared: true, bytesPerPs: 0.01, latencyPs: 0, startupPs },
        way: 'pcie',
      },
    ],
  },
})

const contextOf = (hardware: HardwareSpec) => packageOf({ hardware, model, compat: 'physical' })

it('counts the start-up of each read from a tier, once for every die that shares the way', () => {
  const readPs = (startupPs: number) => sliceCosts(contextOf(behindHost(startupPs)), 4).readPs
  expect(readPs(1_000_000) - readPs(0)).toBe(25 * 1_000_000)
})

it('cuts less where reads from a tier have a start-up', () => {
  const slices = (hardware: HardwareSpec) => adaptiveSlices(contextOf(hardware), layer)
  expect(slices(behindHost(100_000_000))).toBeLessThan(slices(behindHost(0)))
})
