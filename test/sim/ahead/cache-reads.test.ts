// Experts read into caches before they are asked for: what it costs, what it saves, and that every byte is accounted for.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { namesOf, splitSchedulerText } from '../../../src/schedulers/options.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { simulateChain } from '../../../src/sim/ahead/chain.ts'
import type { Totals } from '../../../src/sim/metrics/totals.ts'
import { frameHardware } from '../../helpers/frames.ts'
import { madeUp } from '../../schedulers/machines.ts'
import { LAYERS, rowModel, rowSetting } from '../../schedulers/rows.ts'
import { type Story, stories } from '../../schedulers/stories.ts'

const resolved = (text: string) => resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
const inRow = (text: string, story: Story, hardware: HardwareSpec) =>
  simulateChain(rowSetting(story, hardware), resolved(text))

const frames = frameHardware({ load: 4, hop: 1, compute: 3, pieces: 1 })
/** One die that keeps experts in SRAM, and one that keeps them in memory in front of a tier. */
const inSram: HardwareSpec = {
  ...frames,
  topology: { kind: 'crossbar', dies: 1 },
  memory: { ...frames.memory, channelDies: [0] },
}
const tiered = madeUp.filter(({ memory }) => memory.tiers !== undefined)
const machines = [inSram, ...tiered]

const total = (totals: readonly Totals[], of: (totals: Totals) => number) =>
  totals.reduce((sum, layer) => sum + of(layer), 0)
const latency = (totals: readonly Totals[]) => total(totals, ({ latencyPs }) => latencyPs)
const cached = (totals: readonly Totals[], key: keyof Totals['cache']) =>
  total(totals, ({ cache }) => cache[key])

const schedulers = fc.constantFrom('ep:', 'forecast-prefetch:into=cache,')
const caches = fc.constantFrom('', ...['lru', 'lfu', 'lfru', 'benefit'].map((name) => `cache=${name},`))
const units = fc.constantFrom('', 'cache-unit=slice,')
const names = fc.constantFrom(...namesOf(predictors))

describe('experts read into the cache', () => {
  // The machine itself checks that all work is done once, that buffers end empty and that no layer beats its bound.
  it.each(machines)('are used or counted as read in vain on $name', async (hardware) => {
    await fc.assert(
      fc.asyncProperty(
        stories,
        schedulers,
        caches,
        units,
        names,
        async (story, scheduler, cache, unit, name) => {
          const room = cache === '' ? '' : `${unit}cache-bytes=${4 * expertBytes(rowModel(story))},`
          const text = `${scheduler}${cache}${room}ahead=2,predictor=${name}`
          const totals = await inRow(text, story, hardware)
          const read = cached(totals, 'aheadReadBytes')
          expect(cached(totals, 'aheadHitBytes') + cached(totals, 'aheadVainBytes')).toBe(read)
          if (name === 'none') expect(read).toBe(0)
          expect(JSON.stringify(await inRow(text, story, hardware))).toBe(JSON.stringify(totals))
        },
      ),
      { numRuns: 25 },
    )
  })

  it.each(machines)('leave a run as it is where nothing is predicted, on $name', async (hardware) => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const room = `cache=lru,cache-bytes=${3 * expertBytes(rowModel(story))}`
        const [without, none] = await Promise.all(
          [`ep:${room}`, `ep:${room},ahead=2,predictor=none`].map((text) => inRow(text, story, hardware)),
        )
        expect(JSON.stringify(none)).toBe(JSON.stringify(without))
      }),
      { numRuns: 5 },
    )
  })
})

describe('on one die, token by token', () => {
  const story: Story = { experts: 12, topK: 2, requests: 1, prefill: 1, decode: 30, skew: 0, seed: 4 }
  const bytes = expertBytes(rowModel(story))
  const room = `cache=lru,cache-bytes=${12 * bytes}`

  it('an oracle saves time and reads no byte twice; what never comes true costs its bytes, and saves nothing', async () => {
    const without = await inRow(`ep:${room}`, story, inSram)
    const foreseen = await inRow(`ep:${room},ahead=2,predictor=oracle`, story, inSram)
    const wrong = await inRow(`ep:${room},ahead=2,predictor=accuracy,recall=0`, story, inSram)
    expect(cached(foreseen, 'aheadHits')).toBeGreaterThan(20)
    expect(cached(foreseen, 'aheadVainBytes')).toBe(0)
    expect(latency(foreseen)).toBeLessThan(latency(without))
    expect(cached(wrong, 'aheadReadBytes')).toBeGreaterThan(20 * bytes)
    const read = (totals: readonly Totals[]) => total(totals, ({ traffic }) => traffic.weightReadBytes)
    expect(read(wrong)).toBe(cached(wrong, 'missBytes') + cached(wrong, 'aheadReadBytes'))
    expect(latency(wrong)).toBeGreaterThan(latency(without))
  })

  it('accuracy of recall=1 is the oracle, to the picosecond, and more recall is better on average', async () => {
    const run = (predictor: string) => inRow(`ep:${room},ahead=2,predictor=${predictor}`, story, inSram)
    expect(JSON.stringify(await run('accuracy,recall=1'))).toBe(JSON.stringify(await run('oracle')))
    const ends: number[] = []
    for (const recall of [0, 0.5, 1]) ends.push(latency(await run(`accuracy,recall=${recall}`)))
    expect(ends).toEqual(ends.toSorted((a, b) => b - a))
    expect(new Set(ends).size).toBe(3)
  })

  it('the first layer has what was read for the next token', async () => {
    const [first] = await inRow(`ep:${room},ahead=2,predictor=oracle`, story, inSram)
    expect(first!.cache.aheadHits).toBeGreaterThan(0)
    expect(LAYERS.length).toBe(3)
  })

  it('comes late where it is still on its way, by as much as is left', async () => {
    // Three pieces to an expert: 12 ns to read it, 9 ns to compute it. The first one is read in full; each further one from when
    // the channel is free, which is 9 ns before its layer starts.
    const lone: Story = { ...story, topK: 1, decode: 5 }
    const layers = LAYERS.length * 6
    const totals = await inRow('ep:ahead=1,predictor=oracle', lone, inSram)
    expect(latency(totals)).toBeCloseTo((21 + 12 * (layers - 1)) * 1000, -2)
    expect(cached(totals, 'stallPs')).toBeCloseTo((12 + 3 * (layers - 1)) * 1000, -2)
  })

  it('without a cache it stays for its iteration alone', async () => {
    const text = 'ep:ahead=2,predictor=oracle'
    const totals = await inRow(text, story, inSram)
    expect(cached(totals, 'hits')).toBe(cached(totals, 'aheadHits'))
    expect(cached(totals, 'aheadHits')).toBeGreaterThan(20)
    expect(latency(totals)).toBeLessThan(latency(await inRow('ep', story, inSram)))
  })
})
