// What fits where: weights in memory, pieces in SRAM, replicas in what is left.

import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { packageOf } from '../../src/hardware/package.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertBytes } from '../../src/model/shape.ts'
import {
  assertWeightsFit,
  copiesThatFit,
  replicaBudgetBytes,
  slicesThatFit,
} from '../../src/schedulers/memory-fit.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import { tinyModel } from '../helpers/frames.ts'
import { madeUp } from './machines.ts'
import { modelOf, runWorks, type Story, worksOf } from './stories.ts'

const corners = madeUp.find(({ name }) => name === 'corners-3x3')!
const model = { ...tinyModel(8, 1), moeLayers: [0, 1] }
const bytes = expertBytes(model)
const context = (overrides: Partial<typeof corners.memory>, compat: 'physical' | 'paper' = 'physical') =>
  packageOf({ hardware: { ...corners, memory: { ...corners.memory, ...overrides } }, model, compat })
const homes = Float64Array.from([3, 1, 2, 2])

describe('memory', () => {
  it('must hold the home experts of its fullest die in all layers, less what is kept back', () => {
    const own = (capacityBytes: number) => context({ shared: false, reserved: 0.5, capacityBytes })
    expect(() => assertWeightsFit(own(2 * 2 * 3 * bytes), homes)).not.toThrow()
    expect(() => assertWeightsFit(own(2 * 2 * 3 * bytes - 2), homes)).toThrow(UserError)
    expect(() => assertWeightsFit({ ...own(1), compat: 'paper' }, homes)).not.toThrow()
  })

  it('where it is shared all channels hold the experts together', () => {
    const shared = (capacityBytes: number) => context({ capacityBytes })
    expect(() => assertWeightsFit(shared((2 * 8 * bytes) / 4), homes)).not.toThrow()
    expect(() => assertWeightsFit(shared((2 * 8 * bytes) / 4 - 1), homes)).toThrow(UserError)
  })

  it('too small for copies that were asked for is said to be, and nothing of copies where none were', () => {
    const small = context({ shared: false, capacityBytes: bytes })
    expect(() => assertWeightsFit(small, homes, 2)).toThrow(
      /make fewer copies than 2 per die, use a larger memory\.capacity/,
    )
    expect(() => assertWeightsFit(small, homes)).toThrow(/kept back\); use a larger memory\.capacity/)
  })

  it('too small for weights of more than a byte is said to hold more of smaller ones, and not where they are small', () => {
    const small = context({ shared: false, capacityBytes: bytes })
    const withBytes = (weightBytes: number) => ({ ...small, model: { ...model, weightBytes } })
    expect(() => assertWeightsFit(withBytes(2), homes)).toThrow(/; use fewer bytes per weight \(/)
    expect(() => assertWeightsFit(withBytes(0.5), homes)).toThrow(/; use a larger/)
  })

  it('holds as many copies of every expert as find room beside the homes, or a part of one', () => {
    // Two of the eight experts lie behind each of four channels, in two layers.
    const copies = (experts: number) =>
      copiesThatFit(context({ shared: false, capacityBytes: 2 * experts * bytes }))
    expect(copies(6)).toBe(2)
    expect(copies(3)).toBe(0.5)
    expect(copies(1)).toBe(0)
  })

  it('that is the last of some tiers is named, and has to hold what all dies have at home where they share it', () => {
    const tiersOf = (capacityBytes: number) =>
      madeUp
        .find(({ name }) => name === 'tiers-2x2')!
        .memory.tiers!.map((tier) => ({ ...tier, shared: true, capacityBytes }))
    const held = (capacityBytes: number) => () =>
      assertWeightsFit(context({ shared: false, tiers: tiersOf(capacityBytes) }), homes)
    expect(held(2 * 8 * bytes)).not.toThrow()
    expect(held(2 * 8 * bytes - 1)).toThrow(/holding the routed experts of tiny in tier drive of corners-3x3/)
  })

  it('leaves to the replicas of a layer an equal part of what home copies leave', () => {
    const { shared: _, ...memory } = corners.memory
    const budget = (capacityBytes: number) =>
      replicaBudgetBytes(context({ ...memory, shared: false, capacityBytes, reserved: 0.5 }), homes)
    expect(budget(2 * 2 * 5 * bytes)).toBe(2 * bytes)
    expect(budget(bytes)).toBe(0)
    // Of five bytes more half are kept back, and each of the two layers has one whole byte of the others.
    expect(budget(2 * 2 * 5 * bytes + 5)).toBe(2 * bytes + 1)
  })
})

describe('pieces of an expert', () => {
  const pieces = (
    sramBytes: number,
    step: number,
    inFlight: number,
    activations: 'sram' | 'memory' = 'sram',
  ) => slicesThatFit({ ...context({}), hardware: { ...corners, sramBytes, activations } }, step, inFlight)

  it('are as few as fit half of the SRAM, in the steps asked for', () => {
    expect(pieces(Number.POSITIVE_INFINITY, 3, 2)).toBe(3)
    expect(pieces(bytes * 2, 1, 1)).toBe(1)
    expect(pieces(bytes * 2 - 1, 1, 1)).toBe(2)
    expect(pieces(bytes, 3, 4)).toBe(9)
  })

  it('may take all of the SRAM where tokens rest in memory', () => {
    expect(pieces(bytes, 1, 1, 'memory')).toBe(1)
    expect(pieces(bytes, 1, 2, 'memory')).toBe(2)
  })

  it('that can never fit are a user error', () => {
    expect(() => pieces(1, 1, 2)).toThrow(UserError)
  })
})

const story: Story = { experts: 8, topK: 2, requests: 2, prefill: 2, decode: 1, skew: 1, seed: 1 }
const run = (scheduler: string, memory: Partial<typeof corners.memory>) => {
  const hardware = { ...corners, memory: { ...corners.memory, ...memory } }
  return () => runWorks(scheduler, hardware, modelOf(story), worksOf(story, buildTopology(hardware.topology)))
}

it.each(Object.keys(schedulers))('%s refuses weights that its memory cannot hold', (scheduler) => {
  expect(run(scheduler, { shared: false, capacityBytes: 1 })).toThrow(/holding the routed experts of tiny/)
})

it('one expert read ahead is enough to be refused where it cannot go', () => {
  const text = 'forecast-prefetch:ahead=1,into=memory'
  expect(run(text, { shared: true })).toThrow(/copies experts from one die's memory to another's/)
  expect(run(text, { shared: false })).not.toThrow()
})

describe('weights that just fit into the memories of all dies', () => {
  const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
  const sixteen = tinyModel(16, 8)
  const make = (text: string, capacityBytes: number) => {
    const { scheduler, options } = resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
    const hardware = { ...crossbar, memory: { ...crossbar.memory, capacityBytes } }
    return schedulers[scheduler]!.create(options, packageOf({ hardware, model: sixteen, compat: 'physical' }))
  }

  it.each([
    ...['ep', 'ep:placement=round-robin', 'hydra', 'fse-dp', 'fse-dp:slices=3', 'fse-dp:naive=true'],
    ...['forecast-prefetch', 'adaptive', 'adaptive:copies=0', 'tp', 'tp:ways=2'],
    ...['least-loaded', 'round-robin'],
  ])('are taken by %s, and refused with a byte less', (text) => {
    const fits = 2 * expertBytes(sixteen)
    expect(make(text, fits).slices).toBeGreaterThan(0)
    expect(() => make(text, fits - 1)).toThrow(UserError)
  })
})
