// The study of a trace: the order of its accesses, pools, phases, layers and the error over requests, by hand.
import { describe, expect, test } from 'vitest'
import { accessesOf } from '../../../src/cache/replay/accesses.ts'
import { slotsOfLayer } from '../../../src/cache/replay/replay.ts'
import { type CacheStudyOptions, studyCaches } from '../../../src/cache/replay/study.ts'
import { CACHE_POLICY_IDS } from '../../../src/cache/table.ts'
import { histogramsOf } from '../../../src/trace/histogram.ts'
import type { RoutingSource } from '../../../src/trace/source.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { oracleHits, sumOf } from '../../helpers/cache-oracle.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const LAYERS = [1, 3, 5]
const SHAPE = { experts: 16, topK: 3, layers: LAYERS }

function generated(requests: number, tokens: number, seed = 1): RoutingSource {
  const spec = { skew: 1, reuse: 0.4, topics: 1, requests, prefillTokens: tokens, decodeTokens: tokens }
  return generateRouting(memoryIo(), spec, SHAPE, seed)
}

/** Experts of all layers in the order of the definition: token by token, layer by layer, slot by slot. */
function inOrder({ layers, topK, requests, layerExperts }: RoutingSource): { key: number; layer: number }[] {
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  return Array.from({ length: tokens }, (_, token) =>
    layers.flatMap((id, layer) =>
      Array.from(layerExperts(id).subarray(token * topK, (token + 1) * topK), (expert) => ({
        key: 100 * layer + expert,
        layer,
      })),
    ),
  ).flat()
}

const study = (source: RoutingSource, options: Partial<CacheStudyOptions>) =>
  studyCaches(source, accessesOf(source), {
    ...{ policies: ['lru'], slots: [1], isPerLayer: false, halfLifeTokens: 4, hasLayers: true },
    ...options,
  })

/** What static goes by: another trace of the same model; and its counts by the keys of `inOrder`. */
const profile = histogramsOf(memoryIo(), generated(2, 8, 2))
const profileUses = new Float64Array(300)
for (const [index, layer] of LAYERS.entries()) {
  for (const phase of profile.phases) {
    for (const [expert, count] of profile.counts(layer, phase).entries()) {
      profileUses[100 * index + expert]! += count
    }
  }
}

describe('a pool for all layers', () => {
  const source = generated(3, 8)
  const accesses = inOrder(source).map(({ key }) => key)

  test.each(CACHE_POLICY_IDS)('has the hits of %s by its definition', async (policy) => {
    const slots = [4, 9, 20, 48]
    const results = await study(source, { policies: [policy], slots, profile })
    expect(results.map(({ hits }) => hits)).toEqual(
      slots.map((size) =>
        sumOf(oracleHits(accesses, { policy, slots: size, profile: profileUses, halfLifeUses: 4 * 9 })),
      ),
    )
    expect(results.map(({ accesses: count }) => count)).toEqual([432, 432, 432, 432])
  })

  test('has phases and layers that add up to all', async () => {
    for (const { accesses: count, hits, prefill, decode, layers } of await study(source, {
      slots: [9, 20],
    })) {
      expect(prefill!.hits + decode!.hits).toBe(hits)
      expect(prefill!.accesses + decode!.accesses).toBe(count)
      expect(layers!.map((layer) => layer.accesses)).toEqual([144, 144, 144])
      expect(layers!.reduce((sum, layer) => sum + layer.hits, 0)).toBe(hits)
    }
  })

  test('counts a hit in the layer and the phase of its access', async () => {
    const hits = oracleHits(accesses, { policy: 'lru', slots: 20 })
    const [result] = await study(source, { slots: [20] })
    const order = inOrder(source)
    const hitsOf = (isCounted: (access: number) => boolean) => sumOf(hits.filter((_, i) => isCounted(i)))
    expect(result!.layers!.map((layer) => layer.hits)).toEqual(
      LAYERS.map((_, layer) => hitsOf((access) => order[access]!.layer === layer)),
    )
    expect(result!.prefill!.hits).toBe(hitsOf((access) => Math.floor(access / 9) % 16 < 8))
  })
})

