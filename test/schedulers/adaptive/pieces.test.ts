// How many slices: few where each has a start-up, whole experts on one die that gains nothing by dealing.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { adaptiveSlices, typicalSlicesPs } from '../../../src/schedulers/adaptive/pieces.ts'
import { typicalWindow } from '../../../src/schedulers/adaptive/window.ts'
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
  // 32 slices on 3 dies: 11 on the fullest. Three slices and 24 for evenness are in flight, and what is read until they come.
  const evenly = [11 * many.channelPs + many.inputPs, 11 * many.computePs]
  const windowOn = (dies: number) => typicalWindow(onDies(dies), layer.allTokens, 4)
  expect(windowOn(3)).toBeGreaterThanOrEqual(27)
  expect(typicalSlicesPs(onDies(3), layer, 4)).toBeCloseTo(
    Math.max(...evenly) + Math.min(...evenly) / windowOn(3) ** 3,
    6,
  )
  const one = ofSlices(1, 4)
  const totals = [32 * one.channelPs + one.inputPs, 32 * one.computePs]
  expect(typicalSlicesPs(onDies(1), layer, 4)).toBeCloseTo(
    Math.max(...totals) + Math.min(...totals) / 32 + Math.min(...totals) / windowOn(1) ** 3,
    6,
  )
})

it('with room for one slice neither of channel and unit works while the other does; a channel of three dies reads for all of them', () => {
  const contextWith = (change: Partial<HardwareSpec>) =>
    contextOf({ ...ownMemory, topology: { kind: 'crossbar', dies: 3 }, ...change })
  const oneSlice = { sramBytes: expertBytes(model) / 4, activations: 'memory' as const }
  const costs = sliceCosts(contextWith(oneSlice), 4)
  const [channelPs, computePs] = [
    11 * (costs.readPs + costs.innerPs(2)) + (8 * costs.inputPs(2)) / 3,
    11 * costs.computePs(2),
  ]
  const latencyPs = 11 * costs.firstReadPs
  expect(typicalSlicesPs(contextWith(oneSlice), layer, 4)).toBeCloseTo(
    channelPs + computePs + latencyPs + Math.min(channelPs, computePs),
    3,
  )
  const { memory } = ownMemory
  const [many, one] = [[0, 1, 2], [1]].map((channelDies) =>
    typicalSlicesPs(contextWith({ memory: { ...memory, channelDies } }), layer, 4),
  )
  expect(one! / many!).toBeGreaterThan(2)
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

it('slices that compute as long as whole experts are cut as far as some dies would else have nothing to do', () => {
  // Eight columns are one pass of the array, and so are four.
  const narrow = { ...model, expertIntermediate: 8 }
  const systolic = madeUp.find(({ compute }) => compute.kind === 'systolic')!
  const channelDies = [0, 1, 2, 3, 4]
  const hardware = { ...systolic, memory: { ...systolic.memory, channelDies } }
  const context = packageOf({ hardware, model: narrow, compat: 'physical' })
  const slicesOf = (activeExperts: number) =>
    adaptiveSlices(context, { allTokens: 4, activeExperts, tokens: 2 })
  expect(context.topology.dies).toBe(5)
  expect(slicesOf(2.5)).toBe(2)
  expect(slicesOf(2.6)).toBe(1)
})
