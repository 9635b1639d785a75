// Schedulers that read ahead in a whole run: the same for any number of threads, beside others, and refused where layers lack.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Experiment, SchedulerChoice } from '../../src/config/experiment/experiment.ts'
import { loadExperiment } from '../../src/config/load.ts'
import type { Io } from '../../src/io.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import type { QueuedJob } from '../../src/run/jobs.ts'
import { JobPool } from '../../src/run/pool.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import type { LayerResult } from '../../src/sim/result.ts'
import { withThreads } from '../helpers/layer-jobs.ts'

const { experiment: loaded } = await loadExperiment(nodeIo, {
  flags: { model: 'olmoe-1b-7b', schedulers: ['ep'] },
  sets: [],
})
const model: ModelShape = {
  ...loaded.model,
  layers: 6,
  moeLayers: [1, 2, 4, 5],
  hidden: 64,
  expertIntermediate: 96,
  experts: 16,
  topK: 2,
  denseIntermediate: 128,
  attention: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 8 },
}
const choice = (text: string): SchedulerChoice =>
  resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
const AHEAD = 'forecast-prefetch:ahead=2,predictor=popularity'
const base: Experiment = {
  ...loaded,
  model,
  routing: {
    kind: 'generator',
    spec: { skew: 2, reuse: 0, topics: 1, requests: 6, prefillTokens: 4, decodeTokens: 4 },
  },
  workload: { kind: 'requests', requests: 6, decodeSteps: 4 },
  schedulers: ['ep', AHEAD, 'forecast-prefetch', 'forecast-prefetch:ahead=2,predictor=oracle'].map(choice),
}

const hooks = {
  version: '9.9.9',
  onTraceRead: () => {},
  onProgress: async (_done: number, _total: number, _label: string) => {},
  onWarning: () => {},
}

async function run(changes: Partial<Experiment> = {}, io: Io = nodeIo, progress = hooks.onProgress) {
  const experiment = { ...base, ...changes }
  const pool = new JobPool(io)
  // Every job is worth a thread of its own.
  const eager = {
    run: <T extends QueuedJob>(queue: Iterable<T> | AsyncIterable<T>) => {
      async function* dear() {
        for await (const queued of queue) yield { ...queued, costUs: 1e6 } as T
      }
      return pool.run(dear())
    },
  }
  try {
    const all = [{ ...experiment, baseline: experiment.schedulers[0]!.id }]
    const [result] = await runExperiments(io, all, { ...hooks, onProgress: progress }, eager)
    return result!
  } finally {
    await pool.close()
  }
}

/** Without the speedup, which depends on the baseline. */
const measured = ({ layer, metrics: { speedup, ...rest } }: LayerResult) => ({ layer, rest })

const metricOf = (result: Awaited<ReturnType<typeof run>>, id: string, name: string) =>
  result.results.find((entry) => entry.id === id)!.metrics[name]?.value

describe('layers that read ahead', () => {
  test('give the same on any number of threads, with all seeds and layers', async () => {
    const changes = { seeds: 2 }
    const inline = await run(changes, withThreads(0))
    for (const threads of [1, 2]) {
      expect(JSON.stringify(await run(changes, withThreads(threads)))).toBe(JSON.stringify(inline))
    }
    for (const { layers } of inline.results) {
      expect(layers.map(({ layer }) => layer)).toEqual(model.moeLayers)
    }
    expect(metricOf(inline, AHEAD, 'aheadUsed')).toBeGreaterThan(0)
  })

  test('leave other schedulers as they are alone, and are left so by them', async () => {
    const together = await run()
    for (const [at, only] of base.schedulers.entries()) {
      const alone = await run({ schedulers: [only] })
      const { metrics, layers } = together.results[at]!
      const own = alone.results[0]!
      expect(layers.map(measured)).toEqual(own.layers.map(measured))
      expect(metrics.latency).toEqual(own.metrics.latency)
    }
  })

  test('count every layer of every scheduler once in the progress', async () => {
    const seen: number[][] = []
    await run({}, nodeIo, async (done, total) => void seen.push([done, total]))
    expect(seen.at(-1)).toEqual([16, 16])
    expect(new Set(seen.map(([done]) => done)).size).toBe(seen.length)
  })

  test('read more ahead in an end-to-end run: between layers channels are idle', async () => {
    // Long prompts: attention to them takes longer to compute than its weights and its cache take to read.
    const spec = { skew: 2, reuse: 0, topics: 1, requests: 6, prefillTokens: 64, decodeTokens: 4 }
    const all = choice('forecast-prefetch:ahead=16,predictor=oracle')
    const read = async (changes: Partial<Experiment>) => {
      const long = { routing: { kind: 'generator' as const, spec }, schedulers: [all] }
      return metricOf(await run({ ...long, ...changes }), all.id, 'aheadRead')!
    }
    expect(await read({ endToEnd: { contextTokens: 64 } })).toBeGreaterThan(await read({}))
  })

  test.each([
    [[1, 2], undefined],
    [[2, 4, 5], undefined],
    [[1, 4], /layers 1, 4 are not MoE layers in a row/],
    [[4], /layer 4 is the only one simulated/],
  ])('of layers %j take those that follow one another', async (layers, complaint) => {
    const listed = run({ layers: { kind: 'list', layers } })
    if (complaint === undefined) expect((await listed).results[1]!.layers).toHaveLength(layers.length)
    else await expect(listed).rejects.toThrow(complaint)
  })

  test('of a sample say what they need instead', async () => {
    const sampled = run({ layers: { kind: 'sample', count: 2 }, seed: 2 })
    await expect(sampled).rejects.toThrow(/simulate all layers, or some that follow one another/)
  })
})
