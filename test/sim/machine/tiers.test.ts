// Memories beyond those at the dies: what they take, what becomes of weights that lie there, and that nothing is lost on the way.
import { describe, expect, it } from 'vitest'
import type { HardwareSpec, TierSpec } from '../../../src/hardware/spec.ts'
import { expertBytes, flopPerToken, hiddenBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { simulateChain } from '../../../src/sim/ahead/chain.ts'
import type { Totals } from '../../../src/sim/metrics/totals.ts'
import type { Span } from '../../../src/sim/probe.ts'
import { frameHardware } from '../../helpers/frames.ts'
import { LAYERS, rowModel, rowSetting } from '../../schedulers/rows.ts'
import type { Story } from '../../schedulers/stories.ts'

const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 3 })
const host: TierSpec = {
  ...{ name: 'host', capacityBytes: 2 ** 40, shared: true, way: 'pcie' },
  ...{ bytesPerPs: 0.5, latencyPs: 3000, startupPs: 5000 },
}
const withTiers = (tiers: readonly TierSpec[], dies = 1): HardwareSpec => ({
  ...frames,
  topology: { kind: 'crossbar', dies },
  memory: {
    ...frames.memory,
    channelDies: [...Array(dies).keys()],
    shared: false,
    capacityBytes: 2 ** 40,
    tiers,
  },
  activations: 'memory',
})
const cores = { flopPerPs: 4, bytesPerPs: 2, startupPs: 700, handoverPs: 0 }

/** One token in a row of three layers, of one expert each. */
const story: Story = { experts: 6, topK: 1, requests: 1, prefill: 1, decode: 5, skew: 1, seed: 4 }
const BYTES = expertBytes(rowModel(story))

async function run(text: string, hardware: HardwareSpec, of = story) {
  const { resolved, findings } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  expect(findings).toEqual([])
  const spans: Span[] = []
  const totals = await simulateChain(rowSetting(of, hardware), {
    ...resolved!,
    probe: { span: (span) => void spans.push(span) },
  })
  return { totals, spans }
}

const sum = (totals: readonly Totals[], of: (t: Totals) => number) =>
  totals.reduce((all, t) => all + of(t), 0)
const brought = (totals: readonly Totals[], tier: number) => sum(totals, (t) => t.tiers.readBytes[tier - 1]!)
const loads = LAYERS.length * (1 + story.decode)

