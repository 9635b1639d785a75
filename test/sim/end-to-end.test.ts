// Whole forward passes: every part is in the totals once, dense layers too, and without end_to_end nothing changes.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { flopPerToken, type ModelShape } from '../../src/model/shape.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import type { Arrivals } from '../../src/sim/deferral/flow.ts'
import type { DeferralPlan, LayerPlan } from '../../src/sim/deferral/plan.ts'
import { addLayerParts, totalsOutsideLayers } from '../../src/sim/end-to-end.ts'
import { PassParts } from '../../src/sim/metrics/roofline.ts'
import { Totals } from '../../src/sim/metrics/totals.ts'
import { tinyModel } from '../helpers/frames.ts'
import { routingOf } from '../helpers/routing.ts'
import { wholeRun } from '../helpers/whole-run.ts'
import { madeUp } from '../schedulers/machines.ts'

/** Layer 0 is dense, layers 1 to 3 have experts. */
const model: ModelShape = {
  ...tinyModel(8, 3, 2),
  layers: 4,
  moeLayers: [1, 2, 3],
  sharedExperts: 2,
  denseIntermediate: 512,
  attention: { kind: 'gqa', heads: 8, kvHeads: 4, headDim: 8 },
}
const source = routingOf({ requests: [[5, 2], [3, 2]], layers: [1, 2, 3], experts: 8, topK: 2 }) // biome-ignore format: one request each
/** The prompts of both requests, then two decode steps. */
const iterations = [
  { phase: 'prefill' as const, rows: [0, 1, 2, 3, 4, 7, 8, 9], requests: [0, 0, 0, 0, 0, 1, 1, 1] },
  { phase: 'decode' as const, rows: [5, 10], requests: [0, 1] },
  { phase: 'decode' as const, rows: [6, 11], requests: [0, 1] },
].map(({ phase, rows, requests }) => ({
  phase,
  rows: Int32Array.from(rows),
  requests: Int32Array.from(requests),
}))
const hardware: HardwareSpec = {
  ...madeUp[0]!,
  energy: {
    basis: 'assumed',
    macPj: 1,
    sramPjPerByte: 0.5,
    linkPjPerByteHop: 2,
    memoryPjPerByte: 100,
    idleW: 3,
  },
}
const pkg = packageOf({ hardware, model, compat: 'physical' })
const CONTEXT = 100

async function run(layers: readonly number[], contextTokens?: number, of: ModelShape = model) {
  const { resolved } = resolveScheduler({ name: 'ep', options: {} }, 'physical')
  const endToEnd = contextTokens === undefined ? undefined : { contextTokens }
  const { metrics, layers: results } = await wholeRun({
    ...{ hardware, model: of, source, layers, iterations, endToEnd },
    scheduler: resolved!,
  })
  const value = (name: string) => metrics[name]?.value
  return { metrics, value, layers: results }
}

/** Tokens and requests of the three iterations. */
const STEPS = [
  [8, 2],
  [2, 2],
  [2, 2],
] as const
const parts = new PassParts(pkg, CONTEXT)
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

