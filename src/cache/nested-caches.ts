// Caches of several sizes under one policy, replayed together: each holds what the smaller ones hold, and more.
import { invariant } from '../errors.ts'
import type { CachePolicy } from './policy.ts'

/** In the place of an expert. */
export const NOTHING = -1

/**
 * A level is what a cache holds beyond the next smaller one; it is a heap, the expert of least worth on top. An expert that
 * is used goes to level 0, and what that puts out there sinks, level by level, to the hole that the used one left: as in
 * Mattson's stack, with levels of many places where that has single ones. One size alone is an ordinary cache.
 *
 * Memory: 8 bytes an expert and 16 a slot of the largest cache. Time of an access: a few steps in the heap of each level
 * down to the one the expert was in.
 */
export class NestedCaches {
  /** What the last access put out of the largest cache, or NOTHING. */
  evicted = NOTHING
  private readonly policy: CachePolicy
  private readonly levels: number
  /** First place of each level, and the end of the last one. */
  private readonly starts: Int32Array
  /** Experts in each level. */
  private readonly counts: Int32Array
  /** By place: the expert, its worth, its last use. */
  private readonly experts: Int32Array
  private readonly worths: Float64Array
  private readonly lastUses: Uint32Array
  /** By expert: its level (`levels` where no cache holds it) and its place. */
  private readonly levelOf: Int32Array
  private readonly placeOf: Int32Array

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
    const places = this.starts[this.levels]!
    this.experts = new Int32Array(places)
    this.worths = new Float64Array(places)
    this.lastUses = new Uint32Array(places)
    this.levelOf = new Int32Array(experts).fill(this.levels)
    this.placeOf = new Int32Array(experts)
  }

  /**
   * Uses an expert. `use`: number of the use, below 2^32 and rising. Returns the index of the smallest cache that held the
   * expert, or the number of caches where none did.
   */
  access(expert: number, use: number): number {
    const found = this.levelOf[expert]!
    const worth = this.policy.worth(expert, use)
    if (found === 0) {
      this.evicted = NOTHING
      this.settle(0, this.counts[0]!, this.placeOf[expert]!, expert, worth, use)
      return 0
    }
    if (found < this.levels) this.takeOut(found, this.placeOf[expert]!)
    this.evicted = this.sink(expert, worth, use)
    return found
  }

  /**
   * Brings an expert into the smallest cache without a use, `worth` so much until it is used or weighed anew. false, and nothing
   * is done, where that cache is full and holds nothing of less worth.
   */
  bring(expert: number, worth: number, use: number): boolean {
    const found = this.levelOf[expert]!
    if (found === 0) return true
    const isFull = this.counts[0] === this.starts[1]! - this.starts[0]!
    if (isFull && this.worths[0]! >= worth) return false
    if (found < this.levels) this.takeOut(found, this.placeOf[expert]!)
    this.evicted = this.sink(expert, worth, use)
    return true
  }

  /** Gives an expert that is held another worth; returns the one it had. undefined: no cache holds it. */
  reweigh(expert: number, worth: number): number | undefined {
    const level = this.levelOf[expert]!
    if (level === this.levels) return undefined
    const start = this.starts[level]!
    const place = this.placeOf[expert]!
    const before = this.worths[place]!
    if (worth !== before) {
      this.settle(start, start + this.counts[level]!, place, expert, worth, this.lastUses[place]!)
    }
    return before
  }

  /** Empties the place of an expert, if it has one. */
  remove(expert: number): void {
    const level = this.levelOf[expert]!
    if (level === this.levels) return
    this.takeOut(level, this.placeOf[expert]!)
    this.levelOf[expert] = this.levels
  }

  /** As `access` returns it, without a use. */
  smallestWith(expert: number): number {
    return this.levelOf[expert]!
  }

  private takeOut(level: number, place: number): void {
    const start = this.starts[level]!
    // The last one fills the hole, be it its own.
    const last = start + --this.counts[level]!
    this.settle(start, last, place, this.experts[last]!, this.worths[last]!, this.lastUses[last]!)
  }

  /** Puts an expert into level 0, and what makes room there into the next level; returns what makes room in the last. */
  private sink(used: number, usedWorth: number, use: number): number {
    const { levels, starts, counts, experts, worths, lastUses, levelOf } = this
    let expert = used
    let worth = usedWorth
    let lastUse = use
    for (let level = 0; level < levels; level++) {
      const start = starts[level]!
      const end = start + counts[level]!
      if (end < starts[level + 1]!) {
        counts[level]!++
        levelOf[expert] = level
        this.rise(start, end, expert, worth, lastUse)
        return NOTHING
      }
      if (start === end) continue
      const top = experts[start]!
      const topWorth = worths[start]!
      const topUse = lastUses[start]!
      // The expert that is used stays in level 0 whatever it is worth.
      if (level > 0 && (worth < topWorth || (worth === topWorth && lastUse < topUse))) continue
      levelOf[expert] = level
      this.fall(start, end, start, expert, worth, lastUse)
      expert = top
      worth = topWorth
      lastUse = topUse
    }
    levelOf[expert] = levels
    return expert
  }

  /** Puts an expert at a place of a level, or above or below it as its worth wants. */
  private settle(
    start: number,
    end: number,
    place: number,
    expert: number,
    worth: number,
    lastUse: number,
  ): void {
    const { worths, lastUses } = this
    const above = start + ((place - start - 1) >> 1)
    const isLess =
      place > start && (worth < worths[above]! || (worth === worths[above]! && lastUse < lastUses[above]!))
    if (isLess) this.rise(start, place, expert, worth, lastUse)
    else this.fall(start, end, place, expert, worth, lastUse)
  }

  // The innermost loops of every study: they move the four columns of a place by themselves.

  /** At this place or above. */
  private rise(start: number, from: number, expert: number, worth: number, lastUse: number): void {
    const { experts, worths, lastUses, placeOf } = this
    let place = from
    while (place > start) {
      const above = start + ((place - start - 1) >> 1)
      const other = worths[above]!
      if (worth > other || (worth === other && lastUse > lastUses[above]!)) break
      const moved = experts[above]!
      experts[place] = moved
      worths[place] = other
      lastUses[place] = lastUses[above]!
      placeOf[moved] = place
      place = above
    }
    experts[place] = expert
    worths[place] = worth
    lastUses[place] = lastUse
    placeOf[expert] = place
  }

  /** At this place or below. */
  private fall(
    start: number,
    end: number,
    from: number,
    expert: number,
    worth: number,
    lastUse: number,
  ): void {
    const { experts, worths, lastUses, placeOf } = this
    let place = from
    for (let below = 2 * place - start + 1; below < end; below = 2 * place - start + 1) {
      if (below + 1 < end) {
        const left = worths[below]!
        const right = worths[below + 1]!
        if (left !== right) below += Number(right < left)
        else if (lastUses[below + 1]! < lastUses[below]!) below++
      }
      const other = worths[below]!
      if (worth < other || (worth === other && lastUse < lastUses[below]!)) break
      const moved = experts[below]!
      experts[place] = moved
      worths[place] = other
      lastUses[place] = lastUses[below]!
      placeOf[moved] = place
      place = below
    }
    experts[place] = expert
    worths[place] = worth
    lastUses[place] = lastUse
    placeOf[expert] = place
  }
}
