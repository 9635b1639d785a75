// A run as data: hashes, seeds, progress, and the errors that come before any simulation.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Experiment } from '../../src/config/experiment/experiment.ts'
import { loadExperiment } from '../../src/config/load.ts'
import type { Diagnostic } from '../../src/errors.ts'
import { runExperiments } from '../../src/run/run-many.ts'

/** OLMoE (16 layers, generated routing), 32 tokens, on the 2x2 edge package. */
const { experiment: base } = await loadExperiment(nodeIo, {
  flags: {
    model: 'olmoe-1b-7b',
    tokens: '32',
    iterations: '2',
    layers: 'sample:2',
    schedulers: ['ep', 'fse-dp'],
  },
  sets: [],
})

async function run(changes: Partial<Experiment> = {}) {
  const progress: [number, number, string][] = []
  const warnings: Diagnostic[] = []
  const [result] = await runExperiments(nodeIo, [{ ...base, ...changes }], {
    version: '9.9.9',
    onTraceRead: () => {},
    onProgress: async (done, total, label) => {
      progress.push([done, total, label])
    },
    onWarning: (warning) => warnings.push(warning),
  })
  return { result: result!, progress, warnings }
}

describe('a run', () => {
  test('simulates every scheduler on the same sampled layers', async () => {
    const { result } = await run()
    const [ep, fseDp] = result.results.map(({ layers }) => layers.map(({ layer }) => layer))
    expect(ep).toHaveLength(2)
    expect(fseDp).toEqual(ep)
    expect(result).toMatchObject({ schemaVersion: 1, moesim: '9.9.9', baseline: 'ep', seeds: [1] })
  })

  test('adds up: its latency is the sum of its layers', async () => {
    const { result } = await run()
    for (const { metrics, layers } of result.results) {
      const sum = layers.reduce((ps, layer) => ps + (layer.metrics.latency?.value ?? 0), 0)
      expect(metrics.latency?.value).toBe(sum)
    }
  })

  test('reports progress over all seeds and layers, each layer once for every scheduler', async () => {
    const layers = { kind: 'list', layers: [3, 8] } as const
    const { progress } = await run({ seeds: 2, layers })
    expect(progress).toEqual([
      [2, 8, 'layer 3, seed 1'],
      [4, 8, 'layer 8, seed 1'],
      [6, 8, 'layer 3, seed 2'],
      [8, 8, 'layer 8, seed 2'],
    ])
  })

  test('stops where the progress hook throws', async () => {
    const hooks = {
      version: '',
      onTraceRead: () => {},
      onProgress: () => Promise.reject(new Error('enough')),
      onWarning: () => {},
    }
    await expect(runExperiments(nodeIo, [base], hooks)).rejects.toThrow('enough')
  })
})

describe('hashes', () => {
  test('the config hash depends on the experiment, not on where the result goes', async () => {
    const [first, elsewhere, larger] = await Promise.all([
      run(),
      run({ output: { format: 'csv', file: 'x.csv' } }),
      run({ workload: { kind: 'tokens', tokens: 33, iterations: 1 } }),
    ])
    expect(elsewhere.result.configSha256).toBe(first.result.configSha256)
    expect(larger.result.configSha256).not.toBe(first.result.configSha256)
  })

  test('the routing hash of several seeds is that of all of their routings', async () => {
    const hashOf = async (seed: number, seeds: number) => (await run({ seed, seeds })).result.traceSha256
    const hashes = await Promise.all([hashOf(1, 1), hashOf(2, 1), hashOf(1, 2), hashOf(1, 2)])
    expect(hashes[2]).toBe(hashes[3])
    expect(new Set(hashes).size).toBe(3)
  })

  test('a trace has one hash whatever the number of seeds', async () => {
    const trace = {
      model: (await loadExperiment(nodeIo, { flags: {}, sets: [] })).experiment.model,
      routing: {
        kind: 'trace',
        path: nodeIo.bundled('traces', 'qwen3-30b-a3b-demo.csv.gz'),
      },
      layers: { kind: 'list', layers: [0] },
      workload: { kind: 'tokens', tokens: 4, iterations: 1 },
    } as const
    const [one, three] = await Promise.all([run(trace), run({ ...trace, seeds: 3 })])
    expect(three.result.traceSha256).toBe(one.result.traceSha256)
    expect(one.warnings).toEqual([])
    expect(three.warnings.map(({ code, severity }) => [code, severity])).toEqual([['conflict', 'warning']])
    // Nothing varies, so every interval is exactly zero.
    expect(three.result.results[1]?.metrics.latency?.ci95).toBe(0)
  })
})

test('work that cannot be laid out is refused before anything is simulated', async () => {
  const progress: unknown[] = []
  const hooks = {
    version: '',
    onTraceRead: () => {},
    onProgress: async () => {
      progress.push('simulated')
    },
    onWarning: () => {},
  }
  const tooMany = { ...base, workload: { kind: 'tokens', tokens: 10_000, iterations: 1 } } as const
  await expect(runExperiments(nodeIo, [tooMany], hooks)).rejects.toThrow('10000 tokens')
  expect(progress).toEqual([])
})
