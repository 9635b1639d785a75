// A list that is filled and emptied many thousand times in a layer: its room stays, so that nothing is allocated for it.
import { sortFew } from '../../engine/sort-few.ts'

export class ReusedList<T> {
  count = 0
  private readonly items: T[] = []

  add(item: T): void {
    this.items[this.count++] = item
  }

  at(index: number): T {
    return this.items[index]!
  }

  clear(): void {
    this.count = 0
  }

  /** Of equals the order stays. */
  sort(compare: (a: T, b: T) => number): void {
    sortFew(this.items, compare, this.count)
  }
}
