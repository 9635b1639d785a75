// Who waits, first come, first served: taking the first one costs the same however many there are.

export class Fifo<T> {
  private readonly items: (T | undefined)[] = []
  private first = 0
  private end = 0

  push(item: T): void {
    this.items[this.end++] = item
  }

  /** Takes the first one; undefined where nobody waits. */
  shift(): T | undefined {
    if (this.first === this.end) return undefined
    const item = this.items[this.first]
    this.items[this.first++] = undefined
    if (this.first === this.end) {
      this.first = 0
      this.end = 0
    }
    return item
  }
}
