// What worker threads gain on a long run, and what they cost a short job: `npm run bench`, best on an idle machine.
// Every thread compiles the same hot code anew, some seconds of computing, so longer runs gain more.
import { bench, describe } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { JobPool } from '../../src/run/pool.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import { tinyJob, tinySetting, withThreads } from '../helpers/layer-jobs.ts'

const hooks = {
  version: 'bench',
  onTraceRead: () => {},
  onProgress: async () => {},
  onWarning: () => {},
}
const ONCE = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 }

const { experiment } = await loadExperiment(nodeIo, {
  flags: {
    model: 'llama-4-maverick',
    hardware: 'dojo-5x5',
    requests: '32',
    decodeSteps: '64',
    schedulers: ['round-robin', 'ep', 'allo-pred', 'fse-dp'],
  },
  sets: [],
})

describe('24 layers of llama-4-maverick on dojo-5x5, four schedulers: about 20 s of computing', () => {
  for (const threads of [1, 2]) {
    const io = withThreads(threads)
    bench(`${threads} threads`, async () => void (await runExperiments(io, [experiment], hooks)), ONCE)
  }
})

describe('2,000 jobs of a millisecond or so', () => {
  const settings = Array.from({ length: 250 }, () => tinySetting())
  const queue = settings.flatMap((setting) =>
    Array.from({ length: 8 }, (_, layer) => ({ job: tinyJob(layer, setting), costUs: 1000 })),
  )
  for (const threads of [0, 1, 2]) {
    bench(
      `${threads} threads`,
      async () => {
        const pool = new JobPool(withThreads(threads))
        for await (const _ of pool.run(queue));
        await pool.close()
      },
      ONCE,
    )
  }
})
