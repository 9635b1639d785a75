// A layer that follows a plan of token buffering: other iterations than its neighbours, the same work in the end.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { flopPerToken, type ModelShape, tokenBytes } from '../../src/model/shape.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import type { LayerPlan } from '../../src/sim/deferral/plan.ts'
import { type LayerSetting, simulateLayer } from '../../src/sim/layer.ts'
import { PassParts } from '../../src/sim/metrics/roofline.ts'
import { tinyModel } from '../helpers/frames.ts'
import { routingOf } from '../helpers/routing.ts'
import { madeUp } from '../schedulers/machines.ts'

const model: ModelShape = {
  ...tinyModel(8, 3, 2),
  attention: { kind: 'gqa', heads: 4, kvHeads: 4, headDim: 16 },
}
const hardware = madeUp[0]!
const pkg = packageOf({ hardware, model, compat: 'physical' })
const step = (rows: number[], requests: number[]) => ({
  phase: 'decode' as const,
  rows: Int32Array.from(rows),
  requests: Int32Array.from(requests),
})
const setting: LayerSetting = {
  pkg,
  routing: routingOf({ requests: [[0, 2], [0, 2]], experts: 8, topK: 2 }), // biome-ignore format: one request each
  layer: 0,
  iterations: [step([0, 2], [0, 1]), step([1, 3], [0, 1])],
  restingDie: [Int32Array.of(0, 1), Int32Array.of(0, 1)],
  endToEnd: { contextTokens: 10 },
}
/** Both requests pause in the second iteration, and go on in a third one; the first one's die then holds all. */
const plan: LayerPlan = {
  iterations: [step([0, 2], [0, 1]), step([], []), step([1, 3], [0, 1])],
  restingDie: [Int32Array.of(0, 1), Int32Array.of(), Int32Array.of(0, 0)],
  arrivals: [
    { phase: 'decode', tokens: 2, requests: 2 },
    { phase: 'decode', tokens: 2, requests: 2 },
    { phase: 'mixed', tokens: 0, requests: 0 },
  ],
  pausedTokens: [Int32Array.of(0, 0, 0, 0), Int32Array.of(2, 0, 0, 0), Int32Array.of(0, 0, 0, 5000)],
}
const { resolved } = resolveScheduler({ name: 'fse-dp', options: {} }, 'physical')

describe('a planned layer', () => {
  it('runs beside one without a plan, each with its own iterations', async () => {
    const [planned, plain] = await simulateLayer(setting, [{ ...resolved!, plan }, resolved!])
    const [alone] = await simulateLayer(setting, [resolved!])
    expect(plain).toEqual(alone)
    for (const totals of [planned!, plain!]) {
      const parts = new PassParts(pkg, 10)
      const beside = 2 * (parts.attention(2, 2).flop + parts.router(2).flop)
      expect(totals.flop).toBeCloseTo(4 * 2 * flopPerToken(model) + beside, 3)
      expect(totals.tokenLayers).toBe(4)
      // Iterations without a token take no time and count nowhere.
      expect(totals.iterations).toBe(2)
    }
    expect(planned!.latencyPs).not.toBe(plain!.latencyPs)
  })

  it('does attention when tokens come, not when they go on', async () => {
    const come = (tokens: number) => ({ phase: 'decode' as const, tokens, requests: tokens })
    // Other numbers than go on in these iterations, and another sum: attention is linear in them.
    const arrivals = [come(3), come(2), come(0)]
    const [planned] = await simulateLayer(setting, [{ ...resolved!, plan: { ...plan, arrivals } }])
    const parts = new PassParts(pkg, 10)
    expect(planned!.partPs.attention).toBe(parts.attention(3, 3).ps + parts.attention(2, 2).ps)
    expect(planned!.partPs.router).toBe(parts.router(3).ps + parts.router(2).ps)
    expect(planned!.kvReadBytes).toBe(5 * parts.attention(1, 1).kvReadBytes)
  })

  it('keeps paused tokens in SRAM with what their gate has chosen', async () => {
    const [planned] = await simulateLayer(setting, [{ ...resolved!, plan }])
    // Two tokens, and 5000 paused ones with two experts of an id and a weight each.
    const resting = 2 * tokenBytes(model)
    expect(planned!.sram.packageBytes.tokens).toBe(resting + 5000 * (tokenBytes(model) + 2 * (2 + 1)))
  })
})
