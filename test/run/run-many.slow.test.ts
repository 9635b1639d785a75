// Many experiments in one queue: their results depend neither on each other nor on the threads.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Experiment } from '../../src/config/experiment/experiment.ts'
import { loadExperiment } from '../../src/config/load.ts'
import type { Io } from '../../src/io.ts'
import type { QueuedJob } from '../../src/run/jobs.ts'
import { recordOf } from '../../src/run/point-record.ts'
import { type Done, JobPool } from '../../src/run/pool.ts'
import { eachOutcome, type Outcome, runExperiments } from '../../src/run/run-many.ts'
import type { RunResult } from '../../src/sim/result.ts'
import { withThreads } from '../helpers/layer-jobs.ts'

async function load(flags: Parameters<typeof loadExperiment>[1]['flags']): Promise<Experiment> {
  return (await loadExperiment(nodeIo, { flags, sets: [] })).experiment
}

const SMALL = { model: 'olmoe-1b-7b', tokens: '4', iterations: '2', schedulers: ['ep', 'round-robin'] }
const generated = await load({ ...SMALL, layers: 'sample:2', seeds: '2' })
const wide = await load({ ...SMALL, layers: '1,4,9', hardware: 'fse-dp-3x3', baseline: 'round-robin' })
const recorded = await load({ tokens: '2', layers: '0,16', schedulers: ['ep', 'ep:prefetch=1', 'fse-dp'] })
const experiments = [
  generated,
  recorded,
  { ...wide, seeds: 2 },
  { ...recorded, name: 'the same trace once more', compat: 'paper' as const },
]

const hooks = {
  version: '1.0.0',
  onTraceRead: () => {},
  onProgress: async (_done: number, _total: number, _label: string) => {},
  onWarning: () => {},
}

/** Sends every job to a thread of its own turn, however short it is. */
function eagerPool(io: Io) {
  const pool = new JobPool(io)
  return {
    run: <T extends QueuedJob>(queue: Iterable<T> | AsyncIterable<T>) => {
      async function* dear() {
        for await (const queued of queue) yield { ...queued, costUs: 1e6 } as T
      }
      return pool.run(dear())
    },
    close: () => pool.close(),
  }
}

const inWords = (outcome: Outcome) => {
  const { index } = outcome
  if (outcome.kind === 'refused') return `${index}: ${outcome.error.message}`
  return outcome.kind === 'result' ? `${index}: ${outcome.result.baseline}` : `${index}: a record`
}

async function runEagerly(io: Io, all: readonly Experiment[], onProgress = hooks.onProgress) {
  const pool = eagerPool(io)
  try {
    return await runExperiments(io, all, { ...hooks, onProgress }, pool)
  } finally {
    await pool.close()
  }
}

test('results have the same bytes alone, in company, and for any number of threads', async () => {
  const alone: RunResult[] = []
  for (const experiment of experiments) alone.push(...(await runExperiments(nodeIo, [experiment], hooks)))
  expect(alone.map(({ seeds }) => seeds)).toEqual([[1, 2], [1], [1, 2], [1]])
  const expected = JSON.stringify(alone)
  expect(JSON.stringify(await runExperiments(nodeIo, experiments, hooks))).toBe(expected)
  expect(JSON.stringify(await runEagerly(withThreads(1), experiments))).toBe(expected)
  // Two threads for few layers: schedulers of a layer go to different jobs.
  expect(JSON.stringify(await runEagerly(withThreads(2), experiments))).toBe(expected)
})

test('schedulers that learn from token to token give the same beside each other as alone', async () => {
  const flags = { model: 'olmoe-1b-7b', hardware: 'dojo-5x5', requests: '40', decodeSteps: '6', layers: '3' }
  const learners = [
    'pred-only',
    'allo-pred:predict=5',
    'forecast-prefetch:evict=benefit',
    'forecast-prefetch:predictor=combined',
  ]
  const [together, ...alone] = await Promise.all(
    [learners, ...learners.map((one) => [one])].map(async (some) => {
      const experiment = await load({ ...flags, schedulers: ['round-robin', ...some] })
      return (await runExperiments(nodeIo, [experiment], hooks))[0]!
    }),
  )
  const resultsOf = (run: RunResult | undefined) => run!.results.slice(1)
  expect(resultsOf(together)).toEqual(alone.flatMap(resultsOf))
})