describe('an end-to-end run', () => {
  it('takes the time of its MoE layers and of each part in each layer and iteration, one after the other', async () => {
    const alone = await run([1, 2, 3])
    const { value } = await run([1, 2, 3], CONTEXT)
    expect(value('latencyMoe')).toBe(alone.value('latency'))
    expect(value('latencyAttention')).toBe(4 * sum(STEPS.map(([t, r]) => parts.attention(t, r).ps)))
    expect(value('latencyRouter')).toBe(3 * sum(STEPS.map(([t]) => parts.router(t).ps)))
    expect(value('latencyShared')).toBe(3 * sum(STEPS.map(([t]) => parts.feedForward(t, 2 * 96).ps)))
    expect(value('latencyDense')).toBe(sum(STEPS.map(([t]) => parts.feedForward(t, 512).ps)))
    const names = ['latencyMoe', 'latencyAttention', 'latencyRouter', 'latencyShared', 'latencyDense']
    expect(value('latency')).toBe(sum(names.map((name) => value(name)!)))
    expect(value('latency')).toBe(value('latencyPrefill')! + value('latencyDecode')!)
  })

  it('gives tokens per second of whole passes', async () => {
    const { value } = await run([1, 2, 3], CONTEXT)
    expect(value('throughput')).toBeCloseTo((12 * 1e12) / value('latency')!, 6)
  })

  it('counts dense layers in proportion where MoE layers are sampled', async () => {
    const all = await run([1, 2, 3], CONTEXT)
    const { value, layers } = await run([2], CONTEXT)
    expect(value('latencyDense')! / all.value('latencyDense')!).toBeCloseTo(1 / 3, 4)
    const own = layers[0]!.metrics
    expect(own.latencyDense).toBeUndefined()
    expect(own.latencyAttention!.value * 3).toBe(3 * sum(STEPS.map(([t, r]) => parts.attention(t, r).ps)))
    expect(value('throughput')).toBeCloseTo((12 * 1e12) / (3 * value('latency')!), 6)
  })

  it('has every part as its own bound', async () => {
    const alone = await run([1, 2, 3])
    const { value } = await run([1, 2, 3], CONTEXT)
    const beside = value('latency')! - value('latencyMoe')!
    const bound = alone.value('latency')! / alone.value('boundRatio')!
    expect(value('boundRatio')).toBeCloseTo(value('latency')! / (bound + beside), 9)
    expect(value('boundMemory')).toBeGreaterThan(alone.value('boundMemory')!)
  })

  it('reads and writes keys and values, and all weights once an iteration', async () => {
    const alone = await run([1, 2, 3])
    const { value } = await run([1, 2, 3], CONTEXT)
    // Two requests in three iterations of four layers; 2 x 4 x 8 bytes a token.
    expect(value('memoryReadKv')).toBe(4 * 3 * 2 * CONTEXT * 64)
    expect(value('memoryWrite')).toBe(4 * 12 * 64)
    // Hidden 64: attention 64 x 8 x 24, router 64 x 8, two shared experts of 96, one dense part of 512.
    const weights = 3 * (4 * 64 * 8 * 24 + 3 * (64 * 8 + 3 * 64 * 192) + 3 * 64 * 512)
    expect(value('memoryReadWeights')! - alone.value('memoryReadWeights')!).toBe(weights)
    expect(value('memoryRead')).toBe(value('memoryReadWeights')! + value('memoryReadKv')!)
  })

  it('sends what attention, shared experts and dense layers exchange, and moves it through SRAM', async () => {
    const alone = await run([1, 2, 3])
    const { value } = await run([1, 2, 3], CONTEXT)
    // 64 bytes a token, to three other dies and back: twice for each of layers 1 to 3, and for layer 0.
    const exchanged = 4 * 2 * (12 * 64 * 3 * 2)
    expect(value('d2dByteHops')).toBe(alone.value('d2dByteHops')! + exchanged)
    expect(value('d2dBytes')).toBe(alone.value('d2dBytes')! + exchanged)
    const sram = sum(
      STEPS.map(
        ([t, r]) =>
          4 * parts.attention(t, r).sramBytes +
          3 * (parts.router(t).sramBytes + parts.feedForward(t, 192).sramBytes) +
          parts.feedForward(t, 512).sramBytes,
      ),
    )
    expect(alone.value('energySram')).toBeGreaterThan(0)
    expect(value('energySram')).toBeCloseTo(alone.value('energySram')! + sram * 0.5e-12, 15)
  })

  it('costs the energy of all it counts', async () => {
    const { value } = await run([1, 2, 3], CONTEXT)
    const flop =
      3 * 12 * 2 * flopPerToken(model) +
      sum(STEPS.map(([t, r]) => 4 * parts.attention(t, r).flop + 3 * parts.router(t).flop)) +
      sum(STEPS.map(([t]) => 3 * parts.feedForward(t, 192).flop + parts.feedForward(t, 512).flop))
    expect(value('energyMac')).toBeCloseTo((flop / 2) * 1e-12, 15)
    expect(value('energyMemory')).toBeCloseTo((value('memoryRead')! + value('memoryWrite')!) * 100e-12, 15)
    expect(value('energyD2d')).toBeCloseTo(value('d2dByteHops')! * 2e-12, 15)
    // Four dies, all the time.
    expect(value('energyIdle')).toBeCloseTo(3 * 4 * value('latency')! * 1e-12, 15)
    const all = ['energyMac', 'energySram', 'energyD2d', 'energyMemory', 'energyIdle']
    expect(value('energy')).toBeCloseTo(sum(all.map((name) => value(name)!)), 15)
    expect(value('computeUtilization')).toBeCloseTo(flop / (16 * 4 * value('latency')!), 9)
  })

  it('reports no parts that the model has not', async () => {
    const plain = { ...model, layers: 3, moeLayers: [0, 1, 2], sharedExperts: 0 }
    const { metrics } = await run([1, 2], CONTEXT, plain)
    expect(metrics).not.toHaveProperty('latencyShared')
    expect(metrics).not.toHaveProperty('latencyDense')
    expect(metrics).toHaveProperty('latencyRouter')
  })
})

