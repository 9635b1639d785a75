// What a layer does with slices that stayed: which are used where they lie, and how long compute units wait for the others.
import { expect, it } from 'vitest'
import { EventLoop } from '../../../src/engine/loop.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import type { LayerCache } from '../../../src/sim/cache/layer-cache.ts'
import { Cached } from '../../../src/sim/machine/cached.ts'
import type { Holdings } from '../../../src/sim/machine/holdings.ts'
import type { Tiers } from '../../../src/sim/machine/tiers.ts'
import { workOf } from '../../helpers/frames.ts'

const work = workOf([[0], [1], [2], [3]], 4, buildTopology({ kind: 'crossbar', dies: 1 }))

/** Slices of 52 B, two of an expert, all in the only tier but those of `near` experts. A byte comes in a ps. */
function cachedOf(miss: 'best' | 'compute' | 'fetch', near: readonly number[] = []) {
  const cache = {
    ...{ miss, promptsFetch: false, isWhole: true, hasAwaited: false, aheadBytes: 0, vainBytes: 0 },
    enter: () => undefined,
    leave: () => undefined,
    place: (expert: number) => (near.includes(expert) ? 0 : 1),
    use: (expert: number) => ({ place: near.includes(expert) ? 0 : 1, isAhead: expert === 1 }),
  }
  const tiers = {
    ...{ count: 1, handoverPs: 5 },
    bringPs: (_tier: number, bytes: number) => bytes,
    computePs: (tokens: number) => tokens,
  }
  const loop = new EventLoop()
  const cached = new Cached({
    ...{ loop, dies: 1, bytesOfSlice: [52, 52] },
    cache: cache as unknown as LayerCache,
    holdings: {} as unknown as Holdings,
    tiers: tiers as unknown as Tiers,
  })
  const start = () => {
    cached.enter(work)
    cached.begin(work, loop.nowPs, undefined, undefined)
  }
  start()
  const afar = (expert: number, tokens = 100) =>
    cached.staysAfar({ expert, die: 0, fromPair: 0, toPair: tokens }, 0)
  return { cached, start, afar }
}

it('an expert is brought where that is over before the cores, both behind what was decided before in the iteration', () => {
  const { afar, start, cached } = cachedOf('best', [3])
  // 104 ps to bring against 105 on cores; then 208 against 105 and 205, and against 305.
  const decided = () => [0, 1, 2, 0].map((expert) => afar(expert))
  expect(decided()).toEqual([false, true, true, false])
  start()
  expect(decided()).toEqual([false, true, true, false])
  expect(afar(3)).toBe(false)
  start()
  // As long on either way.
  expect(afar(0, 99)).toBe(true)
  expect(cached.counters).toMatchObject({ hits: 0, misses: 10, missBytes: 520, leftBytes: 520 })
})

it('an expert is brought in any case where misses are fetched, in none where cores are to compute', () => {
  expect([cachedOf('fetch').afar(0), cachedOf('fetch').afar(1, 1)]).toEqual([false, false])
  expect([cachedOf('compute').afar(0), cachedOf('compute').afar(1, 1e6)]).toEqual([true, true])
})

it('a use is a hit or a miss, and a wait for what was missed is a stall', () => {
  const { cached } = cachedOf('fetch', [1])
  const use = (expert: number) => cached.use({ expert, slice: 0, die: 0, tokens: 1 }, 0)
  expect([use(0), use(1)]).toEqual([1, 0])
  cached.noteCompute({ expert: 1, slice: 0, die: 0 }, 30, 50)
  cached.noteCompute({ expert: 0, slice: 0, die: 0 }, 57, 60)
  expect(cached.counters).toMatchObject({
    ...{ hits: 1, misses: 1, hitBytes: 52, missBytes: 52, aheadHits: 1, aheadHitBytes: 52, stallPs: 7 },
  })
  expect([0, 1].map((expert) => cached.keeps({ expert, slice: 0, die: 0 }))).toEqual([false, true])
})
