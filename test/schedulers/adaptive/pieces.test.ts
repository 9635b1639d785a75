// How many slices: few where each has a start-up, whole experts on one die that gains nothing by dealing.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { adaptiveSlices, typicalSlicesPs } from '../../../src/schedulers/adaptive/pieces.ts'
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

it('a typical layer takes what its busier resource does, on one die its first slice too', () => {
  const onDies = (dies: number) => contextOf({ ...ownMemory, topology: { kind: 'crossbar', dies } })
  const ofSlices = (dies: number, slices: number) => {
    const costs = sliceCosts(onDies(dies), slices)
    const [channelPs, computePs] = [costs.readPs + costs.innerPs(2), costs.computePs(2)]
    return { channelPs, computePs, inputPs: (8 * costs.inputPs(2)) / dies }
  }
  const many = ofSlices(3, 4)
  // 32 slices on 3 dies: 11 on the fullest.
  expect(typicalSlicesPs(onDies(3), layer, 4)).toBe(
    Math.max(11 * many.channelPs + many.inputPs, 11 * many.computePs),
  )
  const one = ofSlices(1, 4)
  const totals = [32 * one.channelPs + one.inputPs, 32 * one.computePs]
  expect(typicalSlicesPs(onDies(1), layer, 4)).toBeCloseTo(Math.max(...totals) + Math.min(...totals) / 32, 6)
})

it('cuts less where reads from a tier have a start-up', () => {
  const slices = (hardware: HardwareSpec) => adaptiveSlices(contextOf(hardware), layer)
  expect(slices(behindHost(100_000_000))).toBeLessThan(slices(behindHost(0)))
})

it('has room for two slices at a time where each has a start-up, and for three where it has none', () => {
  const inFlight = (startupPs: number) => {
    const sramBytes = 3 * 2 ** 20
    const large = { ...model, hidden: 4096, expertIntermediate: 4096 }
    const hardware = { ...behindHost(startupPs), sramBytes, activations: 'memory' as const }
    const context = packageOf({ hardware, model: large, compat: 'physical' })
    return Math.floor((sramBytes * adaptiveSlices(context, layer)) / expertBytes(large))
  }
  expect(inFlight(1_000_000_000_000)).toBe(2)
  expect(inFlight(0)).toBeGreaterThanOrEqual(3)
})
