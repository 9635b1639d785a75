// Token buffering in a whole run: the same work, other iterations, and refusals where it cannot be.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Experiment, SchedulerChoice } from '../../src/config/experiment/experiment.ts'
import { loadExperiment } from '../../src/config/load.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'

const { experiment: loaded } = await loadExperiment(nodeIo, {
  flags: { model: 'olmoe-1b-7b', schedulers: ['ep'] },
  sets: [],
})
/** Four layers, the first one dense, eight experts. */
const model: ModelShape = {
  ...loaded.model,
  layers: 4,
  moeLayers: [1, 2, 3],
  hidden: 64,
  expertIntermediate: 96,
  experts: 8,
  topK: 2,
  denseIntermediate: 128,
  attention: { kind: 'gqa', heads: 8, kvHeads: 2, headDim: 8 },
}
const choice = (text: string): SchedulerChoice =>
  resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
const texts = [
  'ep',
  'fse-dp',
  'fse-dp:buffering=30',
  'fse-dp:buffering=100,cold=4',
  'fse-dp:buffering=30,buffering-resume=warm,buffering-stagger=true',
  'fse-dp:buffering=50,buffering-unit=pair',
]
const base: Experiment = {
  ...loaded,
  model,
  routing: {
    kind: 'generator',
    spec: { skew: 1, reuse: 0, topics: 2, requests: 12, prefillTokens: 4, decodeTokens: 8 },
  },
  workload: { kind: 'tokens', tokens: 8, iterations: 12, concurrent: 4 },
  endToEnd: { contextTokens: 64 },
  schedulers: texts.map(choice),
}

async function run(changes: Partial<Experiment> = {}) {
  const experiment = { ...base, ...changes }
  const baseline = experiment.schedulers[0]!.id
  const [result] = await runExperiments(nodeIo, [{ ...experiment, baseline }], {
    version: '9.9.9',
    onTraceRead: () => {},
    onProgress: async () => {},
    onWarning: () => {},
  })
  return result!.results.map(({ id, metrics, layers }) => ({
    id,
    layers,
    value: (name: string) => metrics[name]?.value,
  }))
}

describe.each([
  ['tokens', {}],
  ['requests in lock step', { workload: { kind: 'requests', requests: 8, decodeSteps: 8 } as const }],
])('a run of %s with token buffering', (_, changes) => {
  test('does the work that it does without, and the experts’ part of it at most as often', async () => {
    const [, plain, ...buffered] = await run(changes)
    for (const { value } of buffered) {
      expect(value('deferrals')).toBeGreaterThan(0)
      expect(value('energyMac')).toBeCloseTo(plain!.value('energyMac')!, 15)
      const passes = (of: typeof value) => of('throughput')! * of('latency')!
      expect(passes(value) / passes(plain!.value)).toBeCloseTo(1, 9)
      expect(value('memoryWrite')).toBe(plain!.value('memoryWrite'))
      const { latency, latencyMoe } = { latency: value('latency')!, latencyMoe: value('latencyMoe')! }
      expect(latency).toBeGreaterThan(latencyMoe)
      expect(latencyMoe).not.toBe(plain!.value('latencyMoe'))
    }
  })

  test('counts pauses with the scheduler that pauses alone', async () => {
    const [ep, plain, some, many] = await run(changes)
    expect([ep, plain].map((result) => result!.value('deferrals'))).toEqual([undefined, undefined])
    expect(many!.value('deferrals')).toBeGreaterThan(some!.value('deferrals')!)
    expect(some!.layers.every(({ metrics }) => metrics.deferrals === undefined)).toBe(true)
  })

  test('leaves the schedulers beside it as they are', async () => {
    const [ep, plain] = await run(changes)
    const alone = await run({ ...changes, schedulers: texts.slice(0, 2).map(choice) })
    expect([ep!.layers, plain!.layers]).toEqual(alone.map(({ layers }) => layers))
  })
})

test('a pause in no pass is no buffering: 0 is off', async () => {
  const [plain, off] = await run({ schedulers: ['fse-dp:slots=9', 'fse-dp:slots=9,buffering=0'].map(choice) })
  expect(off!.id).toBe('fse-dp:slots=9')
  expect(off!.layers).toEqual(plain!.layers)
})

describe('a run that cannot buffer tokens is refused', () => {
  test('where layers are left out', async () => {
    const layers = { kind: 'list', layers: [1, 3] } as const
    await expect(run({ layers })).rejects.toThrow(
      'fse-dp:buffering=30 pauses requests on their way through all 3 MoE layers of olmoe-1b-7b, and 1, 3 are simulated',
    )
  })

  test('but not where a list names them all', async () => {
    const [, , listed] = await run({ layers: { kind: 'list', layers: [1, 2, 3] } })
    expect(listed!.value('deferrals')).toBeGreaterThan(0)
  })
})

describe('the experiment that asks for buffering', () => {
  const load = (iterations: number, buffering: number) =>
    loadExperiment(nodeIo, {
      flags: {
        model: 'olmoe-1b-7b',
        tokens: '16',
        iterations: `${iterations}`,
        schedulers: [`fse-dp:buffering=${buffering}`],
      },
      sets: ['end_to_end.context=16', 'generator.topics=1'],
    })

  test.each([
    [1, 100],
    [10, 10],
    [5, 20],
    [3, 30],
  ])('is warned that %d iterations are too few for %d percent', async (iterations, buffering) => {
    const { warnings } = await load(iterations, buffering)
    expect(warnings.map(({ severity }) => severity)).toEqual(['warning'])
    expect(JSON.stringify(warnings[0])).toContain(`it takes ${iterations} forward passes to earn a pause`)
  })

  test.each([
    [2, 100],
    [11, 10],
    [6, 20],
    [4, 30],
  ])('and not that %d are too few for %d percent', async (iterations, buffering) => {
    expect((await load(iterations, buffering)).warnings).toEqual([])
  })
})