describe('weights that lie in a tier beyond', () => {
  it('take its start-up, their bytes over its way, its latency, a write and a read; then they are computed', async () => {
    const { totals, spans } = await run('ep', withTiers([host]))
    const { bytesPerPs } = frames.memory
    const broughtPs = host.startupPs + BYTES / host.bytesPerPs + host.latencyPs
    const activationBytes = sum(totals, (t) => t.traffic.activationReadBytes)
    const computePs = spans
      .filter(({ kind }) => kind === 'compute')
      .reduce((ps, s) => ps + s.endPs - s.startPs, 0)
    const expected = loads * (broughtPs + (2 * BYTES) / bytesPerPs) + activationBytes / bytesPerPs + computePs
    // Each read is rounded up.
    expect(sum(totals, (t) => t.latencyPs) - expected).toBeGreaterThanOrEqual(0)
    expect(sum(totals, (t) => t.latencyPs) - expected).toBeLessThan(4 * loads)
    expect(brought(totals, 1)).toBe(loads * BYTES)
    expect(sum(totals, (t) => t.tiers.writtenBytes)).toBe(loads * BYTES)
  })

  it('come through every nearer tier', async () => {
    const drive = { ...host, name: 'drive', bytesPerPs: 0.25 }
    const { totals, spans } = await run('ep', withTiers([host, drive]))
    expect([brought(totals, 1), brought(totals, 2)]).toEqual([loads * BYTES, loads * BYTES])
    expect(sum(totals, (t) => t.tiers.writtenBytes)).toBe(2 * loads * BYTES)
    const ways = spans.filter(({ kind }) => kind === 'bring').map(({ tier }) => tier)
    expect(ways).toEqual(Array.from({ length: loads }, () => [2, 1]).flat())
  })

  it('stay in the nearest memory that has room: what leaves it is found in the next one', async () => {
    const room = (experts: number) => experts * BYTES
    const hardware = withTiers([
      { ...host, capacityBytes: room(18) },
      { ...host, name: 'drive' },
    ])
    const touched = new Set(
      LAYERS.flatMap((layer) =>
        [...rowSetting(story, hardware).routing.layerExperts(layer)].map((e) => layer * 6 + e),
      ),
    ).size
    const { totals } = await run(`ep:cache=lru,cache-bytes=${room(1)}`, hardware)
    expect(brought(totals, 2)).toBe(room(touched))
    expect(brought(totals, 1)).toBe(sum(totals, (t) => t.cache.missBytes))
    const all = await run('ep:cache=lru', hardware)
    expect([brought(all.totals, 1), brought(all.totals, 2)]).toEqual([room(touched), room(touched)])
    expect(all.totals[0]!.sram.dieBytes.peak).toBeLessThan(room(2))
  })

  it('wait for each other on the way that all dies share, and not where each has its own', async () => {
    const many = { ...story, requests: 8 }
    const shared = await run('ep', withTiers([host], 4), many)
    const own = await run('ep', withTiers([{ ...host, shared: false }], 4), many)
    expect(brought(own.totals, 1)).toBe(brought(shared.totals, 1))
    expect(sum(own.totals, (t) => t.latencyPs)).toBeLessThan(sum(shared.totals, (t) => t.latencyPs))
  })

  it('are multiplied where they lie with miss=compute, each pair once, and none is brought', async () => {
    const hardware = withTiers([{ ...host, compute: cores }])
    const five = { ...story, requests: 2 }
    const setting = rowSetting(five, hardware)
    const iterations = setting.iterations.map(({ phase, rows }) => ({
      ...{ phase, rows: rows.subarray(0, rows.length / 2), requests: new Int32Array(rows.length / 2) },
    }))
    const restingDie = iterations.map(({ rows }) => new Int32Array(rows.length))
    const text = `ep:cache=static,cache-start=warm,miss=compute,cache-bytes=${BYTES}`
    const { resolved } = resolveScheduler(splitSchedulerText(text)!, 'physical')
    const totals = await simulateChain({ ...setting, iterations, restingDie }, resolved!)
    expect(brought(totals, 1)).toBe(0)
    const pairs = sum(totals, (t) => t.tiers.corePairs)
    expect(pairs).toBeGreaterThan(0)
    expect(sum(totals, (t) => t.tiers.coreFlop)).toBe(pairs * flopPerToken(rowModel(five)))
    expect(sum(totals, (t) => t.cache.leftBytes)).toBe(pairs * BYTES)
    expect(sum(totals, (t) => t.cache.hits) + pairs).toBe(sum(totals, (t) => t.tokenLayers))
  })

  it('are handed to the cores once in a layer and iteration, however many experts they are', async () => {
    const handover = { ...cores, bytesPerPs: 100, handoverPs: 1e5 }
    const four = { ...story, topK: 4 }
    const latency = async (compute: typeof cores) => {
      const { totals, spans } = await run(
        'ep:cache=lru,miss=best',
        withTiers([{ ...host, startupPs: 1e7, compute }]),
        four,
      )
      expect(spans.filter(({ kind }) => kind === 'core')).toHaveLength(4 * loads)
      return sum(totals, (t) => t.latencyPs)
    }
    expect((await latency(handover)) - (await latency({ ...handover, handoverPs: 0 }))).toBe(loads * 1e5)
  })

  it('are brought with miss=best where handing them over takes longer', async () => {
    const compute = { ...cores, bytesPerPs: 100, handoverPs: 1e12 }
    const { totals } = await run('ep:cache=lru,miss=best', withTiers([{ ...host, compute }]))
    expect(sum(totals, (t) => t.tiers.corePairs)).toBe(0)
  })

  it.each([
    ['the cores are slow', { ...cores, bytesPerPs: 1e-3 }, 0],
    ['they are fast', { ...cores, bytesPerPs: 100 }, loads],
  ])('go where they are done first with miss=best: %s', async (_, compute, pairs) => {
    const { totals } = await run('ep:cache=lru,miss=best', withTiers([{ ...host, compute }]))
    expect(sum(totals, (t) => t.tiers.corePairs)).toBe(pairs)
    expect(brought(totals, 1) > 0).toBe(pairs === 0)
  })

  it('take the cores their start-up, the slower of reading and multiplying, and the ways of token and result', async () => {
    const { totals, spans } = await run(
      'ep:cache=lru,miss=best',
      withTiers([{ ...host, compute: { ...cores, bytesPerPs: 100 } }]),
    )
    const model = rowModel(story)
    const work = Math.max(BYTES / 100, flopPerToken(model) / cores.flopPerPs)
    const ways = (2 * hiddenBytes(model)) / host.bytesPerPs + 2 * host.latencyPs
    for (const { startPs, endPs } of spans)
      expect(endPs - startPs).toBe(Math.ceil(cores.startupPs + work + ways))
    expect(spans.map(({ kind }) => kind)).toEqual(Array(loads).fill('core'))
    expect(sum(totals, (t) => t.latencyPs)).toBe(loads * (spans[0]!.endPs - spans[0]!.startPs))
  })
})
