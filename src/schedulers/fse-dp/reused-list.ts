// A list that is filled and emptied many thousand times in a layer: its room stays, so that nothing is allocated for it.

/** Of more items than this the engine's own sort, which allocates, is faster. */
const MOST_TO_INSERT = 40

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

  /** Ascending by what a function says of each; of equals the order stays. */
  sort(by: (item: T) => number): void {
    const { items, count } = this
    if (count > MOST_TO_INSERT) {
      items.length = count
      items.sort((a, b) => by(a) - by(b))
      return
    }
    for (let i = 1; i < count; i++) {
      const item = items[i]!
      const key = by(item)
      let at = i
      for (; at > 0 && by(items[at - 1]!) > key; at--) items[at] = items[at - 1]!
      items[at] = item
    }
  }
}
