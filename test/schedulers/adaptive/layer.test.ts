// How all dies start on a plan.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import { sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { startPlan } from '../../../src/schedulers/adaptive/layer.ts'
import type { Machine } from '../../../src/schedulers/scheduler.ts'
import { frameHardware, tinyModel, workOf } from '../../helpers/frames.ts'

it('dies ask for their first slices in turn, so that none waits in a shared channel for many of another', () => {
  const hardware = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 2 })
  const context = packageOf({ hardware, model: tinyModel(4, 2), compat: 'physical' })
  const asked: number[] = []
  const machine = {
    work: workOf([[0], [1], [0], [1]], 4, context.topology),
    ahead: { has: () => false },
    gatherShared: () => undefined,
    load: ({ die }: { die: number }) => void asked.push(die),
  } as unknown as Machine
  const parts = [0, 1].map((die) => ({ expert: die, die, tokens: 2, slices: [0, 1] }))
  const costs = sliceCosts(context, 2)
  const setting = { context, costs, slices: 2, diesOf: () => [], channelOf: () => 0 }
  startPlan(machine, parts, { ...setting, readsAny: true, combine: false })
  expect(asked).toEqual([0, 1, 0, 1])
})
