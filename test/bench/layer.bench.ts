// Speed of one MoE layer under the schedules of the FSE-DP paper, and of one point of its buffer x bandwidth map.
//
// Read "mean" in ms. The four schedules together stay under 50 ms on an idle core. The map has 1,952 points (2 to 64 slots,
// memory of 8 to 128 GB/s, step 2): at m ms a point two cores need about m seconds.
//
// What is measured is the built program, as users run it: the test runner loads sources in a way that makes calls from
// module to module several times as expensive.
import { createRequire } from 'node:module'
import { bench, describe } from 'vitest'
import type { HardwareSpec } from '../../src/hardware/spec.ts'

const require = createRequire(import.meta.url)
const built = {
  ...(require('../../dist/cli/node/io.js') as typeof import('../../src/cli/node/io.ts')),
  ...(require('../../dist/config/hardware/hardware.js') as typeof import('../../src/config/hardware/hardware.ts')),
  ...(require('../../dist/config/model/model.js') as typeof import('../../src/config/model/model.ts')),
  ...(require('../../dist/hardware/package.js') as typeof import('../../src/hardware/package.ts')),
  ...(require('../../dist/schedulers/options.js') as typeof import('../../src/schedulers/options.ts')),
  ...(require('../../dist/schedulers/table.js') as typeof import('../../src/schedulers/table.ts')),
  ...(require('../../dist/sim/batch.js') as typeof import('../../src/sim/batch.ts')),
  ...(require('../../dist/sim/layer.js') as typeof import('../../src/sim/layer.ts')),
  ...(require('../../dist/trace/open.js') as typeof import('../../src/trace/open.ts')),
}

const { nodeIo } = built
const hardware = await built.loadHardware(nodeIo, 'fse-dp-2x2')
const model = await built.loadModel(nodeIo, 'qwen3-30b-a3b')
const TRACE = new URL('../../traces/qwen3-30b-a3b-demo.csv.gz', import.meta.url).pathname
const source = await built.openTrace(nodeIo, TRACE, { ...model, model: model.name }, () => undefined)
const layer = source.layers[0]!
const layerExperts = source.layerExperts(layer)
const routing = { layers: [layer], requests: source.requests, layerExperts: () => layerExperts }

/** The first `tokens` tokens of the trace's first layer, under one scheduler. */
async function simulate(scheduler: string, tokens: number, on: HardwareSpec = hardware): Promise<void> {
  const pkg = built.packageOf({ hardware: on, model, compat: 'physical' })
  const rows = Int32Array.from({ length: tokens }, (_, row) => row)
  const iteration = { phase: 'mixed', rows, requests: new Int32Array(tokens) } as const
  const restingDie = [built.restingDies(iteration, pkg.topology, 'tokens', 1)]
  const { resolved } = built.resolveScheduler(built.splitSchedulerText(scheduler)!, 'physical')
  const setting = { pkg, routing, layer, restingDie }
  await built.simulateLayer({ ...setting, iterations: [iteration] }, [resolved!])
}

const SCHEDULES = ['ep', 'hydra', 'fse-dp', 'fse-dp:paired=true']
const STEADY = { time: 3000, warmupTime: 2000 }

describe('one layer of Qwen3-30B-A3B, 256 tokens, 2x2 dies', () => {
  for (const scheduler of SCHEDULES) bench(scheduler, () => simulate(scheduler, 256), STEADY)
  const allFour = async () => {
    for (const scheduler of SCHEDULES) await simulate(scheduler, 256)
  }
  bench('all four, one after the other', allFour, STEADY)
})

const GB_PER_S = 1e-3
const points = Array.from({ length: 32 }, (_, i) => 2 + 2 * i).flatMap((slots) =>
  Array.from({ length: 61 }, (_, i) => ({ slots, bytesPerPs: (8 + 2 * i) * GB_PER_S })),
)

describe(`the map of ${points.length} points: fse-dp-paired, 64 tokens`, () => {
  let at = 0
  const nextPoint = async () => {
    // 1,009 and the number of points have no common divisor: all come up in turn, each far from the one before.
    at = (at + 1009) % points.length
    const { slots, bytesPerPs } = points[at]!
    const memory = { ...hardware.memory, bytesPerPs }
    await simulate(`fse-dp-paired:slots=${slots}`, 64, { ...hardware, memory })
  }
  bench('one point', nextPoint, STEADY)
})
