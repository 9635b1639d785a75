// The expert caches of a run: on every die, through all iterations, of one layer or of several that share them.
import { NestedCaches } from '../../cache/nested-caches.ts'
import type { CachePolicy } from '../../cache/policy.ts'
import { CACHE_POLICIES } from '../../cache/table.ts'
import { randomStream } from '../../engine/random.ts'
import { fail } from '../../errors.ts'
import type { Package } from '../../hardware/package.ts'
import { expertBytes, sliceBytes } from '../../model/shape.ts'
import type { CacheRequest } from '../../schedulers/caching/cache.ts'
import type { RoutingKnowledge } from '../../schedulers/knowledge.ts'
import { LayerCache } from './layer-cache.ts'
import { NextUses } from './next-uses.ts'

export interface CachesSetting {
  readonly pkg: Package
  readonly request: CacheRequest
  /** Slices an expert is cut into. */
  readonly slices: number
  /** Of each layer that shares the caches, in the order in which an iteration comes to them. */
  readonly layers: readonly RoutingKnowledge[]
  /** Of each layer: the dies in whose memories an expert has its place. Absent: on any die. */
  readonly keepers?: readonly ((expert: number) => readonly number[])[]
}

/** An expert, or each of its slices, is an item: one of a layer's experts x slices, layer after layer. */
export class ExpertCaches {
  private readonly setting: CachesSetting
  private readonly itemsOfLayer: number
  private readonly itemsOfExpert: number
  /** By die; where every layer has a part of its own, of the one layer of this run. */
  private caches: readonly NestedCaches[]
  /** In items: of the caches, and of each tier but the last. */
  private readonly slots: readonly number[]
  private readonly nextUses: NextUses | undefined
  /** By item, for what is kept by its benefit: see LayerCache.weigh. */
  private readonly worths: Float64Array
  private uses = 0

  /** Throws UserError where the policy needs what is not known. */
  constructor(setting: CachesSetting) {
    this.setting = setting
    const { pkg, request, slices, layers } = setting
    const { model, topology } = pkg
    const isWhole = request.unit === 'expert'
    this.itemsOfExpert = isWhole ? 1 : slices
    this.itemsOfLayer = model.experts * this.itemsOfExpert
    const items = layers.length * this.itemsOfLayer
    if (request.policy === 'min') this.nextUses = new NextUses(layers, model)
    this.worths = new Float64Array(items)
    const profile = request.policy === 'static' || request.isWarm ? this.profile() : undefined
    const parts = request.scope === 'layer' ? model.moeLayers.length : 1
    const itemBytes = isWhole ? expertBytes(model) : sliceBytes(model, slices, 0)
    const rooms = [request.bytes, ...request.tierBytes]
    this.slots = rooms.map((bytes) => Math.min(Math.floor(bytes / parts / itemBytes), items))
    this.caches = Array.from({ length: topology.dies }, (_, die) => {
      const policy = this.policy(items, profile)
      return request.isWarm ? this.warmed(policy, profile!, die) : new NestedCaches(policy, this.slots, items)
    })
    if (request.isWarm) this.uses += items
  }

  /** `index`: of the layer among those that share the caches. */
  ofLayer(index: number): LayerCache {
    const { setting, nextUses, worths, itemsOfExpert } = this
    const { pkg, request, slices } = setting
    const { model } = pkg
    return new LayerCache({
      caches: () => this.caches,
      ...{ request, worths, itemsOfExpert, experts: model.experts },
      firstItem: index * this.itemsOfLayer,
      itemBytes:
        itemsOfExpert === 1
          ? [expertBytes(model)]
          : Array.from({ length: slices }, (_, slice) => sliceBytes(model, slices, slice)),
      nextUse: () => this.uses++,
      onEnter: (iteration) => {
        nextUses?.enter(index, iteration)
        if (request.profile === 'prompt') this.placePrompt(index, iteration)
      },
    })
  }

