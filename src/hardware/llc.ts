// A last-level cache over weight slices: set-associative, least recently used leaves first.
import type { LlcSpec } from './spec.ts'

/**
 * Lines are whole slices; the set is the expert id modulo the number of sets (forecasting sheet 3.4). A slice larger than the
 * cache is never kept.
 */
export class Llc {
  /** Made when they are first asked for: with small slices there are thousands of sets, and few of them are used. */
  private sets: number[][] = []
  private readonly setCount: number
  private readonly ways: number

  constructor(spec: LlcSpec, largestSliceBytes: number) {
    const fits = Math.floor(spec.capacityBytes / largestSliceBytes)
    this.ways = Math.min(spec.ways, fits)
    this.setCount = Math.max(1, Math.floor(spec.capacityBytes / (spec.ways * largestSliceBytes)))
  }

  /** Whether the slice is cached; a hit makes it the most recently used. */
  lookUp(expert: number, slice: number, slices: number): boolean {
    const set = this.setOf(expert)
    const line = expert * slices + slice
    let at = set.indexOf(line)
    if (at < 0) return false
    for (; at + 1 < set.length; at++) set[at] = set[at + 1]!
    set[at] = line
    return true
  }

  fill(expert: number, slice: number, slices: number): void {
    if (this.ways === 0 || this.lookUp(expert, slice, slices)) return
    const set = this.setOf(expert)
    set.push(expert * slices + slice)
    if (set.length > this.ways) set.shift()
  }

  clear(): void {
    this.sets = []
  }

  private setOf(expert: number): number[] {
    const index = expert % this.setCount
    this.sets[index] ??= []
    return this.sets[index]
  }
}
