// The warp engine's cache of experts: out goes the least used one of a few that are drawn at random.
import { randomStream } from '../../engine/random.ts'

/** Slots that are looked at when one has to be freed. */
const DRAWN = 16

/**
 * Hits of accesses to a cache that starts empty. Uses are counted from when an expert comes in, and forgotten when it leaves; of
 * experts used as often the one used longest ago goes (sqliteai/warp src/ecache.c, described in docs/GATES.md, gate 5).
 */
export function sampledHits(accesses: Int32Array, slots: number): number {
  const random = randomStream(1, 'slots that a cache looks at')
  const held = new Int32Array(slots)
  const uses = new Int32Array(slots)
  const lastUse = new Int32Array(slots)
  const slotOf = new Map<number, number>()
  const isLess = (a: number, b: number) =>
    uses[a]! < uses[b]! || (uses[a]! === uses[b]! && lastUse[a]! < lastUse[b]!)
  let hits = 0
  accesses.forEach((expert, now) => {
    const found = slotOf.get(expert)
    if (found !== undefined) {
      hits++
      uses[found]!++
      lastUse[found] = now
      return
    }
    let slot = slotOf.size
    if (slot === slots) {
      slot = Math.floor(random() * slots)
      for (let drawn = 1; drawn < DRAWN; drawn++) {
        const other = Math.floor(random() * slots)
        if (isLess(other, slot)) slot = other
      }
      slotOf.delete(held[slot]!)
    }
    slotOf.set(expert, slot)
    held[slot] = expert
    uses[slot] = 1
    lastUse[slot] = now
  })
  return hits
}
