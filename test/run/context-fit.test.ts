// Contexts that fit into memory, and such that cannot.
import { expect, test } from 'vitest'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { assertContextFits } from '../../src/run/context-fit.ts'
import type { Iteration } from '../../src/sim/iteration.ts'
import { bundledIo } from '../config/bundled-io.ts'

const io = bundledIo()
/** So many requests with a token each. */
const batch = (requests: number): Iteration[] => [
  {
    phase: 'decode',
    rows: Int32Array.from({ length: requests }, (_, row) => row),
    requests: Int32Array.from({ length: requests }, (_, row) => row),
  },
]
const experiment = async (hardware: string, context: number, compat: 'physical' | 'paper' = 'physical') => {
  const sets = [`end_to_end.context=${context}`]
  const flags = { hardware, model: 'qwen3-235b-a22b', schedulers: ['ep'] }
  return { ...(await loadExperiment(io, { flags, sets })).experiment, compat }
}

// Eight GPUs of 72 GB: 454 GB of experts, 13.4 GB of attention, split; a KV head of a token takes 94 x 512 B on a die.
test.each([
  [64, 4000, true],
  [64, 5000, false],
  [1, 270_000, true],
  [1, 290_000, false],
])('%d requests with %d tokens each on eight H100: %s', async (requests, context, fits) => {
  const one = await experiment('h100-dgx-8', context)
  const check = () => assertContextFits(one, batch(requests))
  if (fits) expect(check).not.toThrow()
  else expect(check).toThrow(`a context of ${context} tokens for ${requests} requests at once needs`)
})

test('nothing is refused where capacity is not stated or not known', async () => {
  const one = await experiment('h100-dgx-8', 10_000_000)
  expect(() => assertContextFits(one, batch(4096))).toThrow('use a shorter end_to_end.context')
  expect(() => assertContextFits({ ...one, endToEnd: undefined }, batch(4096))).not.toThrow()
  const paper = await experiment('h100-dgx-8', 10_000_000, 'paper')
  expect(() => assertContextFits(paper, batch(4096))).not.toThrow()
  const chip = await experiment('fse-dp-2x2', 10_000_000)
  expect(() => assertContextFits(chip, batch(4096))).not.toThrow()
})

test('memory that all dies share holds the cache once', async () => {
  const one = await experiment('h100-dgx-8', 300_000)
  const shared = { ...one.hardware, memory: { ...one.hardware.memory, shared: true } }
  // Four KV heads once instead of one on each of eight dies.
  expect(() => assertContextFits({ ...one, hardware: shared }, batch(1))).not.toThrow()
  expect(() => assertContextFits({ ...one, hardware: shared }, batch(2))).toThrow(
    'in the memory of h100-dgx-8',
  )
  expect((await loadHardware(io, 'h100-dgx-8')).memory.shared).toBe(false)
})
