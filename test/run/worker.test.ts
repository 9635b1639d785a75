// A layer job by itself: what it computes, and that it crosses to another thread whole.
import { expect, test } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { JobRunner } from '../../src/run/worker.ts'
import { simulateLayer } from '../../src/sim/layer.ts'
import { RoutingOpener } from '../../src/trace/portable.ts'
import { ep, onOneDie, tinyJob, tinySetting } from '../helpers/layer-jobs.ts'
import { madeUp } from '../schedulers/machines.ts'

async function direct(layer: number, setting = tinySetting()) {
  const routing = new RoutingOpener().open(setting.routing)
  const { iterations, restingDie } = setting
  const [totals] = await simulateLayer({ pkg: packageOf(setting), routing, layer, iterations, restingDie }, [
    ep,
  ])
  return { kind: 'totals', totals: [{ seed: 1, layer, id: 'ep', totals }] }
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
