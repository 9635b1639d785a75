// Weights that stay on dies: as many hits as the policies' definitions say, and never a byte read that did not have to be.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { simulateChain } from '../../../src/sim/ahead/chain.ts'
import { simulateLayer } from '../../../src/sim/layer.ts'
import type { Totals } from '../../../src/sim/metrics/totals.ts'
import { oracleHits, sumOf } from '../../helpers/cache-oracle.ts'
import { frameHardware } from '../../helpers/frames.ts'
import { LAYERS, rowModel, rowSetting } from '../../schedulers/rows.ts'
import type { Story } from '../../schedulers/stories.ts'

const resolved = (text: string) => resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!

const frames = frameHardware({ load: 4, hop: 1, compute: 1, pieces: 1 })
const oneDie: HardwareSpec = {
  ...frames,
  topology: { kind: 'crossbar', dies: 1 },
  memory: { ...frames.memory, channelDies: [0] },
}

/** One request whose tokens come one by one. */
const alone: fc.Arbitrary<Story> = fc.record({
  experts: fc.integer({ min: 3, max: 12 }),
  topK: fc.integer({ min: 1, max: 3 }),
  requests: fc.constant(1),
  prefill: fc.constant(1),
  decode: fc.integer({ min: 3, max: 12 }),
  skew: fc.integer({ min: 0, max: 2 }),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
})

/** Item by item, as `moesim trace cache` counts: token by token, layer by layer, in the order of the trace. */
function accessesOf(story: Story): number[] {
  const { experts, topK } = story
  const { routing, iterations } = rowSetting(story, oneDie)
  return iterations.flatMap((_, token) =>
    LAYERS.flatMap((layer) => {
      const chosen = routing.layerExperts(layer).subarray(token * topK, (token + 1) * topK)
      return [...chosen].map((expert) => layer * experts + expert)
    }),
  )
}

const inRow = (story: Story, text: string, hardware = oneDie) =>
  simulateChain(rowSetting(story, hardware), resolved(text))

const bytesOf = (story: Story, experts: number) => experts * expertBytes(rowModel(story))
const pool = (story: Story, policy: string, slots: number, scheduler = 'ep') =>
  inRow(story, `${scheduler}:cache=${policy},cache-bytes=${bytesOf(story, slots)}`)
/** On one die it is known where experts are used next. */
const SCHEDULERS = ['ep', 'forecast-prefetch'] as const
/** The slices that forecast-prefetch cuts an expert into. */
const MATRICES = 3

/** Of a story with one request more, which the run takes no token of. */
function leavingOne(story: Story) {
  const setting = rowSetting({ ...story, requests: Math.max(2, story.requests) }, oneDie)
  const last = Math.max(2, story.requests) - 1
  const iterations = setting.iterations.map(({ phase, rows, requests }) => ({
    phase,
    rows: rows.filter((_, at) => requests[at] !== last),
    requests: requests.filter((of) => of !== last),
  }))
  return { ...setting, iterations, restingDie: iterations.map(({ rows }) => new Int32Array(rows.length)) }
}

const hits = (totals: readonly Totals[]) => totals.reduce((sum, { cache }) => sum + cache.hits, 0)
const readBytes = (totals: readonly Totals[]) =>
  totals.reduce((sum, { traffic }) => sum + traffic.weightReadBytes, 0)

describe.each(SCHEDULERS)('a pool of weights that stay, under %s,', (scheduler) => {
  it.each(['lru', 'lfu', 'min'] as const)('has with %s the hits that its definition says', async (policy) => {
    await fc.assert(
      fc.asyncProperty(alone, fc.integer({ min: 1, max: 30 }), async (story, slots) => {
        const accesses = accessesOf(story)
        const totals = await pool(story, policy, slots, scheduler)
        const expected = sumOf(oracleHits(accesses, { policy, slots }))
        expect(hits(totals)).toBe(expected * (scheduler === 'ep' ? 1 : MATRICES))
        expect(readBytes(totals)).toBe(bytesOf(story, accesses.length - expected))
      }),
      { numRuns: 15 },
    )
  })

  it('has with no policy more hits than with min, and with lru never fewer in more room', async () => {
    await fc.assert(
      fc.asyncProperty(alone, fc.integer({ min: 1, max: 20 }), async (story, slots) => {
        const hitsWith = async (policy: string, room = slots) =>
          hits(await pool(story, policy, room, scheduler))
        const best = await hitsWith('min')
        const lru = await hitsWith('lru')
        const room = bytesOf(story, slots)
        for (const policy of ['lfu', 'lfru', 'benefit'])
          expect(await hitsWith(policy)).toBeLessThanOrEqual(best)
        const known = `${scheduler}:cache=benefit,predictor=oracle,cache-bytes=${room}`
        expect(hits(await inRow(story, known))).toBeLessThanOrEqual(best)
        // Another request is left out, of which the profile is made.
        const setting = leavingOne(story)
        const kept = async (text: string) =>
          hits(await simulateChain(setting, resolved(`${scheduler}:${text},cache-bytes=${room}`)))
        expect(await kept('cache=static')).toBeLessThanOrEqual(await kept('cache=min'))
        expect(lru).toBeLessThanOrEqual(best)
        expect(lru).toBeLessThanOrEqual(await hitsWith('lru', slots + 1))
      }),
      { numRuns: 10 },
    )
  })

  it.each(['expert', 'slice'])('as large as the model reads each %s once', async (unit) => {
    await fc.assert(
      fc.asyncProperty(alone, async (story) => {
        const slices = scheduler === 'ep' ? ',slices=2' : ''
        const totals = await inRow(story, `${scheduler}:cache=lru,cache-unit=${unit}${slices}`)
        const touched = new Set(accessesOf(story)).size
        expect(readBytes(totals)).toBe(bytesOf(story, touched))
        const misses = touched * (scheduler === 'ep' ? 2 : MATRICES)
        expect(totals.reduce((sum, { cache }) => sum + cache.misses, 0)).toBe(misses)
      }),
      { numRuns: 10 },
    )
  })

  it('of no bytes is the run without one, to the picosecond', async () => {
    await fc.assert(
      fc.asyncProperty(alone, async (story) => {
        const setting = rowSetting(story, frames)
        for (const layer of LAYERS) {
          const texts = [scheduler, `${scheduler}:cache=lru,cache-bytes=0`]
          const [without, empty] = await simulateLayer({ ...setting, layer }, texts.map(resolved))
          expect(JSON.stringify(empty)).toBe(JSON.stringify(without))
        }
      }),
      { numRuns: 5 },
    )
  })
})

