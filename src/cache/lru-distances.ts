// LRU caches of all sizes in one pass: how many experts were used since an expert's last use.
import { invariant } from '../errors.ts'

/** Places of uses per expert before they are numbered anew: numbering takes a few steps a place. */
const PLACES_PER_EXPERT = 4

/**
 * A cache of n slots under `lru` holds the n experts used last, so that a use hits where at most n - 1 others were used
 * since the last one (Mattson et al. 1970). A binary indexed tree over the order of last uses counts them (Bennett and
 * Kruskal 1975).
 *
 * Memory: about 40 bytes an expert. Time of an access: three walks through the tree.
 */
export class LruDistances {
  /** Index of the smallest cache that a distance is a hit in; by distance, from 1. */
  private readonly levelOf: Int32Array
  private readonly levels: number
  /** Tree over places from 1 on: how many of them are the last use of an expert. */
  private readonly tree: Int32Array
  /** The expert whose last use a place is, plus 1; 0 where a later use followed. */
  private readonly expertAt: Int32Array
  /** Place of the last use of each expert; 0 where there is none. */
  private readonly placeOf: Int32Array
  private readonly places: number
  private place = 0
  private known = 0

  /** `slots`: sizes in experts, ascending. `experts`: how many there are. */
  constructor(slots: readonly number[], experts: number) {
    invariant(experts >= 1, 'no experts')
    this.levels = slots.length
    this.levelOf = new Int32Array(experts + 1)
    for (let distance = 1, level = 0; distance <= experts; distance++) {
      while (level < slots.length && slots[level]! < distance) level++
      this.levelOf[distance] = level
    }
    this.places = PLACES_PER_EXPERT * experts
    this.tree = new Int32Array(this.places + 1)
    this.expertAt = new Int32Array(this.places + 1)
    this.placeOf = new Int32Array(experts)
  }

  /** Uses an expert. Returns the index of the smallest cache that held it, or the number of caches where none did. */
  access(expert: number): number {
    if (this.place === this.places) this.renumber()
    const last = this.placeOf[expert]!
    let level = this.levels
    if (last === 0) this.known++
    else {
      level = this.levelOf[this.known - this.lastUsesUpTo(last) + 1]!
      this.expertAt[last] = 0
      this.add(last, -1)
    }
    const place = ++this.place
    this.placeOf[expert] = place
    this.expertAt[place] = expert + 1
    this.add(place, 1)
    return level
  }

  private lastUsesUpTo(place: number): number {
    let sum = 0
    for (let at = place; at > 0; at &= at - 1) sum += this.tree[at]!
    return sum
  }

  private add(place: number, change: number): void {
    for (let at = place; at <= this.places; at += at & -at) this.tree[at]! += change
  }

  /** Gives the last uses the first places, in their order. */
  private renumber(): void {
    const { tree, expertAt, places } = this
    this.place = 0
    for (let place = 1; place <= places; place++) {
      const expert = expertAt[place]!
      if (expert === 0) continue
      expertAt[place] = 0
      expertAt[++this.place] = expert
      this.placeOf[expert - 1] = this.place
    }
    for (let place = 1; place <= places; place++) tree[place] = place <= this.place ? 1 : 0
    for (let place = 1; place <= places; place++) {
      const above = place + (place & -place)
      if (above <= places) tree[above]! += tree[place]!
    }
  }
}