test('experiments on one trace read it once, and generated layers that several need are made once', async () => {
  const reads: string[] = []
  const io = {
    ...nodeIo,
    read: (path: string) => {
      reads.push(path)
      return nodeIo.read(path)
    },
  }
  await runExperiments(io, [recorded], hooks)
  const once = reads.length
  reads.length = 0
  await runExperiments(io, [recorded, generated, { ...recorded, compat: 'paper' }, recorded], hooks)
  expect(once).toBeGreaterThan(0)
  expect(reads).toHaveLength(once)

  const layers: number[] = []
  const pool = new JobPool(nodeIo)
  const noting = {
    run: async function* <T extends QueuedJob>(queue: Iterable<T> | AsyncIterable<T>) {
      for await (const done of pool.run(queue)) {
        if (done.queued.job.kind === 'layers') layers.push(...done.queued.job.layers)
        yield done
      }
    },
  }
  const onLayers = { ...wide, layers: { kind: 'list', layers: [2, 5] } } as const
  await runExperiments(nodeIo, [wide, onLayers, wide], hooks, noting)
  // Layer by layer, so that the layer made last serves all who need it.
  expect(layers).toEqual([1, 1, 2, 4, 4, 5, 9, 9])
})

test('long experiments on the same generated layers are simulated layer by layer, two after each other', async () => {
  const flags = {
    model: 'olmoe-1b-7b',
    tokens: '12',
    iterations: '3000',
    layers: '0,1,2,3,4,5,6,7',
    schedulers: ['ep'],
  }
  const meshes = await Promise.all(
    ['fse-dp-2x2', 'fse-dp-3x3', 'fse-dp-4x4'].map((hardware) => load({ ...flags, hardware })),
  )
  const order: unknown[] = []
  const pool = {
    run: async function* <T extends QueuedJob>(
      queue: Iterable<T> | AsyncIterable<T>,
    ): AsyncGenerator<Done<T>> {
      for await (const { job, follows = false } of queue) {
        if (job.kind === 'layers') order.push([job.setting.hardware.name, job.layers[0], follows])
      }
      yield* []
    },
  }
  for await (const outcome of eachOutcome(nodeIo, meshes, hooks, pool)) expect(outcome).toBeUndefined()
  const layers = [0, 1, 2, 3, 4, 5, 6, 7]
  expect(order).toEqual([
    ...layers.flatMap((layer) => [
      ['fse-dp-2x2', layer, false],
      ['fse-dp-3x3', layer, true],
    ]),
    ...layers.map((layer) => ['fse-dp-4x4', layer, false]),
  ])
})

describe('progress', () => {
  const progressOf = async (io: Io, all: readonly Experiment[]) => {
    const seen: [number, number, string][] = []
    await runEagerly(io, all, async (...args) => void seen.push(args))
    return seen
  }

  test('names the experiment where there are several', async () => {
    expect(await progressOf(nodeIo, [recorded, { ...wide, name: 'other' }])).toEqual([
      [3, 12, 'demo, layer 0'],
      [6, 12, 'demo, layer 16'],
      [8, 12, 'other, layer 1'],
      [10, 12, 'other, layer 4'],
      [12, 12, 'other, layer 9'],
    ])
  })

  test('never goes back, and ends with everything done, where schedulers of a layer are apart', async () => {
    const seen = await progressOf(withThreads(2), [recorded])
    expect(seen.map(([done]) => done)).toEqual([1, 2, 3, 4, 5, 6])
    expect(new Set(seen.map(([, total]) => total))).toEqual(new Set([6]))
  })
})

