// The pool: order, errors and ends are the same for any number of threads.
import { describe, expect, test } from 'vitest'
import { Bug, describe as inWords, UserError } from '../../src/errors.ts'
import type { Io } from '../../src/io.ts'
import type { LayerJob, QueuedJob } from '../../src/run/jobs.ts'
import { JobPool } from '../../src/run/pool.ts'
import { onOneDie, tinyJob, tinySetting, withThreads } from '../helpers/layer-jobs.ts'

const SECOND_US = 1e6

type Queue = Iterable<QueuedJob<LayerJob>> | AsyncIterable<QueuedJob<LayerJob>>

/** Dear enough that threads are started, and that each job goes alone. */
const dear = (layer: number, setting = tinySetting()): QueuedJob<LayerJob> => ({
  job: tinyJob(layer, setting),
  costUs: SECOND_US,
})
const cheap = (layer: number, setting = tinySetting()): QueuedJob<LayerJob> => ({
  job: tinyJob(layer, setting),
  costUs: 1,
})

/** SRAM that no piece of an expert fits into. */
const impossible = tinySetting({ hardware: { ...tinySetting().hardware, sramBytes: 1 } })

/** What comes of the jobs of a queue, each asked for after `look` has seen the one before; a refused one ends it. */
async function each(pool: JobPool, queue: Queue, look: (layer: number, totals: string) => void) {
  for await (const { queued, outcome } of pool.run(queue)) {
    if (outcome.kind === 'refused') throw outcome.error
    look(queued.job.layers[0]!, JSON.stringify(outcome))
  }
}

/** The layers in the order in which they were handed over with their totals as JSON, and the error if there was one. */
async function runAll(io: Io, queue: Queue) {
  const pool = new JobPool(io)
  const layers: number[] = []
  const totals: string[] = []
  try {
    await each(pool, queue, (layer, ofJob) => {
      layers.push(layer)
      totals.push(ofJob)
    })
    return { layers, totals, error: undefined }
  } catch (error) {
    return { layers, totals, error }
  } finally {
    await pool.close()
  }
}

const LAYERS = [5, 0, 3, 7, 1, 2, 4, 6]

describe.each([0, 1, 2])('with %i threads', (threads) => {
  const io = withThreads(threads)

  test('refused jobs are handed over in their place, and those behind them in the same message still run', async () => {
    const queue = Array.from({ length: 24 }, (_, i) => {
      const setting = i % 3 === 1 ? impossible : tinySetting()
      return i === 0 ? dear(0) : cheap(LAYERS[i % 8]!, setting)
    })
    const pool = new JobPool(io)
    const seen: [number, string][] = []
    try {
      for await (const { queued, outcome } of pool.run(queue)) {
        const what = outcome.kind === 'refused' ? outcome.error.constructor.name : 'done'
        seen.push([queue.indexOf(queued), what])
      }
    } finally {
      await pool.close()
    }
    expect(seen).toEqual(queue.map((_, i) => [i, i % 3 === 1 ? 'UserError' : 'done']))
  })

  test('totals are handed over in the order of the jobs, the same as on the main thread', async () => {
    const expected = await runAll(
      withThreads(0),
      LAYERS.map((layer) => dear(layer)),
    )
    const got = await runAll(
      io,
      LAYERS.map((layer) => dear(layer)),
    )
    expect(got.error).toBeUndefined()
    expect(got.layers).toEqual(LAYERS)
    expect(got.totals).toEqual(expected.totals)
  })

  test('many short jobs share messages, and settings within them', async () => {
    const settings = [tinySetting(), onOneDie()]
    const queue = Array.from({ length: 100 }, (_, i) =>
      i === 0 ? dear(0) : cheap(LAYERS[i % 8]!, settings[i % 2]),
    )
    const expected = await runAll(withThreads(0), queue)
    const got = await runAll(io, queue)
    expect(got).toEqual(expected)
    expect(got.layers).toHaveLength(100)
  })

  test('a user error arrives as one with its findings, after the jobs before it', async () => {
    const { layers, error } = await runAll(io, [dear(1), dear(2), dear(3, impossible), dear(4)])
    expect(layers).toEqual([1, 2])
    expect(error).toBeInstanceOf(UserError)
    const [finding] = (error as UserError).diagnostics
    expect(finding).toMatchObject({ code: 'capacity', severity: 'error' })
    expect(inWords(finding!)).toContain('use a larger "sram"')
  })

  test('of several errors the one of the first job is thrown, whichever is found first', async () => {
    const { layers, error } = await runAll(io, [dear(1), dear(99), dear(2, impossible)])
    expect(layers).toEqual([1])
    expect(error).toBeInstanceOf(Bug)
    expect((error as Bug).message).toBe('layer 99 asked of tables that have it not')
    expect((error as Bug).stack).toContain('portable')
  })

  test('whoever takes what is done ends the run by an error', async () => {
    const pool = new JobPool(io)
    const seen: number[] = []
    const queue = LAYERS.map((layer) => dear(layer))
    const run = each(pool, queue, (layer) => {
      seen.push(layer)
      if (seen.length === 2) throw new Error('enough')
    })
    await expect(run).rejects.toThrow('enough')
    expect(seen).toEqual([5, 0])
    await pool.close()
  })

  test.each([
    // Too short to wait for, though each goes alone.
    ['short', 250_000, 16, 1],
    ['long', SECOND_US, 5, 1],
    // One that runs, and one behind it, however long they take.
    ['very long', 100 * SECOND_US, 2, 1],
    // The second goes with the first.
    ['very long', 100 * SECOND_US, 2, 2],
  ])(
    'of %s jobs as many are under way as there is room for',
    async (_length, costUs, perThread, together) => {
      let taken = 0
      let done = 0
      let furthest = 0
      async function* queue() {
        for (; taken < 80; taken++) {
          furthest = Math.max(furthest, taken - done)
          // The first is dear enough that threads are started.
          yield taken === 0 ? dear(0) : { ...dear(taken % 8), costUs, follows: taken % together > 0 }
        }
      }
      const pool = new JobPool(io)
      await each(pool, queue(), () => {
        done++
      })
      await pool.close()
      expect(done).toBe(80)
      // Tasks are asked for one at a time, the next after the oldest have been handed over; one more is asked for to see
      // whether it goes with those before it.
      expect(furthest).toBe(threads === 0 ? 0 : perThread * together * threads)
    },
  )

  test('an interruption ends the run with its reason', async () => {
    const stopper = new AbortController()
    const checkpoint = async () => stopper.signal.throwIfAborted()
    const interrupted = withThreads(threads, { interruption: { signal: stopper.signal, checkpoint } })
    async function* endless() {
      for (let i = 0; ; i++) yield dear(i % 8)
    }
    const pool = new JobPool(interrupted)
    const run = each(pool, endless(), (layer) => {
      if (layer === 7) stopper.abort(new Error('Ctrl-C'))
    })
    await expect(run).rejects.toThrow('Ctrl-C')
    await pool.close()
  })
})

