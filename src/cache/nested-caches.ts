// Caches of several sizes under one policy, replayed together: each holds what the smaller ones hold, and more.
import { invariant } from '../errors.ts'
import type { CachePolicy } from './policy.ts'

/** In the place of an expert. */
export const NOTHING = -1

/**
 * A level is what a cache holds beyond the next smaller one; it is a heap, the expert of least worth on top. An expert that
 * is used goes to level 0, and what that puts out there sinks, level by level, to the hole that the used one left: as in
 * Mattson's stack, with levels of many places in the place of single ones. One size alone is an ordinary cache.
 *
 * Memory: 28 bytes an expert. Time of an access: a few steps of a heap for each level down to the one the expert was in.
 */
export class NestedCaches {
  /** What the last access put out of the largest cache, or NOTHING. */
  evicted = NOTHING
  private readonly policy: CachePolicy
  private readonly levels: number
  /** First place of each level in `heap`, and the end of the last one. */
  private readonly starts: Int32Array
  /** Experts in each level. */
  private readonly counts: Int32Array
  private readonly heap: Int32Array
  /** Of each expert: its level (`levels` where no cache holds it), and its place in `heap`. */
  private readonly levelOf: Int32Array
  private readonly placeOf: Int32Array
  private readonly worths: Float64Array
  private readonly lastUses: Uint32Array

  /** `slots`: sizes in experts, none smaller than the one before it. `experts`: how many there are. */
  constructor(policy: CachePolicy, slots: readonly number[], experts: number) {
    invariant(slots.length > 0 && slots[0]! >= 1, 'a cache has a slot at least')
    invariant(
      slots.every((size, i) => i === 0 || size >= slots[i - 1]!),
      'sizes of caches ascend',
    )
    this.policy = policy
    this.levels = slots.length
    this.starts = Int32Array.from([0, ...slots.map((size) => Math.min(size, experts))])
    this.counts = new Int32Array(this.levels)
    this.heap = new Int32Array(this.starts[this.levels]!)
    this.levelOf = new Int32Array(experts).fill(this.levels)
    this.placeOf = new Int32Array(experts)
    this.worths = new Float64Array(experts)
    this.lastUses = new Uint32Array(experts)
  }

  /** Uses an expert. Returns the index of the smallest cache that held it, or the number of caches where none did. */
  access(expert: number, use: number): number {
    const found = this.levelOf[expert]!
    this.evicted = NOTHING
    this.worths[expert] = this.policy.worth(expert, use)
    this.lastUses[expert] = use
    if (found === 0) {
      this.settle(0, this.placeOf[expert]!)
      return 0
    }
    if (found < this.levels) this.takeOut(found, this.placeOf[expert]!)
    let sinking = this.bringIn(expert)
    for (let level = 1; sinking !== NOTHING && level < this.levels; level++) {
      sinking = this.sinkInto(level, sinking)
    }
    if (sinking !== NOTHING) this.levelOf[sinking] = this.levels
    this.evicted = sinking
    return found
  }

  /** Puts an expert into level 0; returns the one that makes room for it, or NOTHING. */
  private bringIn(expert: number): number {
    if (this.counts[0]! < this.starts[1]!) {
      this.append(0, expert)
      return NOTHING
    }
    return this.replaceTop(0, expert)
  }

  /** Returns the one that is worth least, of the level and `expert`; NOTHING where there was room. */
  private sinkInto(level: number, expert: number): number {
    const start = this.starts[level]!
    const size = this.starts[level + 1]! - start
    if (this.counts[level]! < size) {
      this.append(level, expert)
      return NOTHING
    }
    return size === 0 || this.isWorthLess(expert, this.heap[start]!) ? expert : this.replaceTop(level, expert)
  }

  private append(level: number, expert: number): void {
    const place = this.starts[level]! + this.counts[level]!++
    this.put(place, expert)
    this.levelOf[expert] = level
    this.rise(this.starts[level]!, place)
  }

  private replaceTop(level: number, expert: number): number {
    const start = this.starts[level]!
    const top = this.heap[start]!
    this.put(start, expert)
    this.levelOf[expert] = level
    this.fall(start, start + this.counts[level]!, start)
    return top
  }

  private takeOut(level: number, place: number): void {
    const last = this.starts[level]! + --this.counts[level]!
    if (place === last) return
    this.put(place, this.heap[last]!)
    this.settle(level, place)
  }

  /** Restores the order of a level of which one expert may be anywhere. */
  private settle(level: number, place: number): void {
    const start = this.starts[level]!
    if (!this.rise(start, place)) this.fall(start, start + this.counts[level]!, place)
  }

  /** Whether it moved. */
  private rise(start: number, from: number): boolean {
    const { heap, placeOf, worths, lastUses } = this
    const expert = heap[from]!
    const worth = worths[expert]!
    const lastUse = lastUses[expert]!
    let place = from
    while (place > start) {
      const above = start + ((place - start - 1) >> 1)
      const other = heap[above]!
      const otherWorth = worths[other]!
      if (worth > otherWorth || (worth === otherWorth && lastUse > lastUses[other]!)) break
      heap[place] = other
      placeOf[other] = place
      place = above
    }
    heap[place] = expert
    placeOf[expert] = place
    return place !== from
  }

  private fall(start: number, end: number, from: number): void {
    const { heap, placeOf, worths, lastUses } = this
    const expert = heap[from]!
    const worth = worths[expert]!
    const lastUse = lastUses[expert]!
    let place = from
    for (let below = 2 * place - start + 1; below < end; below = 2 * place - start + 1) {
      let other = heap[below]!
      let otherWorth = worths[other]!
      if (below + 1 < end) {
        const right = heap[below + 1]!
        const rightWorth = worths[right]!
        if (rightWorth < otherWorth || (rightWorth === otherWorth && lastUses[right]! < lastUses[other]!)) {
          below++
          other = right
          otherWorth = rightWorth
        }
      }
      if (worth < otherWorth || (worth === otherWorth && lastUse < lastUses[other]!)) break
      heap[place] = other
      placeOf[other] = place
      place = below
    }
    heap[place] = expert
    placeOf[expert] = place
  }

  private put(place: number, expert: number): void {
    this.heap[place] = expert
    this.placeOf[expert] = place
  }

  private isWorthLess(a: number, b: number): boolean {
    const worthA = this.worths[a]!
    const worthB = this.worths[b]!
    return worthA < worthB || (worthA === worthB && this.lastUses[a]! < this.lastUses[b]!)
  }
}
