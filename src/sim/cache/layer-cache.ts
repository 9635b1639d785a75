// What one layer's machine sees of the caches of a run: which experts are there, which may not leave, which were read ahead.
import type { NestedCaches } from '../../cache/nested-caches.ts'
import type { CacheRequest } from '../../schedulers/caching/cache.ts'

/** Where a slice was that is asked for. */
export interface Found {
  /** As LayerCache.place. */
  readonly place: number
  /** It was there because it had been read ahead, and this is its first use. */
  readonly isAhead: boolean
}

export interface LayerCacheSetting {
  readonly request: CacheRequest
  /** By die. */
  readonly caches: () => readonly NestedCaches[]
  readonly experts: number
  /** An expert, or each of its slices, is an item of the caches. */
  readonly itemsOfExpert: number
  /** Of the layer's. */
  readonly firstItem: number
  /** Bytes of the items of an expert. */
  readonly itemBytes: readonly number[]
  /** By item: what it is worth while nothing else says so. */
  readonly worths: Float64Array
  readonly nextUse: () => number
  readonly onEnter: (iteration: number) => void
}

export class LayerCache {
  private readonly setting: LayerCacheSetting
  /** Where items were when they were first used in this iteration, by die. */
  private readonly found: readonly Map<number, Found>[]
  /** Read ahead and not used so far, by die. */
  private readonly guesses: readonly Set<number>[]
  /** Read ahead for the iteration to come, or the one that runs, by die: they do not leave before it is over. */
  private readonly awaited: readonly Set<number>[]
  /** Others that do not leave before the iteration is over, and what they are worth then, by die. */
  private readonly held: readonly Map<number, number>[]
  private isHolding = false
  private lostBytes = 0
  /** All that was ever read ahead. */
  aheadBytes = 0

  constructor(setting: LayerCacheSetting) {
    this.setting = setting
    const perDie = <T>(make: () => T) => setting.caches().map(make)
    this.found = perDie(() => new Map())
    this.guesses = perDie(() => new Set())
    this.awaited = perDie(() => new Set())
    this.held = perDie(() => new Map())
  }

  /** Of each die. */
  get sramBytes(): number {
    const { place, bytes } = this.setting.request
    return place === 'sram' ? bytes : 0
  }

  get miss(): CacheRequest['miss'] {
    return this.setting.request.miss
  }

  /** Whether prompts bring what they need, whatever `miss` says. */
  get promptsFetch(): boolean {
    return this.setting.request.profile === 'prompt'
  }

  /** Whether whole experts come and go. */
  get isWhole(): boolean {
    return this.setting.itemsOfExpert === 1
  }

  /** Bytes read ahead that no iteration has used so far. */
  get vainBytes(): number {
    const waiting = this.guesses.flatMap((ofDie) => [...ofDie].map((item) => this.bytesOf(item)))
    return waiting.reduce((sum, bytes) => sum + bytes, this.lostBytes)
  }

  /** Whether anything was read ahead for the iteration to come. */
  get hasAwaited(): boolean {
    return this.awaited.some((ofDie) => ofDie.size > 0)
  }

  isAwaited(expert: number, slice: number, die: number): boolean {
    return this.awaited[die]!.has(this.itemOf(expert, slice))
  }

  /** To be told before each iteration. */
  enter(iteration: number): void {
    this.setting.onEnter(iteration)
    for (const ofDie of this.found) ofDie.clear()
  }

  /** Until the iteration is over these experts do not leave for what is read ahead. */
  hold(experts: readonly number[]): void {
    this.isHolding = true
    this.setting.caches().forEach((cache, die) => {
      for (const item of experts.flatMap((expert) => this.itemsOf(expert))) {
        if (cache.smallestWith(item) > 0 || this.awaited[die]!.has(item)) continue
        this.held[die]!.set(item, cache.reweigh(item, Number.POSITIVE_INFINITY)!)
      }
    })
  }

  /** The iteration is over: what was read ahead for it and not used goes first from now on. */
  leave(): void {
    this.setting.caches().forEach((cache, die) => {
      const guesses = this.guesses[die]!
      for (const item of this.awaited[die]!) {
        const isUnused = guesses.has(item)
        if (this.setting.request.policy !== 'none') {
          if (isUnused) cache.reweigh(item, Number.NEGATIVE_INFINITY)
          continue
        }
        cache.remove(item)
        if (guesses.delete(item)) this.lostBytes += this.bytesOf(item)
      }
      this.awaited[die]!.clear()
      for (const [item, worth] of this.held[die]!) cache.reweigh(item, worth)
      this.held[die]!.clear()
    })
    this.isHolding = false
  }

  /** Uses a slice on a die. From now on it is there, as long as it is worth its room. */
  use(expert: number, slice: number, die: number): Found {
    const item = this.itemOf(expert, slice)
    const known = this.found[die]!.get(item)
    if (known !== undefined) return known
    const cache = this.setting.caches()[die]!
    const place = cache.smallestWith(item)
    const isGuess = this.guesses[die]!.delete(item)
    if (isGuess && place > 0) this.lostBytes += this.bytesOf(item)
    if (this.setting.request.policy !== 'none') {
      cache.access(item, this.setting.nextUse())
      if (this.isHolding) this.held[die]!.set(item, cache.reweigh(item, Number.POSITIVE_INFINITY)!)
    }
    const found = { place, isAhead: isGuess && place === 0 }
    this.found[die]!.set(item, found)
    return found
  }

  /** 0: on the die, or in its memory; from 1 on: in the memory, or in the tier of this number. */
  place(expert: number, slice: number, die: number): number {
    return this.setting.caches()[die]!.smallestWith(this.itemOf(expert, slice))
  }

  /** Takes room on a die for what is read ahead for the next iteration; false: there is none, or it is there. */
  bring(expert: number, slice: number, die: number): boolean {
    const item = this.itemOf(expert, slice)
    const cache = this.setting.caches()[die]!
    if (cache.smallestWith(item) === 0) return false
    if (!cache.bring(item, Number.POSITIVE_INFINITY, this.setting.nextUse())) return false
    if (this.guesses[die]!.has(item)) this.lostBytes += this.bytesOf(item)
    this.guesses[die]!.add(item)
    this.awaited[die]!.add(item)
    this.aheadBytes += this.bytesOf(item)
    return true
  }

  /** How much of the next iteration's tokens each expert is expected to have: [experts], 1 in sum, or all 0. */
  weigh(shares: Float64Array): void {
    const { worths, experts } = this.setting
    const caches = this.setting.caches()
    for (let expert = 0; expert < experts; expert++) {
      for (const item of this.itemsOf(expert)) {
        const worth = shares[expert]! * this.bytesOf(item)
        worths[item] = worth
        caches.forEach((cache, die) => {
          if (this.held[die]!.has(item)) this.held[die]!.set(item, worth)
          else if (!this.awaited[die]!.has(item)) cache.reweigh(item, worth)
        })
      }
    }
  }

  private itemOf(expert: number, slice: number): number {
    const { firstItem, itemsOfExpert } = this.setting
    return firstItem + (itemsOfExpert === 1 ? expert : expert * itemsOfExpert + slice)
  }

  private itemsOf(expert: number): number[] {
    return Array.from({ length: this.setting.itemsOfExpert }, (_, slice) => this.itemOf(expert, slice))
  }

  private bytesOf(item: number): number {
    const { firstItem, itemsOfExpert, itemBytes } = this.setting
    return itemBytes[(item - firstItem) % itemsOfExpert]!
  }
}
