// A whole run: layers add up, equal input gives equal bytes, and metrics follow from what was counted.
import { describe, expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertBytes, flopPerToken } from '../../src/model/shape.ts'
import { resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import { METRICS } from '../../src/sim/metrics/metrics.ts'
import { tinyModel } from '../helpers/frames.ts'
import { routingOf } from '../helpers/routing.ts'
import { wholeRun } from '../helpers/whole-run.ts'
import { madeUp } from '../schedulers/machines.ts'

const model = { ...tinyModel(8, 3, 2), layers: 4, moeLayers: [1, 2, 3] }
const source = routingOf({
  requests: [
    [5, 2],
    [3, 2],
  ],
  layers: [1, 2, 3],
  experts: 8,
  topK: 2,
})
/** The prompts of both requests, then two decode steps. */
const iterations = [
  { phase: 'prefill', rows: [0, 1, 2, 3, 4, 7, 8, 9], requests: [0, 0, 0, 0, 0, 1, 1, 1] },
  { phase: 'decode', rows: [5, 10], requests: [0, 1] },
  { phase: 'decode', rows: [6, 11], requests: [0, 1] },
].map(({ phase, rows, requests }) => ({
  phase: phase as 'prefill' | 'decode',
  rows: Int32Array.from(rows),
  requests: Int32Array.from(requests),
}))

async function run(name: string, hardware = madeUp[0]!) {
  const { resolved } = resolveScheduler({ name, options: {} }, 'physical')
  return await wholeRun({ hardware, model, source, layers: [1, 3], iterations, scheduler: resolved! })
}

/** Metrics that are sums over layers. */
const SUMS = [
  'latency',
  'latencyPrefill',
  'latencyDecode',
  'boundCompute',
  'boundMemory',
  'memoryRead',
  'd2dBytes',
  'd2dByteHops',
  'hops',
]

describe.each(Object.keys(schedulers))('a run of %s', (name) => {
  it('twice gives the same bytes', async () => {
    expect(JSON.stringify(await run(name))).toBe(JSON.stringify(await run(name)))
  })

  it.each(madeUp.slice(0, 5))('on $name adds its layers up', async (hardware) => {
    const { metrics, layers } = await run(name, hardware)
    expect(layers.map(({ layer }) => layer)).toEqual([1, 3])
    for (const key of SUMS) {
      const sum = layers.reduce((total, layer) => total + layer.metrics[key]!.value, 0)
      expect(metrics[key]!.value).toBeCloseTo(sum, 6)
    }
    expect(metrics.latency!.value).toBe(metrics.latencyPrefill!.value + metrics.latencyDecode!.value)
    for (const key of ['peakSramPerDie', 'peakSramPackage']) {
      expect(metrics[key]!.value).toBe(Math.max(...layers.map((layer) => layer.metrics[key]!.value)))
    }
  })

  it('keeps its shares between 0 and 1 and its ratios to the bound and the mean at 1 or more', async () => {
    const { metrics } = await run(name)
    expect(metrics.computeUtilization!.value).toBeGreaterThan(0)
    expect(metrics.computeUtilization!.value).toBeLessThanOrEqual(1)
    expect(metrics.boundRatio!.value).toBeGreaterThanOrEqual(1)
    expect(metrics.loadImbalance!.value).toBeGreaterThanOrEqual(1)
    expect(metrics.memoryRead!.value).toBeGreaterThanOrEqual(metrics.memoryReadRemote!.value)
    for (const [key, { unit }] of Object.entries(metrics)) expect(unit).toBe(METRICS[key]!.unit)
  })
})

describe('metrics', () => {
  it('follow from their definitions', async () => {
    const { metrics, boundBy } = await run('ep')
    const latencyPs = metrics.latency!.value
    // 12 tokens through 2 of the 3 MoE layers.
    expect(metrics.throughput!.value).toBeCloseTo((24 * 1e12) / (latencyPs * 3), 6)
    expect(metrics.throughputDecode!.value).toBeCloseTo((8 * 1e12) / (metrics.latencyDecode!.value * 3), 6)
    const flop = 2 * 12 * 2 * flopPerToken(model)
    const dies = buildTopology(madeUp[0]!.topology).dies
    expect(metrics.computeUtilization!.value).toBeCloseTo(flop / (16 * dies * latencyPs), 9)
    expect(metrics.memoryReadWeights!.value % expertBytes(model)).toBe(0)
    expect(['compute', 'memory', 'link', 'bisection']).toContain(boundBy)
  })
})