describe('a pool for each layer', () => {
  test('has the hits of a cache of its own, of its part of the slots', async () => {
    const source = generated(2, 10)
    const order = inOrder(source)
    const policies = CACHE_POLICY_IDS
    for (const { policy, slots, layers } of await study(source, {
      policies,
      slots: [5, 16],
      isPerLayer: true,
      profile,
    })) {
      const wanted = LAYERS.map((_, layer) => {
        const accesses = order.filter((access) => access.layer === layer).map(({ key }) => key % 100)
        const own = slotsOfLayer(slots, 3, layer)
        const uses = profileUses.subarray(100 * layer)
        return sumOf(oracleHits(accesses, { policy, slots: own, profile: uses, halfLifeUses: 4 * 3 }))
      })
      expect(layers!.map(({ hits }) => hits)).toEqual(wanted)
    }
  })

  test('divides all slots, those left over among the first layers', () => {
    const divided = (slots: number, layers: number) =>
      Array.from({ length: layers }, (_, layer) => slotsOfLayer(slots, layers, layer))
    expect(divided(8, 3)).toEqual([3, 3, 2])
    expect(divided(6, 3)).toEqual([2, 2, 2])
  })
})

test('a trace of prompts alone has no decode rate, and single layers only where they are wanted', async () => {
  const source = generateRouting(
    memoryIo(),
    { skew: 1, reuse: 0, topics: 1, requests: 2, prefillTokens: 3, decodeTokens: 0 },
    SHAPE,
    1,
  )
  const [result] = await study(source, { slots: [9], hasLayers: false })
  expect(result).toMatchObject({ accesses: 54, prefill: { accesses: 54 }, decode: undefined })
  expect(result).not.toHaveProperty('layers')
})

test('the error over requests is that of a ratio: none where all have the same rate, whatever their lengths', async () => {
  const source = (tokens: readonly number[], ids: readonly number[]): RoutingSource => ({
    ...generated(1, 1),
    topK: 1,
    layers: [0],
    requests: tokens.map((count, i) => ({ id: `${i}`, prefillTokens: 0, tokens: count })),
    layerExperts: () => Uint16Array.from(ids),
  })
  // Hits of 1 of 2 and of 2 of 4: each request starts with experts of its own.
  const [same] = await study(source([2, 4], [0, 0, 1, 1, 2, 2]), { slots: [1] })
  expect(same).toMatchObject({ accesses: 6, hits: 3, hitRate: 0.5, standardError: 0, requests: 2 })
  // 0 of 2 and 2 of 4: residuals are -2/3 and 2/3, their variance 8/9, of the mean of two 4/9; the mean length is 3.
  const [other] = await study(source([2, 4], [0, 1, 2, 2, 3, 3]), { slots: [1] })
  expect(other!.hitRate).toBeCloseTo(1 / 3, 12)
  expect(other!.standardError).toBeCloseTo(2 / 3 / 3, 12)
  // Requests without a decode token say nothing about decoding.
  const { requests: both, ...rest } = source([2, 4], [0, 1, 2, 2, 3, 3])
  const [prompt, answer] = both.map((request, i) => ({ ...request, prefillTokens: i === 0 ? 2 : 0 }))
  const [split] = await study({ ...rest, requests: [prompt!, answer!] }, { slots: [1] })
  expect(split!.decode).toEqual({ accesses: 4, hits: 2, hitRate: 0.5, requests: 1 })
  const [single] = await study(source([6], [0, 0, 1, 1, 2, 2]), { slots: [1] })
  expect(single).not.toHaveProperty('standardError')
})

test('progress is told with the name of the policy, up to the last access', async () => {
  const told: [number, number, string][] = []
  await study(generated(1, 4), {
    policies: ['lfu', 'min'],
    onProgress: async (...state) => void told.push(state),
  })
  expect(told).toEqual([
    [72, 72, 'looking ahead'],
    [36, 72, 'lfu'],
    [72, 72, 'lfu'],
    [36, 72, 'min'],
    [72, 72, 'min'],
  ])
})