test('an interruption ends a job that takes for ever', async () => {
  const rows = Int32Array.from({ length: 24 }, (_, i) => i)
  const iteration = { phase: 'decode' as const, rows, requests: new Int32Array(24) }
  const long = tinySetting({ iterations: Array.from({ length: 200_000 }, () => iteration) })
  const stopper = new AbortController()
  const interruption = { signal: stopper.signal, checkpoint: async () => {} }
  const pool = new JobPool(withThreads(1, { interruption }))
  const done: number[] = []
  const run = each(pool, [dear(0), dear(1, long)], (layer) => {
    done.push(layer)
    stopper.abort(new Error('Ctrl-C'))
  })
  await expect(run).rejects.toThrow('Ctrl-C')
  expect(done).toEqual([0])
})

test('short runs start no thread: there need not be a file for it', async () => {
  const io = withThreads(2)
  const nowhere = { ...io, workers: { ...io.workers, file: '/nowhere/worker.js' } }
  const { layers, error } = await runAll(
    nowhere,
    LAYERS.map((layer) => cheap(layer)),
  )
  expect({ layers, error }).toEqual({ layers: LAYERS, error: undefined })
})

test('threads that cannot start say why instead of hanging', async () => {
  const io = withThreads(2)
  const nowhere = { ...io, workers: { ...io.workers, file: '/nowhere/worker.js' } }
  const { layers, error } = await runAll(nowhere, [dear(0), dear(1)])
  expect(layers).toEqual([])
  expect((error as Error).message).toContain('/nowhere/worker.js')
})

test('a thread that runs out of memory is a user error that says what to do', async () => {
  const io = withThreads(2)
  const tight = { ...io, workers: { ...io.workers, heapBytes: 2 * 3 * 2 ** 20 } }
  const { layers, error } = await runAll(tight, [dear(0), dear(1)])
  expect(layers).toEqual([])
  expect((error as UserError).diagnostics).toMatchObject([
    {
      code: 'capacity',
      args: { what: 'simulating a layer of tiny on frames', has: '3.15 MB for each of 2 threads' },
    },
  ])
  expect((error as Error).message).toContain('--workers 1')
})

test('threads stay between runs, and no listener is left behind', async () => {
  const stopper = new AbortController()
  let listeners = 0
  const signal = new Proxy(stopper.signal, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (key === 'addEventListener') listeners++
        if (key === 'removeEventListener') listeners--
        return value.apply(target, args)
      }
    },
  })
  const pool = new JobPool(withThreads(1, { interruption: { signal, checkpoint: async () => {} } }))
  const layers: number[] = []
  for (const layer of [1, 2, 3]) {
    await each(pool, [dear(layer)], (of) => void layers.push(of))
    expect(listeners).toBe(0)
  }
  // A short run uses threads that are there.
  await each(pool, [cheap(4)], (of) => void layers.push(of))
  await pool.close()
  expect(layers).toEqual([1, 2, 3, 4])
})

test.each([
  ['four seconds of work are not', 2, 4, 0],
  ['eight are, which is said once', 2, 8, 1],
  ['without threads four are not', 0, 4, 0],
  ['without threads eight are', 0, 8, 1],
] as const)('a run is known to be long from what it is given: %s', async (_what, threads, jobs, expected) => {
  let told = 0
  const io = withThreads(threads)
  const onLong = () => {
    told++
  }
  const { error } = await runAll(
    { ...io, workers: { ...io.workers, onLong } },
    LAYERS.slice(0, jobs).map((layer) => dear(layer)),
  )
  expect(error).toBeUndefined()
  expect(told).toBe(expected)
})
