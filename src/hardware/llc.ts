// A last-level cache over weight slices: set-associative, least recently used leaves first.
import type { LlcSpec } from './spec.ts'

/**
 * Lines are whole slices; the set is the expert id modulo the number of sets (forecasting sheet 3.4). A slice larger than the
 * cache is never kept.
 */
export class Llc {
  private readonly sets: number[][]
  private readonly ways: number

  constructor(spec: LlcSpec, largestSliceBytes: number) {
    const fits = Math.floor(spec.capacityBytes / largestSliceBytes)
    this.ways = Math.min(spec.ways, fits)
    const setCount = Math.max(1, Math.floor(spec.capacityBytes / (spec.ways * largestSliceBytes)))
    this.sets = Array.from({ length: setCount }, () => [])
  }

  /** Whether the slice is cached; a hit makes it the most recently used. */
  lookUp(expert: number, slice: number, slices: number): boolean {
    const set = this.sets[expert % this.sets.length]!
    const at = set.indexOf(expert * slices + slice)
    if (at < 0) return false
    set.push(...set.splice(at, 1))
    return true
  }

  fill(expert: number, slice: number, slices: number): void {
    if (this.ways === 0 || this.lookUp(expert, slice, slices)) return
    const set = this.sets[expert % this.sets.length]!
    set.push(expert * slices + slice)
    if (set.length > this.ways) set.shift()
  }

  clear(): void {
    for (const set of this.sets) set.length = 0
  }
}
