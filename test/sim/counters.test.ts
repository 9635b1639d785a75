// Counters add up by their kind alone: all that are declared, and one more that a part declares.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { Bug } from '../../src/errors.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import { addCounters } from '../../src/sim/counters.ts'
import { LayerMachine } from '../../src/sim/machine/machine.ts'
import type { Traffic } from '../../src/sim/machine/traffic.ts'
import type { MetricDefinition } from '../../src/sim/metrics/metric.ts'
import { METRICS } from '../../src/sim/metrics/metrics.ts'
import { Totals } from '../../src/sim/metrics/totals.ts'
import type { Metrics } from '../../src/sim/result.ts'

describe('of two counters', () => {
  const added = (into: object, ...from: readonly object[]) => {
    for (const counters of from) addCounters(into, counters)
    return into
  }

  it('numbers add up, those of records name by name, values by die die by die', () => {
    const counted = { bytes: 3, parts: { attention: 1, router: 10 }, dieFlop: Float64Array.of(1, 20) }
    expect(added({ bytes: 4 }, counted, counted)).toEqual({
      bytes: 10,
      parts: { attention: 2, router: 20 },
      dieFlop: Float64Array.of(2, 40),
    })
  })

  it('values by die are as many as there are dies, whichever comes first', () => {
    const [none, some] = [{ dieFlop: new Float64Array() }, { dieFlop: Float64Array.of(1, 2) }]
    expect(added({ ...none }, some)).toEqual(some)
    expect(added({ ...some }, none)).toEqual(some)
  })

  it('of peaks the highest stays, with what was noted beside it: of equal ones the first', () => {
    const peaks = [7, 9, 9, 8].map((peak, at) => ({ fill: { peak, at } }))
    expect(added({ fill: { peak: 0, at: -1 } }, ...peaks)).toEqual({ fill: { peak: 9, at: 1 } })
    expect(added({}, ...peaks)).toEqual({ fill: { peak: 9, at: 1 } })
  })

  it('what is not counted adds nothing, and is counted from the first on that is, be it 0', () => {
    expect(added({ deferrals: undefined }, { deferrals: undefined })).toEqual({ deferrals: undefined })
    expect(added({ deferrals: undefined }, { deferrals: 0 }, { deferrals: undefined })).toEqual({
      deferrals: 0,
    })
  })

  it('the second one stays as it is, whatever is added to the first one later', () => {
    const counted = { parts: { router: 1 }, dieFlop: Float64Array.of(1), fill: { peak: 1 } }
    const sum = added({}, counted, counted, { ...counted, fill: { peak: 5 } })
    expect(sum).toEqual({ parts: { router: 3 }, dieFlop: Float64Array.of(3), fill: { peak: 5 } })
    expect(counted).toEqual({ parts: { router: 1 }, dieFlop: Float64Array.of(1), fill: { peak: 1 } })
  })

  it.each([['text'], [true], [null], [() => 1]])('%s is none', (value) => {
    expect(() => addCounters({}, { odd: value })).toThrow(Bug)
  })
})

/** The same counters with a number of its own, times `factor`, in each that adds up; peaks get their number as it is. */
function filled(factor: number): Totals {
  let next = 1
  const fill = (counters: object): object =>
    Object.fromEntries(
      Object.entries(counters).map(([name, counter]) => {
        if (counter instanceof Float64Array) return [name, Float64Array.of(next++ * factor, next++ * factor)]
        if (typeof counter === 'object' && 'peak' in counter) return [name, { ...counter, peak: next++ }]
        return [name, typeof counter === 'object' ? fill(counter) : next++ * factor]
      }),
    )
  return fill(new Totals()) as Totals
}

describe('the counters of a run', () => {
  it('are those of its layers, every one that is declared, on either side of a thread’s border', () => {
    const run = new Totals()
    for (const layer of [filled(1), structuredClone(filled(2))]) addCounters(run, layer)
    expect({ ...run }).toEqual(filled(3))
  })
})

describe('a counter that a part declares and raises', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    for (const name of ['madeUp', 'loads']) delete (METRICS as Record<string, MetricDefinition>)[name]
  })

  it('is in layers, run and seeds with nothing but a row in the table of metrics', async () => {
    type Declared = Traffic & { madeUp?: number }
    const { load } = LayerMachine.prototype
    vi.spyOn(LayerMachine.prototype, 'load').mockImplementation(function (this: LayerMachine, ...job) {
      const traffic: Declared = this.traffic
      traffic.madeUp = (traffic.madeUp ?? 0) + 1
      load.apply(this, job)
    })
    const row = { unit: 'count', definition: 'slices read' }
    Object.assign(METRICS, {
      madeUp: { ...row, of: ({ traffic }: { traffic: Declared }) => traffic.madeUp },
      loads: { ...row, of: ({ traffic }: Totals) => traffic.sliceLoads },
    })
    const flags = { model: 'olmoe-1b-7b', tokens: '8', iterations: '2', layers: '3,8', seeds: '2' }
    const { experiment } = await loadExperiment(nodeIo, {
      flags: { ...flags, schedulers: ['ep', 'fse-dp'] },
      sets: [],
    })
    const io = { ...nodeIo, workers: { ...nodeIo.workers, threads: 0 } }
    const hooks = { onTraceRead: () => {}, onProgress: async () => {}, onWarning: () => {} }
    const [result] = await runExperiments(io, [experiment], { version: '9.9.9', ...hooks })
    const both = ({ madeUp, loads }: Metrics) => [madeUp, loads]
    for (const { metrics, layers } of result!.results) {
      for (const { metrics: ofLayer } of layers) expect(ofLayer.madeUp!.value).toBeGreaterThan(0)
      for (const [madeUp, loads] of [metrics, ...layers.map((layer) => layer.metrics)].map(both))
        expect(madeUp).toEqual(loads)
      const sum = layers.reduce((total, layer) => total + layer.metrics.madeUp!.value, 0)
      expect(metrics.madeUp!.value).toBeCloseTo(sum, 9)
      const [first, second] = metrics.madeUp!.bySeed!
      expect(metrics.madeUp!.value).toBe((first! + second!) / 2)
    }
  })
})