describe('weights that stay', () => {
  it('halves the counts of lfru as often as the trace study does', async () => {
    await fc.assert(
      fc.asyncProperty(alone, fc.integer({ min: 1, max: 20 }), async (story, slots) => {
        const text = `ep:cache=lfru,cache-half-life=2,cache-bytes=${bytesOf(story, slots)}`
        const halfLifeUses = 2 * story.topK * LAYERS.length
        const oracle = oracleHits(accessesOf(story), { policy: 'lfru', slots, halfLifeUses })
        expect(hits(await inRow(story, text))).toBe(sumOf(oracle))
      }),
      { numRuns: 10 },
    )
  })

  const story: Story = { experts: 6, topK: 2, requests: 4, prefill: 3, decode: 6, skew: 1, seed: 5 }

  it('take in parts of each layer what layers alone take, whichever run together', async () => {
    const text = `ep:cache=lru,cache-scope=layer,cache-bytes=${bytesOf(story, 2 * LAYERS.length)}`
    const setting = rowSetting(story, frames)
    const [alone] = await simulateLayer({ ...setting, layer: 1 }, [resolved(text)])
    expect(alone!.cache.hits).toBeGreaterThan(0)
    const pooled = await simulateChain(
      { ...setting, layers: [1] },
      resolved(`ep:cache=lru,cache-bytes=${bytesOf(story, 2)}`),
    )
    expect(alone!.cache).toEqual(pooled[0]!.cache)
  })

  it('lie on the die that computes with them, and nowhere else', async () => {
    const totals = await inRow(story, 'ep:cache=lru', frames)
    const setting = rowSetting(story, frames)
    const touched = LAYERS.map((layer) => new Set(setting.routing.layerExperts(layer)).size)
    totals.forEach(({ traffic }, at) => {
      expect(traffic.weightReadBytes).toBe(bytesOf(story, touched[at]!))
    })
  })

  it('save the time of their reads: the run ends sooner by what the channel had to read', async () => {
    const lone = { ...story, requests: 1 }
    const [without, kept] = await Promise.all(['ep', 'ep:cache=lru'].map((text) => inRow(lone, text)))
    const latency = (totals: readonly Totals[]) => totals.reduce((sum, { latencyPs }) => sum + latencyPs, 0)
    const stall = (totals: readonly Totals[]) => totals.reduce((sum, { cache }) => sum + cache.stallPs, 0)
    const savedPs = (readBytes(without!) - readBytes(kept!)) / oneDie.memory.bytesPerPs
    expect(latency(without!) - latency(kept!)).toBeCloseTo(savedPs, -2)
    // Without prefetch a die waits for all that it reads.
    expect(stall(kept!)).toBeCloseTo(readBytes(kept!) / oneDie.memory.bytesPerPs, -2)
  })

  it('take their room from the SRAM from the start', async () => {
    const hardware = { ...oneDie, sramBytes: bytesOf(story, 8) }
    const totals = await inRow(story, `ep:cache=lru,cache-bytes=${bytesOf(story, 3)}`, hardware)
    expect(totals[0]!.sram.dieBytes.peak).toBeGreaterThan(bytesOf(story, 4))
    expect(totals[0]!.sram.packageBytes.weights).toBe(bytesOf(story, 4))
  })

  it('are there from the start where the cache is warm: what other requests used most', async () => {
    const warm = leavingOne({ ...story, requests: 5 })
    const setting = rowSetting({ ...story, requests: 5 }, oneDie)
    const text = `ep:cache=static,cache-start=warm,cache-bytes=${bytesOf(story, 18)}`
    const totals = await simulateChain(warm, resolved(text))
    expect(readBytes(totals)).toBe(0)
    await expect(simulateChain(setting, resolved(text))).rejects.toThrow('takes all requests of the routing')
  })
})
