// Metrics as a run reports them: in layers, in the whole and over seeds, each where something was counted and nowhere else.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import type { Metrics, SchedulerResult } from '../../src/sim/result.ts'

const io = { ...nodeIo, workers: { ...nodeIo.workers, threads: 0 } }

async function run(hardware: string, schedulers: string[], seeds: string, sets: string[] = []) {
  const { experiment } = await loadExperiment(io, {
    flags: {
      ...{ hardware, model: 'olmoe-1b-7b', requests: '6', decodeSteps: '2', layers: '3,4,5' },
      ...{ schedulers, seeds },
    },
    sets: ['generator.prefill_tokens=3', 'generator.decode_tokens=2', ...sets],
  })
  const [result] = await runExperiments(io, [experiment], {
    version: '9.9.9',
    onTraceRead: () => {},
    onProgress: async () => {},
    onWarning: () => {},
  })
  return result!.results
}

/** Which a run of MoE layers always has. */
const MOE = [
  ...['latency', 'speedup', 'latencyPrefill', 'latencyDecode', 'throughput', 'throughputDecode'],
  'tokensPerIteration',
  ...['slicesPerExpert', 'boundRatio', 'boundCompute', 'boundMemory', 'boundLink', 'boundBisection'],
  ...['computeUtilization', 'peakSramPerDie', 'peakSramPackage', 'peakSramWeights', 'peakSramTokens'],
  ...['memoryRead', 'memoryReadWeights', 'memoryReadRemote', 'memoryWrite', 'd2dBytes', 'd2dByteHops'],
  ...['hops', 'hopsDecode', 'loadImbalance', 'channelImbalance', 'replicas', 'replicaBytes'],
]
const REPLICAS = ['predictionCoverage', 'predictionPrecision', 'predictionVain']
const AHEAD = ['aheadRead', 'aheadUsed', 'aheadCoverage', 'aheadTime', 'predictionVain']
/** Whole forward passes of a model without shared experts, on hardware that states its energy, area and power. */
const PASS = ['latencyMoe', 'latencyAttention', 'latencyRouter', 'memoryReadKv']
const BUDGETS = ['energy', 'energyMac', 'energyD2d', 'energyMemory', 'energyIdle', 'dieArea', 'packagePower']

/** What schedulers report on a wafer with caches, beside MOE. */
const WAFER = {
  ep: ['llcHits'],
  'ep:placement=prefill-dup': ['llcHits', 'placementMoveBytes'],
  hydra: ['llcHits'],
  'pred-only:predict=100': ['llcHits', ...REPLICAS],
  'fse-dp': ['llcHits'],
}
/** And end to end on a package. */
const PACKAGE = {
  ep: [...PASS, ...BUDGETS],
  'fse-dp-naive': [...PASS, ...BUDGETS],
  'forecast-prefetch:ahead=5,predictor=popularity': [...PASS, ...BUDGETS, ...AHEAD],
}

const wafer = await run('dojo-enhanced-5x5', Object.keys(WAFER), '1')
const ends = await run('fse-dp-2x2', Object.keys(PACKAGE), '1', ['end_to_end.context=64'])
const sampled = await run('fse-dp-2x2', ['ep', 'fse-dp'], '2')
const all: readonly SchedulerResult[] = [...wafer, ...ends]
const partsOf = ({ metrics, layers }: SchedulerResult): Metrics[] => [
  metrics,
  ...layers.map((layer) => layer.metrics),
]
const value = (metrics: Metrics, name: string) => metrics[name]!.value
const byValue = (names: readonly string[]) => [...names].sort()

describe('a run and its layers', () => {
  test.each([
    ...wafer.map((result) => ['wafer', result.id, result, WAFER[result.id as keyof typeof WAFER]] as const),
    ...ends.map(
      (result) => ['package', result.id, result, PACKAGE[result.id as keyof typeof PACKAGE]] as const,
    ),
  ])('on the %s report of %s what was counted, and nothing else', (_on, _id, result, others) => {
    expect(byValue(Object.keys(result.metrics))).toEqual(byValue([...MOE, ...others]))
    // What happened in some layers only is in those alone.
    const found = new Set(result.layers.flatMap(({ metrics }) => Object.keys(metrics)))
    expect(byValue([...found])).toEqual(byValue([...MOE, ...others]))
  })

  test('report numbers, no ratio or share of nothing', () => {
    const odd = all.flatMap((result) =>
      partsOf(result).flatMap((metrics) =>
        Object.entries(metrics).filter(([, metric]) => !Number.isFinite(metric.value) || metric.value < 0),
      ),
    )
    expect(odd).toEqual([])
  })

  test('hold at their peak weights and tokens, and nothing else', () => {
    for (const metrics of all.flatMap(partsOf)) {
      const { peakSramPackage, peakSramWeights, peakSramTokens } = metrics
      expect(peakSramWeights!.value + peakSramTokens!.value).toBe(peakSramPackage!.value)
      expect(peakSramWeights!.value).toBeGreaterThan(0)
      expect(peakSramPackage!.value).toBeGreaterThanOrEqual(value(metrics, 'peakSramPerDie'))
    }
  })

  test.each(all.map((result) => [result.id, result] as const))('of %s peak together', (_id, result) => {
    for (const name of ['peakSramPerDie', 'peakSramPackage']) {
      const peaks = result.layers.map(({ metrics }) => value(metrics, name))
      expect(value(result.metrics, name)).toBe(Math.max(...peaks))
    }
    // What the package held is what it held in the layer of its peak.
    const peaking = result.layers.find(
      ({ metrics }) => value(metrics, 'peakSramPackage') === value(result.metrics, 'peakSramPackage'),
    )
    for (const name of ['peakSramWeights', 'peakSramTokens'])
      expect(value(result.metrics, name)).toBe(value(peaking!.metrics, name))
  })

  test.each(all.map((result) => [result.id, result] as const))('of %s add up', (_id, { metrics, layers }) => {
    const SUMS = ['ps', 'B', 'B.hop', 'count', 'J']
    const isSum = (name: string) =>
      SUMS.includes(metrics[name]!.unit) && !name.startsWith('peak') && name !== 'slicesPerExpert'
    for (const name of Object.keys(metrics).filter(isSum)) {
      const sum = layers.reduce((total, layer) => total + (layer.metrics[name]?.value ?? 0), 0)
      expect(value(metrics, name) / (sum || 1), name).toBeCloseTo(sum === 0 ? 0 : 1, 9)
    }
    // Three layers of equally many iterations: the mean over iterations is that over layers.
    const mean = layers.reduce((total, layer) => total + value(layer.metrics, 'loadImbalance') / 3, 0)
    expect(value(metrics, 'loadImbalance')).toBeCloseTo(mean, 9)
  })

  test('are there in every seed, and report the mean of all', () => {
    for (const { metrics } of sampled) {
      expect(byValue(Object.keys(metrics))).toEqual(byValue([...MOE, ...BUDGETS]))
      for (const [name, metric] of Object.entries(metrics)) {
        const [first, second, ...none] = metric.bySeed!
        expect(none).toEqual([])
        expect(metric.value / ((first! + second!) / 2 || 1), name).toBeCloseTo(metric.value === 0 ? 0 : 1, 9)
      }
      const seed = (name: string, at: number) => metrics[name]!.bySeed![at]!
      for (const at of [0, 1])
        expect(seed('peakSramWeights', at) + seed('peakSramTokens', at)).toBe(seed('peakSramPackage', at))
    }
  })
})
