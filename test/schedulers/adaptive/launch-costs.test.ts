// What launches of kernels cost dies, put together by hand from what a kernel takes; and whose tokens they compute.
import { describe, expect, it } from 'vitest'
import { kernelMemory, kernelPs, kernelShape, kernelTime } from '../../../src/hardware/kernel.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec, KernelSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { tokenPs } from '../../../src/schedulers/adaptive/costs.ts'
import {
  launchCosts,
  loneLaunchPs,
  shareTasks,
  typicalLaunchPs,
  typicalMovePs,
} from '../../../src/schedulers/adaptive/launch-costs.ts'
import { workOf } from '../../helpers/frames.ts'
import { kernelMachines } from '../machines.ts'
import { modelOf } from '../stories.ts'

const model = modelOf({ experts: 16, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 })
const [crossbar, nodes] = kernelMachines as [HardwareSpec, HardwareSpec]
const compute = crossbar.compute as KernelSpec
const contextOf = (hardware: HardwareSpec) => packageOf({ hardware, model, compat: 'physical' })
const context = contextOf(crossbar)
const alone = contextOf({
  ...crossbar,
  topology: { kind: 'crossbar', dies: 1 },
  memory: { ...crossbar.memory, channelDies: [0] },
})
/** Of experts with so many rows each, in a layer with so many rows for an expert on average. */
const timeOf = (expertRows: readonly number[], meanRows: number) => {
  const pairs = expertRows.reduce((sum, rows) => sum + rows, 0)
  const work = { expertRows, meanRows, pairs, tokens: pairs / 2 }
  return kernelTime(compute, kernelMemory(crossbar), kernelShape(model), work)
}

describe('a launch', () => {
  it('of a typical layer has an even part of the active experts, and the more over the fewer they are', () => {
    const layer = { allTokens: 24, activeExperts: 15.5, tokens: 5 }
    const evenPs = kernelPs(timeOf([5, 5], 3))
    expect(typicalLaunchPs(context, compute, layer)).toBeCloseTo(evenPs * (1 + 0.65 * Math.sqrt(0.6 / 2)), 3)
    const few = { ...layer, activeExperts: 8 }
    expect(typicalLaunchPs(context, compute, few)).toBeCloseTo(
      kernelPs(timeOf([5], 3)) * (1 + 0.65 * Math.sqrt(0.6)),
      3,
    )
  })

  it('of the only die has all of them', () => {
    const layer = { allTokens: 24, activeExperts: 3, tokens: 5 }
    expect(typicalLaunchPs(alone, compute, layer)).toBe(kernelPs(timeOf([5, 5, 5], 3)))
    expect(loneLaunchPs(alone, compute, Int32Array.of(3, 0, 1, 4))).toBe(kernelPs(timeOf([3, 1, 4], 0.5)))
  })

  it('waits for the tokens that rest elsewhere, each of which a die is sent once', () => {
    const layer = { allTokens: 10, activeExperts: 4, tokens: 6 }
    expect(typicalMovePs(context, layer)).toBeCloseTo(3 * (7 / 8) * tokenPs(context), 6)
    expect(typicalMovePs(context, { ...layer, tokens: 60 })).toBeCloseTo(10 * (7 / 8) * tokenPs(context), 6)
    expect(typicalMovePs(alone, layer)).toBe(0)
  })
})

it('a share of the tokens of an expert takes an eighth of what goes beyond reading its weights, which each die does', () => {
  const costs = launchCosts(context, compute, { allTokens: 24, activeExperts: 15, tokens: 5 })
  const readPs = expertBytes(model) / kernelMemory(crossbar).readBytesPerPs
  expect(costs.inputPs(7)).toBe(readPs)
  const { productPs, elementwisePs } = timeOf([40], 3)
  expect(costs.innerPs(40)).toBeCloseTo((productPs + elementwisePs - readPs) / 8, 6)
  expect(costs.innerPs(40)).toBeGreaterThan(0)
  expect(costs.innerPs(0)).toBe(0)
  expect(costs.computePs(40)).toBe(0)
  expect(costs).toMatchObject({
    ...{ wayPs: 0, readPs: 0, portPs: 0, firstReadPs: 0, firstTokenPs: 0 },
    ...{ tokenPs: tokenPs(context), messagePs: 0 },
  })
  const far = launchCosts(contextOf(nodes), compute, { allTokens: 24, activeExperts: 15, tokens: 5 })
  expect(far.messagePs).toBe(512)
})

it('dies compute an expert’s tokens in the proportion of their shares, one after the other, experts ascending', () => {
  const topology = buildTopology({ kind: 'crossbar', dies: 2 })
  // Ten tokens choose expert 0, two expert 1.
  const work = workOf([...Array.from({ length: 10 }, () => [0]), [1], [1]], 2, topology)
  const part = (expert: number, die: number, shares: number) => ({
    ...{ expert, die, tokens: 10 },
    slices: Array.from({ length: shares }, (_, share) => share),
  })
  expect(shareTasks(work, [part(1, 0, 8), part(0, 1, 3), part(0, 0, 5)])).toEqual([
    { expert: 0, die: 1, fromPair: 0, toPair: 4 },
    { expert: 0, die: 0, fromPair: 4, toPair: 10 },
    { expert: 1, die: 0, fromPair: 10, toPair: 12 },
  ])
  // Of two tokens an eighth is none.
  expect(shareTasks(work, [part(1, 0, 1), part(1, 1, 7)])).toEqual([
    { expert: 1, die: 1, fromPair: 10, toPair: 12 },
  ])
})
