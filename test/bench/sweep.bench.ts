// A sweep of 1,024 small points with one thread and with two: `npm run bench`, on an idle machine. With one thread the
// main thread and the compiler of the engine have a core to themselves already, so two on two cores gain less than twice.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bench, describe } from 'vitest'
import { planSweep } from '../../src/sweep/points.ts'
import { runPoints } from '../../src/sweep/run-sweep.ts'
import { SweepStore } from '../../src/sweep/store.ts'
import { withThreads } from '../helpers/layer-jobs.ts'

const VERSION = 'bench'
const ONCE = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 }
const REQUEST = {
  file: 'demo',
  sets: ['layers=[0]', 'workload.tokens=64', 'schedulers=[ep, "ep:prefetch=1", fse-dp]'],
  axes: [
    'hardware.link.bandwidth={from: 32 GB/s, to: 320 GB/s, count: 32}',
    'hardware.memory.bandwidth={from: 6 GB/s, to: 60 GB/s, count: 32}',
  ],
}
const hooks = {
  version: VERSION,
  onTraceRead: () => {},
  onProgress: async () => {},
  onWarning: () => {},
}

describe('1,024 points of one layer of 64 tokens on fse-dp-2x2 under three schedulers', () => {
  bench('planned', async () => void (await planSweep(withThreads(0), REQUEST)), ONCE)
  for (const threads of [0, 1, 2]) {
    bench(
      `simulated and kept, ${threads} threads`,
      async () => {
        const io = withThreads(threads)
        const folder = mkdtempSync(join(tmpdir(), 'moesim-bench-'))
        const plan = await planSweep(io, REQUEST)
        const store = await SweepStore.open(io, { folder, shard: undefined, plan, version: VERSION })
        try {
          await runPoints(io, plan.own, store, hooks)
        } finally {
          await store.close()
          rmSync(folder, { recursive: true })
        }
      },
      ONCE,
    )
  }
})