test('a result is handed over as soon as it is complete, not at the end of all', async () => {
  const events: string[] = []
  const onProgress = async (done: number) => void events.push(`${done}`)
  const pool = new JobPool(nodeIo)
  for await (const outcome of eachOutcome(nodeIo, [recorded, wide], { ...hooks, onProgress }, pool)) {
    events.push(inWords(outcome))
  }
  expect(events).toEqual(['3', '6', '0: ep', '8', '10', '12', '1: round-robin'])
})

test('experiments that cannot run are refused one by one, for any number of threads, and the others go on', async () => {
  const tooMany = { ...generated, workload: { kind: 'tokens', tokens: 10_000, iterations: 1 } } as const
  const noRoom = { ...wide, hardware: { ...wide.hardware, sramBytes: 1 } }
  const outcomesWith = async (io: Io) => {
    const seen: string[] = []
    const progress: number[] = []
    const pool = eagerPool(io)
    try {
      const onProgress = async (done: number, total: number) => void progress.push(done / total)
      const all = [tooMany, recorded, noRoom, wide]
      for await (const outcome of eachOutcome(io, all, { ...hooks, onProgress }, pool)) {
        seen.push(inWords(outcome))
      }
    } finally {
      await pool.close()
    }
    expect(progress.at(-1)).toBe(1)
    return seen
  }
  const seen = await outcomesWith(nodeIo)
  expect(seen.map((text) => text.slice(0, 2))).toEqual(['0:', '1:', '2:', '3:'])
  expect(seen[0]).toContain('10000 tokens')
  expect(seen[2]).toContain('SRAM')
  expect(await outcomesWith(withThreads(2))).toEqual(seen)
})

test('work that cannot be laid out is refused before any experiment is simulated', async () => {
  const seen: number[] = []
  const onProgress = async (done: number) => void seen.push(done)
  const tooMany = { ...generated, workload: { kind: 'tokens', tokens: 10_000, iterations: 1 } } as const
  const run = runExperiments(nodeIo, [recorded, tooMany], { ...hooks, onProgress })
  await expect(run).rejects.toThrow('10000 tokens')
  expect(seen).toEqual([])
})

test('no experiments give no results', async () => {
  expect(await runExperiments(nodeIo, [], hooks)).toEqual([])
})

describe('with records', async () => {
  const ahead = await load({ ...SMALL, layers: '3,4', schedulers: ['ep', 'forecast-prefetch:ahead=1'] })
  const cramped = { ...recorded, hardware: { ...recorded.hardware, sramBytes: 1 } }
  // Two layers of a generator go whole, as a thread keeps so many; three do not.
  const whole = [recorded, { ...generated, seeds: 1 }, ahead, { ...recorded, compat: 'paper' as const }]
  // So many that one of them is a small share of the work.
  const many = Array.from({ length: 8 }, () => [...whole, cramped, wide]).flat()

  test.each([0, 1, 2])(
    'short experiments come as the text of their record on %i threads, others as results',
    async (threads) => {
      const io = withThreads(threads)
      const expected = await runExperiments(nodeIo, whole, hooks)
      const kinds: string[] = []
      const records: string[] = []
      const pool = eagerPool(io)
      try {
        const options = { idOf: (index: number) => `point ${index}` }
        for await (const outcome of eachOutcome(io, many, hooks, pool, options)) {
          kinds[outcome.index] = outcome.kind
          if (outcome.kind === 'record') records[outcome.index] = outcome.record
        }
      } finally {
        await pool.close()
      }
      const round = ['record', 'record', 'record', 'record', 'refused', 'result']
      expect(kinds).toEqual(Array.from({ length: 8 }, () => round).flat())
      for (const [index, record] of records.entries()) {
        if (record === undefined) continue
        const result = expected[index % round.length]!
        expect(record).toBe(JSON.stringify(recordOf({ id: `point ${index}`, ...result })))
      }
    },
  )
})