  private policy(items: number, profile: Float64Array | undefined): CachePolicy {
    const { request, pkg, layers } = this.setting
    const { nextUses, itemsOfLayer, itemsOfExpert } = this
    switch (request.policy) {
      case 'none':
        return CACHE_POLICIES.lru.create()
      case 'benefit':
        return { worth: (item) => this.worths[item]! }
      case 'lru':
      case 'lfu':
        return CACHE_POLICIES[request.policy].create({ experts: items })
      case 'lfru': {
        const halfLifeUses = request.halfLifeTokens * pkg.model.topK * layers.length * itemsOfExpert
        return CACHE_POLICIES.lfru.create({ experts: items, halfLifeUses })
      }
      case 'static':
        return CACHE_POLICIES.static.create({ experts: items, profile })
      case 'min': {
        const layerOf = (item: number) => Math.floor(item / itemsOfLayer)
        const expertOf = (item: number) => Math.floor((item % itemsOfLayer) / itemsOfExpert)
        // Of an expert's slices, which are used in order, the later ones are used later.
        const worth = (item: number) =>
          -(nextUses!.after(layerOf(item), expertOf(item)) * itemsOfExpert + (item % itemsOfExpert))
        return { worth }
      }
    }
  }

  /** How much each item's expert is to be preferred: by chance, or its tokens over the requests that the run leaves out. */
  private profile(): Float64Array {
    const { request, layers, pkg } = this.setting
    const { itemsOfLayer, itemsOfExpert } = this
    const profile = new Float64Array(layers.length * itemsOfLayer)
    const random = randomStream(0, 'experts that are kept by chance')
    layers.forEach((knowledge, index) => {
      const tokens =
        request.profile === 'random'
          ? Float64Array.from({ length: pkg.model.experts }, random)
          : knowledge.heldOutTokens()
      if (tokens === undefined) {
        const asks = request.policy === 'static' ? 'cache=static' : 'cache-start=warm'
        fail('conflict', {
          what: `${asks} needs to know which experts are used most, and the run takes all requests of the routing`,
          hint: 'take fewer requests or tokens, so that some are left to make a profile of, or use cache=lfu and cache-start=cold',
        })
      }
      for (let item = 0; item < itemsOfLayer; item++)
        profile[index * itemsOfLayer + item] = tokens[Math.floor(item / itemsOfExpert)]!
    })
    return profile
  }

  /** As if the items of the largest worth had just been used, those of less before those of more. */
  private warmed(policy: CachePolicy, profile: Float64Array, die: number): NestedCaches {
    const cache = new NestedCaches(policy, this.slots, profile.length)
    const items = [...profile.keys()]
      .filter((item) => this.isKeptBy(item, die))
      .sort((a, b) => profile[a]! - profile[b]! || b - a)
    items.forEach((item, place) => {
      cache.access(item, this.uses + place)
    })
    return cache
  }

  /** What a die never computes with would take the room of what it does. */
  private isKeptBy(item: number, die: number): boolean {
    const { keepers } = this.setting
    if (keepers === undefined) return true
    const layer = Math.floor(item / this.itemsOfLayer)
    return keepers[layer]!(Math.floor((item % this.itemsOfLayer) / this.itemsOfExpert)).includes(die)
  }

  /**
   * Where a prompt has just ended, its tokens decide what stays: of experts used as often those that are there. `index`: of
   * a layer with a part of its own.
   */
  private placePrompt(index: number, iteration: number): void {
    const knowledge = this.setting.layers[index]!
    const prompt = promptBefore(knowledge, iteration)
    if (prompt.length === 0) return
    const tokens = knowledge.tokensIn(prompt)
    this.caches = this.caches.map((cache, die) => {
      const profile = Float64Array.from({ length: this.itemsOfLayer }, (_, item) => {
        const stays = cache.smallestWith(item) === 0 ? 1 : 0
        return 2 * tokens[Math.floor(item / this.itemsOfExpert)]! + stays
      })
      return this.warmed(CACHE_POLICIES.static.create({ experts: profile.length, profile }), profile, die)
    })
    this.uses += this.itemsOfLayer
  }
}

/** The iterations of the prompt whose first answer tokens are those of an iteration; none where there is no such prompt. */
function promptBefore({ iterations }: RoutingKnowledge, iteration: number): number[] {
  if (iterations[iteration]!.phase === 'prefill') return []
  const prompt: number[] = []
  for (let at = iteration - 1; iterations[at]?.phase === 'prefill'; at--) prompt.push(at)
  return prompt
}
