// Metrics of made-up totals: what each is, and which are there at all where something was counted and where nothing was.
import { describe, expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { Bug } from '../../../src/errors.ts'
import { MemoryTiming } from '../../../src/hardware/memory.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { metricsOf } from '../../../src/sim/metrics/metrics.ts'
import { Totals } from '../../../src/sim/metrics/totals.ts'
import { bundledIo } from '../../config/bundled-io.ts'
import { tinyModel } from '../../helpers/frames.ts'

const chip = await loadHardware(bundledIo(), 'fse-dp-2x2')
const bare: HardwareSpec = { ...chip, energy: undefined, area: undefined, power: undefined }
const { llc } = await loadHardware(bundledIo(), 'dojo-enhanced-5x5')
const cached: HardwareSpec = { ...bare, llc }

const model = { ...tinyModel(8, 1), layers: 2, moeLayers: [0, 1] }

/** A run of four decode iterations of one layer, in which nothing happened that need not. */
function plain(): Totals {
  const totals = new Totals()
  const { traffic, sram, slicesPerExpert } = totals
  Object.assign(totals, { latencyPs: 2e6, decodePs: 2e6, boundPs: 1e6, flop: 4e6, iterations: 4 })
  Object.assign(totals, { tokenLayers: 32, decodeTokenLayers: 32, imbalanceSum: 6, busiestChannelBytes: 48 })
  Object.assign(totals.bounds, { compute: 11, memory: 12, link: 13, bisection: 14 })
  Object.assign(traffic, { weightReadBytes: 101, weightReadRemoteBytes: 31, activationReadBytes: 7 })
  Object.assign(traffic, { channelBytes: Float64Array.of(30, 48, 30, 12) })
  Object.assign(traffic, { linkBytes: 41, linkByteHops: 83, hops: 5, sliceLoads: 9 })
  Object.assign(sram.packageBytes, { peak: 60, weights: 30, receive: 20, tokens: 10 })
  sram.dieBytes.peak = 25
  slicesPerExpert.peak = 3
  return totals
}

function metrics(change: (totals: Totals) => void = () => {}, hardware = bare): Record<string, number> {
  const totals = plain()
  change(totals)
  const entries = Object.entries(metricsOf(totals, packageOf({ hardware, model, compat: 'physical' })))
  return Object.fromEntries(entries.map(([name, { value }]) => [name, value]))
}

const PLAIN = {
  latency: 2e6,
  throughput: (32 * 1e12) / (2e6 * 2),
  throughputDecode: (32 * 1e12) / (2e6 * 2),
  tokensPerIteration: 8,
  slicesPerExpert: 3,
  boundRatio: 2,
  boundCompute: 11,
  boundMemory: 12,
  boundLink: 13,
  boundBisection: 14,
  computeUtilization: 4e6 / (3.2768 * 4 * 2e6),
  peakSramPerDie: 25,
  peakSramPackage: 60,
  peakSramWeights: 50,
  peakSramTokens: 10,
  memoryRead: 108,
  memoryReadWeights: 101,
  memoryReadRemote: 31,
  memoryWrite: 0,
  d2dBytes: 41,
  d2dByteHops: 83,
  hops: 5,
  loadImbalance: 1.5,
  channelImbalance: 1.6,
  replicas: 0,
  replicaBytes: 0,
}

describe('of a plain run', () => {
  it('there are those that every run has, and no other', () => {
    const found = metrics()
    expect(Object.keys(found)).toEqual(Object.keys(PLAIN))
    for (const [name, value] of Object.entries(PLAIN)) expect(found[name], name).toBeCloseTo(value, 9)
  })

  it('weights and tokens in the package are all that it holds at its peak', () => {
    const { peakSramPackage, peakSramWeights, peakSramTokens } = metrics()
    expect(peakSramWeights! + peakSramTokens!).toBe(peakSramPackage)
  })
})

/** What appears beside the metrics of a plain run, or is another value than there. */
function more(change: (totals: Totals) => void, hardware = bare): Record<string, number> {
  const before: Record<string, number> = PLAIN
  const changed = Object.entries(metrics(change, hardware)).filter(([name, value]) => {
    return before[name] === undefined || Math.abs(before[name] - value) > 1e-9
  })
  return Object.fromEntries(changed)
}

const aheadPs = (bytes: number) =>
  bytes / (bare.memory.channelDies.length * new MemoryTiming(bare.memory).bestBytesPerPs)

describe('there are, where it was counted,', () => {
  it('prefill and decode apart only where there were both', () => {
    const both = { prefillPs: 5e5, decodePs: 1.5e6, decodeHops: 4 }
    expect(more((totals) => Object.assign(totals, both))).toEqual({
      latencyPrefill: 5e5,
      latencyDecode: 1.5e6,
      hopsDecode: 4,
      throughputDecode: (32 * 1e12) / (1.5e6 * 2),
    })
    // However short.
    expect(more((totals) => Object.assign(totals, { prefillPs: 1, decodePs: 1 }))).toMatchObject({
      latencyPrefill: 1,
      latencyDecode: 1,
      throughputDecode: (32 * 1e12) / 2,
    })
    const prefill = { prefillPs: 2e6, decodePs: 0 }
    expect(Object.keys(metrics((totals) => Object.assign(totals, prefill)))).toEqual(
      Object.keys(PLAIN).filter((name) => name !== 'throughputDecode'),
    )
  })

  it('parts of a forward pass: attention makes it end to end, and the others are there where the model has them', () => {
    const kv = { kvReadBytes: 1000, kvWriteBytes: 100 }
    expect(
      more((totals) => {
        Object.assign(totals, kv)
        Object.assign(totals.partPs, { attention: 1e5, router: 2e5 })
      }),
    ).toEqual({
      latencyMoe: 1.7e6,
      latencyAttention: 1e5,
      latencyRouter: 2e5,
      memoryRead: 1108,
      memoryReadKv: 1000,
      memoryWrite: 100,
    })
    expect(more(({ partPs }) => Object.assign(partPs, { shared: 1, dense: 2 }))).toEqual({
      latencyShared: 1,
      latencyDense: 2,
    })
  })

  it('pauses of token buffering, none included', () => {
    expect(more((totals) => Object.assign(totals, { deferrals: 0, flushIterations: 2 }))).toEqual({
      deferrals: 0,
      flushIterations: 2,
    })
  })

  it('hits of a cache, none included, on hardware that has one', () => {
    expect(more(() => {}, cached)).toEqual({ llcHits: 0 })
    expect(more(({ traffic }) => Object.assign(traffic, { llcHits: 6 }), cached)).toEqual({ llcHits: 6 })
    expect(more(({ traffic }) => Object.assign(traffic, { llcHits: 6 }))).toEqual({})
  })

  it('weights that moved for a placement, and the copies it made', () => {
    const holdings = { movedBytes: 70, extraCopies: 2.5, extraBytes: 80 }
    expect(more((totals) => Object.assign(totals.holdings, holdings))).toEqual({
      placementMoveBytes: 70,
      replicas: 2.5,
      replicaBytes: 80,
    })
  })

  it('what replicas were worth, where one was made', () => {
    const replicas = { made: 8, used: 2, madeBytes: 800, usedBytes: 200 }
    expect(
      more((totals) => {
        Object.assign(totals.replicas, replicas)
        Object.assign(totals.traffic, { replicaLoads: 3, remoteLoads: 9, replicaWriteBytes: 800 })
      }),
    ).toEqual({
      predictionCoverage: 0.25,
      predictionPrecision: 0.25,
      predictionVain: 600,
      memoryWrite: 800,
    })
    expect(more(({ traffic }) => Object.assign(traffic, { remoteLoads: 9 }))).toEqual({})
  })

  it('no share of nothing: replicas that no slice could have come from, reads ahead in a layer without loads', () => {
    expect(more(({ replicas }) => Object.assign(replicas, { made: 2, madeBytes: 200 }))).toEqual({
      predictionPrecision: 0,
      predictionVain: 200,
    })
    const idle = { aheadReadBytes: 500, sliceLoads: 0 }
    expect(more(({ traffic }) => Object.assign(traffic, idle))).not.toHaveProperty('aheadCoverage')
  })

  it('no average over iterations where there were none', () => {
    const none = metrics((totals) => Object.assign(totals, { iterations: 0, latencyPs: 0, boundPs: 0 }))
    for (const name of [
      'tokensPerIteration',
      'loadImbalance',
      'throughput',
      'boundRatio',
      'computeUtilization',
    ])
      expect(none).not.toHaveProperty(name)
  })

  it('a value that is no number is a bug, whatever format it would have been written in', () => {
    expect(() => metrics((totals) => Object.assign(totals, { imbalanceSum: Number.NaN }))).toThrow(Bug)
  })

  it.each([
    [
      { aheadReadBytes: 500 },
      { aheadRead: 500, aheadUsed: 0, aheadCoverage: 0, aheadTime: 0, predictionVain: 0 },
    ],
    [
      { aheadUsedBytes: 300, aheadUses: 3 },
      { aheadRead: 0, aheadUsed: 300, aheadCoverage: 0.25, aheadTime: aheadPs(300), predictionVain: 0 },
    ],
    [
      { aheadVainBytes: 200 },
      { aheadRead: 0, aheadUsed: 0, aheadCoverage: 0, aheadTime: 0, predictionVain: 200 },
    ],
  ])('what was read ahead, used or in vain: %j', (counted, expected) => {
    expect(more(({ traffic }) => Object.assign(traffic, counted))).toEqual(expected)
  })

  it('bytes in vain of both, where weights were kept and read ahead', () => {
    const { predictionVain } = metrics(({ replicas, traffic }) => {
      Object.assign(replicas, { made: 8, used: 2, madeBytes: 800, usedBytes: 200 })
      Object.assign(traffic, { aheadVainBytes: 30 })
    })
    expect(predictionVain).toBe(630)
  })
})
