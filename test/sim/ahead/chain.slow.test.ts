// Layers in a row: what is read ahead arrives, is used or given up, and nothing else changes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { simulateChain } from '../../../src/sim/ahead/chain.ts'
import { simulateLayer } from '../../../src/sim/layer.ts'
import type { Totals } from '../../../src/sim/metrics/totals.ts'
import type { Probe } from '../../../src/sim/probe.ts'
import { madeUp } from '../../schedulers/machines.ts'
import { LAYERS, rowModel, rowSetting } from '../../schedulers/rows.ts'
import { type Story, stories } from '../../schedulers/stories.ts'

const resolved = (text: string) => resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!

const inRow = (text: string, story: Story, hardware: HardwareSpec, probe?: Probe) =>
  simulateChain(rowSetting(story, hardware), { ...resolved(text), probe })

async function oneByOne(text: string, story: Story, hardware: HardwareSpec): Promise<Totals[]> {
  const setting = rowSetting(story, hardware)
  const totals = LAYERS.map((layer) => simulateLayer({ ...setting, layer }, [resolved(text)]))
  return (await Promise.all(totals)).map(([only]) => only!)
}

const sum = (totals: readonly Totals[], key: 'aheadReadBytes' | 'aheadUsedBytes' | 'aheadVainBytes') =>
  totals.reduce((total, layer) => total + layer.traffic[key], 0)

/** Where weights lie in tiers they are read ahead into caches: see cache-reads.test.ts. */
const withoutTiers = madeUp.filter(({ memory }) => memory.tiers === undefined)
const shared = madeUp[0]!
const own = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const some: Story = { experts: 12, topK: 3, requests: 6, prefill: 4, decode: 3, skew: 1, seed: 3 }

describe('layers in a row', () => {
  it.each(withoutTiers)(
    'without predictions take on $name exactly what they take one by one',
    async (hardware) => {
      await fc.assert(
        fc.asyncProperty(stories, async (story) => {
          const chain = await inRow('forecast-prefetch:ahead=4,predictor=none', story, hardware)
          const layers = await oneByOne('forecast-prefetch:predictor=none', story, hardware)
          expect(chain.map((totals) => JSON.stringify(totals))).toEqual(
            layers.map((totals) => JSON.stringify(totals)),
          )
        }),
        { numRuns: 4 },
      )
    },
  )

  // The machine itself checks that all work is done once, that buffers end empty and that no layer beats its bound.
  it.each(withoutTiers)('use or give up all that was read ahead on $name', async (hardware) => {
    const names = fc.constantFrom(...Object.keys(predictors))
    await fc.assert(
      fc.asyncProperty(stories, names, fc.constantFrom(20, 100), async (story, name, percent) => {
        const predict = name === 'oracle' || name === 'accuracy' ? '' : `,predict=${percent}`
        const text = `forecast-prefetch:ahead=3,predictor=${name}${predict}`
        const chain = await inRow(text, story, hardware)
        expect(sum(chain, 'aheadReadBytes')).toBe(sum(chain, 'aheadUsedBytes') + sum(chain, 'aheadVainBytes'))
        expect([chain[0]!.traffic.aheadUsedBytes, chain.at(-1)!.traffic.aheadReadBytes]).toEqual([0, 0])
        expect(JSON.stringify(await inRow(text, story, hardware))).toBe(JSON.stringify(chain))
      }),
      { numRuns: 12 },
    )
  })

  it('are the same with repetitions, each of which hands over what it has read itself', async () => {
    const text = 'forecast-prefetch:ahead=3,predictor=oracle'
    const setting = { ...rowSetting(some, own), jitter: { repetitions: 2, seed: 1 } }
    const repeated = await simulateChain(setting, resolved(text))
    const once = await inRow(text, some, own)
    expect(repeated.map(({ laterPs: _, ...totals }) => totals)).toEqual(
      once.map(({ laterPs: _, ...totals }) => totals),
    )
    expect(repeated.map(({ laterPs }) => laterPs.length)).toEqual(LAYERS.map(() => 2))
  })

  it('read no byte more where every prediction is true, and less in the layer that was foreseen', async () => {
    const without = await oneByOne('forecast-prefetch:predictor=none', some, shared)
    const foreseen = await inRow('forecast-prefetch:ahead=12,predictor=oracle', some, shared)
    const bytes = (totals: readonly Totals[]) => totals.map(({ traffic }) => traffic.weightReadBytes)
    const total = (all: readonly number[]) => all.reduce((a, b) => a + b, 0)
    expect(sum(foreseen, 'aheadReadBytes')).toBeGreaterThan(0)
    expect(total(bytes(foreseen)) - sum(foreseen, 'aheadVainBytes')).toBe(total(bytes(without)))
    expect(bytes(foreseen).at(-1)).toBeLessThan(bytes(without).at(-1)!)
  })

  it('reads for no die more experts ahead than asked for', async () => {
    // Channels are idle for long while dies compute.
    const slow: HardwareSpec = { ...shared, compute: { kind: 'ideal', flopPerPs: 1 / 2 } }
    const read = async (ahead: number) =>
      sum(await inRow(`forecast-prefetch:ahead=${ahead},predictor=oracle`, some, slow), 'aheadReadBytes')
    const most = (ahead: number) =>
      ahead *
      expertBytes(rowModel(some)) *
      buildTopology(shared.topology).dies *
      (LAYERS.length - 1) *
      (1 + some.decode)
    for (const ahead of [1, 2]) expect(await read(ahead)).toBeLessThanOrEqual(most(ahead))
    expect(await read(2)).toBeGreaterThan(await read(1))
  })

  it('in memory become replicas, never more than there is room for', async () => {
    const bytes = expertBytes(rowModel(some))
    const { capacityBytes, channelDies } = own.memory
    expect(capacityBytes).toBe(16 * bytes)
    // One home expert on some dies in each of three layers leaves room for four replicas and a third in each.
    const budget = Math.floor(capacityBytes / LAYERS.length - bytes)
    // Enough tokens on one expert that Algorithm 1 shares it with neighbours.
    const crowded = { ...some, experts: 3, topK: 1, requests: 600 }
    const text = 'forecast-prefetch:into=memory,retain=false,predictor=oracle,ahead=3'
    const chain = await inRow(text, crowded, own)
    expect(chain[1]!.replicas.made).toBeGreaterThan(0)
    expect(chain[1]!.traffic.replicaLoads).toBeGreaterThan(0)
    expect(chain[0]!.replicas.made).toBe(0)
    for (const { holdings } of chain)
      expect(holdings.extraBytes).toBeLessThanOrEqual(budget * channelDies.length)
  })
})
