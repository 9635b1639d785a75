// A layer that is observed does the work of the run that it shows, whatever the experiment asks for.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Experiment } from '../../src/config/experiment/experiment.ts'
import { loadExperiment } from '../../src/config/load.ts'
import type { Compat } from '../../src/hardware/package.ts'
import { openStage } from '../../src/observe/stage.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'

const hooks = { version: 'x', onTraceRead: () => {}, onProgress: async () => {}, onWarning: () => {} }
const { experiment: loaded } = await loadExperiment(nodeIo, { flags: { model: 'olmoe-1b-7b' }, sets: [] })

const SCHEDULERS = ['ep', 'hydra', 'fse-dp', 'round-robin', 'forecast-prefetch', 'pred-only']
const FEW = ['ep', 'fse-dp', 'forecast-prefetch']

/** Eight experts in three layers behind a dense one; requests arrive four at a time. */
function experimentOf(texts: readonly string[], changes: Partial<Experiment> = {}): Experiment {
  const { compat = 'physical' } = changes
  const schedulers = texts.map((text) => resolveScheduler(splitSchedulerText(text)!, compat).resolved!)
  return {
    ...loaded,
    model: {
      ...loaded.model,
      ...{ layers: 4, moeLayers: [1, 2, 3], hidden: 64, expertIntermediate: 96, experts: 8, topK: 2 },
      ...{ denseIntermediate: 128, attention: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 8 } },
    },
    routing: {
      kind: 'generator',
      spec: { skew: 1, reuse: 0, topics: 2, requests: 12, prefillTokens: 4, decodeTokens: 8 },
    },
    workload: { kind: 'tokens', tokens: 8, iterations: 6, concurrent: 4 },
    ...{ schedulers, baseline: schedulers[0]!.id, ...changes },
  }
}

const paused = ['fse-dp:buffering=30', 'fse-dp:buffering=100,cold=4']
const endToEnd = { contextTokens: 64 }
const lockStep = { kind: 'requests', requests: 8, decodeSteps: 8 } as const

describe.each([
  ['schedulers of every kind', experimentOf(SCHEDULERS)],
  ['sampled layers', experimentOf(FEW, { layers: { kind: 'sample', count: 2 } })],
  ['token buffering', experimentOf(['ep', ...paused])],
  ['token buffering in lock step', experimentOf(['ep', ...paused], { workload: lockStep })],
  ['whole forward passes', experimentOf(FEW, { endToEnd })],
  ['whole forward passes with token buffering', experimentOf(['ep', ...paused], { endToEnd })],
  ['compat: paper', experimentOf(FEW, { compat: 'paper' satisfies Compat })],
  ['compat: paper, whole forward passes', experimentOf(['ep', ...paused], { compat: 'paper', endToEnd })],
])('an experiment with %s', (what, experiment) => {
  test('has in each layer, observed, the metrics of the run', async () => {
    const [result] = await runExperiments(nodeIo, [experiment], hooks)
    const stage = await openStage(nodeIo, experiment, hooks.onTraceRead)
    expect(stage.schedulers.map(({ id }) => id)).toEqual(result!.results.map(({ id }) => id))
    for (const [i, choice] of stage.schedulers.entries()) {
      const { metrics, layers } = result!.results[i]!
      // What the case is about has happened.
      if (choice.id.includes('buffering')) expect(metrics.deferrals!.value, choice.id).toBeGreaterThan(0)
      expect('latencyAttention' in metrics, choice.id).toBe(what.includes('whole forward passes'))
      expect(layers.map(({ layer }) => layer)).toEqual(stage.layers)
      for (const { layer, metrics } of layers) {
        const { speedup: _, ...ofRun } = metrics
        let spans = 0
        const observed = await stage.observe(choice, layer, { span: () => void spans++ })
        expect(observed, `${choice.id}, layer ${layer}`).toEqual(ofRun)
        expect(spans).toBeGreaterThan(0)
      }
    }
  })
})

test('an observer that has seen enough ends a layer early: there are no metrics then', async () => {
  const experiment = experimentOf(['ep'])
  const stage = await openStage(nodeIo, experiment, hooks.onTraceRead)
  let asked = 0
  const seen = await stage.observe(stage.schedulers[0]!, 1, { span: () => {} }, () => ++asked === 3)
  expect([seen, asked]).toEqual([undefined, 3])
})

test('a layer that is not simulated cannot be observed', async () => {
  const stage = await openStage(nodeIo, experimentOf(['ep']), hooks.onTraceRead)
  await expect(stage.observe(stage.schedulers[0]!, 0)).rejects.toThrow(
    'layer 0 is observed and not simulated',
  )
})
