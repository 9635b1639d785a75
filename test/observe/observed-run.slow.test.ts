// A look at one iteration: what it adds up to is what the run says of the same iteration.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { observeRun } from '../../src/observe/observed-run.ts'
import { runExperiments } from '../../src/run/run-many.ts'

const hooks = { onTraceRead: () => {}, onProgress: async () => {} }
const RUN_HOOKS = { ...hooks, version: 'x', onWarning: () => {} }
const ALL = ['ep', 'ep:prefetch=2,combine=true', 'hydra', 'fse-dp', 'fse-dp:paired=true', 'forecast-prefetch']

async function load(
  hardware: string,
  schedulers: readonly string[],
  more: Readonly<Record<string, string>> = {},
  sets: readonly string[] = [],
) {
  const work = more.requests === undefined && { tokens: '16', iterations: '1' }
  const flags = { hardware, model: 'deepseek-moe-16b', layers: '1', schedulers, ...work, ...more }
  return (await loadExperiment(nodeIo, { flags, sets })).experiment
}

describe.each([
  ['fse-dp-2x2', []],
  ['dojo-5x5', []],
  ['h100-dgx-8', []],
  ['fse-dp-2x2', ['hardware.link.duplex=half']],
] as const)('on %s %j', (hardware, sets) => {
  test('one iteration looked at is the iteration that is simulated', async () => {
    const experiment = await load(hardware, ALL, {}, sets)
    const [result] = await runExperiments(nodeIo, [experiment], RUN_HOOKS)
    const seen = await observeRun(nodeIo, experiment, hooks)
    expect(seen.schedulers.map(({ id }) => id)).toEqual(result!.results.map(({ id }) => id))
    for (const [i, { id, latencyPs, dies, lanes }] of seen.schedulers.entries()) {
      const metric = (name: string) => result!.results[i]!.metrics[name]!.value
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
      expect(latencyPs, id).toBe(metric('latency'))
      expect(sum(dies.map(({ readBytes }) => readBytes)), id).toBe(metric('memoryReadWeights'))
      expect(sum(dies.map(({ pairs }) => pairs)), id).toBeCloseTo(16 * 6, 6)
      const peaks = dies.map(({ fill }) =>
        Math.max(...fill.weightBytes.map((bytes, at) => bytes + fill.tokenBytes[at]!)),
      )
      expect(Math.max(...peaks), id).toBe(metric('peakSramPerDie'))
      for (const { times } of dies) expect(sum(Object.values(times)), id).toBe(latencyPs)
      for (const { utilization } of lanes) {
        expect(utilization, id).toBeGreaterThanOrEqual(0)
        expect(utilization, id).toBeLessThanOrEqual(1)
      }
      const carried = sum(lanes.map(({ bytes }) => bytes))
      // A hop through a switch takes two links; requests are counted as bytes times hops and not as carried.
      const hopLinks = hardware === 'h100-dgx-8' ? 2 : 1
      if (experiment.hardware.link.requestBytes === 0)
        expect(carried, id).toBe(hopLinks * metric('d2dByteHops'))
      else expect(carried, id).toBeLessThanOrEqual(hopLinks * metric('d2dByteHops'))
      const utilization = sum(dies.map(({ times }) => times.computePs)) / dies.length / latencyPs
      expect(utilization, id).toBeGreaterThan(0)
    }
  })
})

test('of many iterations and layers the first of each is looked at', async () => {
  const experiment = await load('fse-dp-2x2', ['ep'], { iterations: '3', layers: '1,2' })
  const one = await load('fse-dp-2x2', ['ep'])
  const seen = await observeRun(nodeIo, experiment, hooks)
  expect(seen).toMatchObject({ layer: 1, iteration: 0, iterations: 3, tokens: 16, seed: experiment.seed })
  expect(seen.schedulers).toEqual((await observeRun(nodeIo, one, hooks)).schedulers)
})

test('schedulers whose layers run interleaved are left out, and named', async () => {
  const ahead = 'forecast-prefetch:ahead=4'
  const experiment = await load('fse-dp-2x2', ['ep', ahead], { layers: '1,2' })
  const { schedulers, leftOut } = await observeRun(nodeIo, experiment, hooks)
  expect([schedulers.map(({ id }) => id), leftOut]).toEqual([['ep'], [ahead]])
})

test('a scheduler that pauses requests is looked at with the iterations that it makes', async () => {
  const experiment = await load(
    'fse-dp-2x2',
    ['ep', 'fse-dp:buffering=50'],
    { requests: '8', decodeSteps: '1', layers: 'all' },
    ['end_to_end.context=64'],
  )
  const { schedulers, tokens } = await observeRun(nodeIo, experiment, hooks)
  const [ep, pausing] = schedulers
  expect(ep!.tokens).toBe(tokens)
  expect(pausing!.tokens).toBeGreaterThan(0)
  expect(pausing!.tokens).toBeLessThanOrEqual(tokens)
  expect(pausing!.dies.reduce((sum, { pairs }) => sum + pairs, 0)).toBeCloseTo(pausing!.tokens * 6, 6)
})
