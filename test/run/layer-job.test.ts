// A layer job by itself: what it computes, and that it crosses to another thread whole.
import { expect, test } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { JobRunner, layerCostUs } from '../../src/run/layer-job.ts'
import { simulateLayer } from '../../src/sim/layer.ts'
import { RoutingOpener } from '../../src/trace/portable.ts'
import { ep, onOneDie, tinyJob, tinySetting } from '../helpers/layer-jobs.ts'
import { madeUp } from '../schedulers/machines.ts'

async function direct(layer: number, setting = tinySetting()) {
  const topology = buildTopology(setting.hardware.topology)
  const routing = new RoutingOpener().open(setting.routing)
  return await simulateLayer({ ...setting, topology, routing, layer }, [ep])
}

test('a job gives what simulating its layer gives, before and after a structured clone', async () => {
  const job = tinyJob(3)
  const expected = JSON.stringify(await direct(3))
  expect(JSON.stringify(await new JobRunner().run(job))).toBe(expected)
  expect(JSON.stringify(structuredClone(await new JobRunner().run(structuredClone(job))))).toBe(expected)
})

test('what a runner keeps of one job does not change the next: settings and packages may alternate', async () => {
  const runner = new JobRunner()
  const settings = [tinySetting(), tinySetting({ hardware: madeUp[1]! }), onOneDie()]
  for (const layer of [0, 1, 0]) {
    for (const setting of settings) {
      const totals = await runner.run(tinyJob(layer, setting))
      expect(JSON.stringify(totals)).toBe(JSON.stringify(await direct(layer, setting)))
    }
  }
})

test('the cost of a layer grows with its tokens until every die wants every expert', () => {
  const model = { ...tinySetting().model, experts: 8, topK: 2 }
  const cost = (...tokens: number[]) => {
    const iterations = tokens.map((count) => ({
      phase: 'decode' as const,
      rows: new Int32Array(count),
      requests: new Int32Array(count),
    }))
    return layerCostUs({ model, iterations }, 4)
  }
  expect(cost(6)).toBe(2 * cost(3))
  expect(cost(16)).toBe(cost(1000))
  expect(cost(6, 3)).toBe(cost(6) + cost(3))
})
