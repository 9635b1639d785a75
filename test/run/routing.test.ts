// What experiments on one routing share: its sources by seed, and the workloads laid out on it.
import { expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Experiment } from '../../src/config/experiment/experiment.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { ExperimentRouting } from '../../src/run/routing.ts'
import { routingOf } from '../helpers/routing.ts'

const { experiment } = await loadExperiment(nodeIo, { flags: { tokens: '4' }, sets: [] })
const taking = (tokens: number, changes: Partial<Experiment> = {}): Experiment => ({
  ...experiment,
  workload: { kind: 'tokens', tokens, iterations: 1 },
  ...changes,
})
/** Requests are as long as the seed says. */
const routing = () => new ExperimentRouting((seed) => routingOf({ requests: [[seed, 9]] }))

test('a workload is laid out once for experiments that take the same tokens of the same routing', () => {
  const shared = routing()
  const first = shared.workload(taking(4))
  const wide = { hardware: { ...experiment.hardware, sramBytes: 1 } }
  expect(shared.workload(taking(4, wide))).toBe(first)
  expect(shared.workload(taking(5)).iterations[0]!.rows).toHaveLength(5)
  expect(shared.workload(taking(4))).toBe(first)
})

test('another seed has another workload, where its routing is another', () => {
  const shared = routing()
  expect(shared.workload(taking(6, { seed: 3 })).iterations[0]!.phase).toBe('mixed')
  expect(shared.workload(taking(6, { seed: 8 })).iterations[0]!.phase).toBe('prefill')
})

test('of workloads the last two are kept', () => {
  const shared = routing()
  const first = shared.workload(taking(1))
  for (const tokens of [2, 3]) shared.workload(taking(tokens))
  const again = shared.workload(taking(1))
  expect(again).not.toBe(first)
  expect(again).toEqual(first)
})

test('the source of a seed is made once, and again when two others have been asked for', () => {
  const made: number[] = []
  const shared = new ExperimentRouting((seed) => {
    made.push(seed)
    return routingOf({ requests: [[seed, 1]] })
  })
  for (const seed of [1, 2, 1, 2, 3, 1]) shared.of(seed)
  expect(made).toEqual([1, 2, 3, 1])
})
