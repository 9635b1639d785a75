// What a layer sees of a cache: what is read ahead drives out nothing that is needed, and goes first if it was not needed itself.
import { expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import type { CacheRequest } from '../../../src/schedulers/caching/cache.ts'
import { ExpertCaches } from '../../../src/sim/cache/expert-caches.ts'
import type { LayerCache } from '../../../src/sim/cache/layer-cache.ts'
import { LayerKnowledge } from '../../../src/sim/knowledge.ts'
import { frameHardware, tinyModel } from '../../helpers/frames.ts'

const EXPERTS = 8
const model = tinyModel(EXPERTS, 3, 2)
const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 })
const hardware: HardwareSpec = {
  ...frames,
  topology: { kind: 'crossbar', dies: 1 },
  memory: { ...frames.memory, channelDies: [0] },
}

/** The only layer's view of a cache of so many experts. */
function cacheOf(policy: CacheRequest['policy'], slots: number): LayerCache {
  const layerExperts = new Uint16Array(0)
  const routing = { layers: [0], requests: [], layerExperts: () => layerExperts }
  const knowledge = new LayerKnowledge({ model, routing, layer: 0, layerExperts, iterations: [] })
  const request: CacheRequest = {
    ...{ policy, place: 'sram', bytes: slots * expertBytes(model), tierBytes: [], miss: 'fetch' },
    ...{ unit: 'expert', scope: 'pool', isWarm: false, profile: 'past', halfLifeTokens: 16 },
  }
  const pkg = packageOf({ hardware, model, compat: 'physical' })
  const cache = new ExpertCaches({ pkg, request, slices: 1, layers: [knowledge] }).ofLayer(0)
  cache.enter(0)
  return cache
}

const held = (cache: LayerCache) =>
  [...Array(EXPERTS).keys()].filter((expert) => cache.place(expert, 0, 0) === 0)

it('what is read ahead drives out no expert that the iteration needs, before or after its use', () => {
  const cache = cacheOf('lru', 3)
  for (const expert of [0, 1, 2]) cache.use(expert, 0, 0)
  cache.enter(1)
  cache.hold([0, 1])
  cache.use(1, 0, 0)
  expect(cache.bring(5, 0, 0)).toBe(true)
  expect(held(cache)).toEqual([0, 1, 5])
  expect(cache.bring(6, 0, 0)).toBe(false)
  cache.leave()
  // From then on the policy decides: of those that were used, 0 the longest ago.
  cache.enter(2)
  cache.use(5, 0, 0)
  cache.use(7, 0, 0)
  expect(held(cache)).toEqual([1, 5, 7])
})

it('once an iteration is over, nothing that a later one uses is held for it', () => {
  const cache = cacheOf('lru', 3)
  cache.hold([0])
  cache.use(0, 0, 0)
  cache.leave()
  cache.enter(1)
  for (const expert of [1, 2, 3]) cache.use(expert, 0, 0)
  expect(cache.bring(6, 0, 0)).toBe(true)
  expect(held(cache)).toEqual([2, 3, 6])
})

it('what was read ahead and is not used goes first, and counts as read in vain until it is used', () => {
  const cache = cacheOf('lru', 3)
  for (const expert of [0, 1]) cache.use(expert, 0, 0)
  cache.leave()
  expect(cache.bring(4, 0, 0)).toBe(true)
  cache.enter(1)
  cache.use(0, 0, 0)
  cache.leave()
  expect(cache.vainBytes).toBe(expertBytes(model))
  cache.enter(2)
  cache.use(2, 0, 0)
  expect(held(cache)).toEqual([0, 1, 2])
  // The second time it comes true after all.
  expect(cache.bring(4, 0, 0)).toBe(true)
  expect(cache.vainBytes).toBe(2 * expertBytes(model))
  cache.enter(3)
  expect(cache.use(4, 0, 0)).toEqual({ place: 0, isAhead: true })
  expect(cache.vainBytes).toBe(expertBytes(model))
})

it('what is worth least goes first under benefit, whatever was used last', () => {
  const cache = cacheOf('benefit', 2)
  cache.weigh(Float64Array.of(0.5, 0.2, 0.3, 0, 0, 0, 0, 0))
  for (const expert of [0, 1, 2]) cache.use(expert, 0, 0)
  expect(held(cache)).toEqual([0, 2])
  cache.enter(1)
  cache.weigh(Float64Array.of(0.1, 0.2, 0.7, 0, 0, 0, 0, 0))
  cache.use(3, 0, 0)
  expect(held(cache)).toEqual([2, 3])
})