describe('a plan of token buffering', () => {
  const noTokens: LayerPlan = { iterations: [], restingDie: [], arrivals: [], pausedTokens: [] }
  const tokens = (...counts: number[]): Arrivals[] =>
    counts.map((count) => ({ phase: 'decode', tokens: count, requests: count }))
  const plan: DeferralPlan = {
    layers: [5, 3, 2].map((count) => ({ ...noTokens, arrivals: tokens(count, 0) })),
    finished: tokens(1, 7),
    deferrals: 4,
    flushIterations: 1,
  }
  const outside = (moeLayers: readonly number[]) =>
    totalsOutsideLayers(
      { ...pkg, model: { ...model, moeLayers } },
      { contextTokens: CONTEXT },
      iterations,
      moeLayers,
      plan,
    )

  it('says which tokens go through layers without experts: those that come to the next MoE layer', () => {
    const attention = (...counts: number[]) => sum(counts.map((count) => parts.attention(count, count).ps))
    expect(outside([1, 2, 3]).partPs.attention).toBe(attention(5))
    expect(outside([0, 1, 3]).partPs.attention).toBe(attention(2))
    expect(outside([0, 1, 2]).partPs.attention).toBe(attention(1, 7))
    const dense = [1, 7].map((count) => parts.feedForward(count, 512).ps)
    expect(outside([0, 1, 2]).partPs.dense).toBe(sum(dense))
  })

  it('has its pauses counted once for the run', () => {
    const { deferrals, flushIterations } = outside([1, 2, 3])
    expect([deferrals, flushIterations]).toEqual([4, 1])
  })
})

it('a run of MoE layers alone has none of the metrics of whole passes', async () => {
  const { metrics } = await run([1, 2, 3])
  const names = ['latencyMoe', 'latencyAttention', 'memoryReadKv', 'deferrals', 'flushIterations']
  for (const name of names) expect(metrics).not.toHaveProperty(name)
})

it('takes scores on keys and values in prefill only, where attention is latent', () => {
  const latent: ModelShape = {
    ...model,
    attention: {
      kind: 'mla',
      heads: 8,
      queryRank: undefined,
      kvRank: 64,
      nopeDim: 8,
      ropeDim: 4,
      valueDim: 8,
    },
  }
  const ofLatent = new PassParts(packageOf({ hardware, model: latent, compat: 'physical' }), CONTEXT)
  const flop = (phase: 'prefill' | 'decode' | 'mixed') => {
    const totals = new Totals()
    const none = { phase, rows: new Int32Array(0), requests: new Int32Array(0) }
    addLayerParts(totals, ofLatent, latent, 0, { phase, tokens: 4, requests: 2 }, none)
    return totals.flop - ofLatent.router(4).flop
  }
  expect(flop('prefill')).toBe(ofLatent.attention(4, 2, 'prefill').flop)
  expect(flop('decode')).toBe(ofLatent.attention(4, 2, 'absorbed').flop)
  expect(flop('mixed')).toBe(flop('decode'))
  expect(flop('prefill')).toBeLessThan(flop('decode'))
})
