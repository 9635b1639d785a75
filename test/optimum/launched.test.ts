// Kernels read the weights of all of a die's experts in one launch: memory whose latencies do not overlap costs them one.
import { expect, it } from 'vitest'
import { kernelMachines } from '../schedulers/machines.ts'
import { modelOf } from '../schedulers/stories.ts'
import { runBeside, type SmallLayer } from './small-layers.ts'

it('the optimum of a launch has one latency of memory, however many experts a die has', async () => {
  const story = { experts: 10, topK: 1, requests: 6, prefill: 4, decode: 0, skew: 0, seed: 1 }
  const kernels = kernelMachines[0]!
  const memory = { ...kernels.memory, latencyPs: 1_000_000, access: 'serial' as const }
  const layer: SmallLayer = {
    ...{ story, model: modelOf(story), compat: 'physical' },
    hardware: { ...kernels, memory },
  }
  const { latencyPs, optimum } = (await runBeside(layer, 'ep'))!
  expect(optimum!.givenPs).toBeGreaterThan(1_000_000)
  expect(latencyPs).toBeGreaterThanOrEqual(optimum!.givenPs)
})
