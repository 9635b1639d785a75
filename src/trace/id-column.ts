// A growing array of expert ids, two bytes each.

/** Room of the first ids that are appended. */
const LEAST_IDS = 64

/** Appends in amortized constant time; holds at most twice the memory of its content. */
export class IdColumn {
  private readonly allocate: (length: number) => Uint16Array
  private ids: Uint16Array
  private used = 0

  /** `allocate`: where the memory comes from. */
  constructor(allocate: (length: number) => Uint16Array = (length) => new Uint16Array(length)) {
    this.allocate = allocate
    this.ids = allocate(0)
  }

  get length(): number {
    return this.used
  }

  /** Appends `ids`, each of which must fit into 16 bits. */
  append(ids: ArrayLike<number>): void {
    const length = this.used + ids.length
    if (length > this.ids.length) {
      const grown = this.allocate(Math.max(length, this.ids.length * 2, LEAST_IDS))
      grown.set(this.ids.subarray(0, this.used))
      this.ids = grown
    }
    for (let i = 0; i < ids.length; i++) this.ids[this.used + i] = ids[i]!
    this.used = length
  }

  /** The ids so far. Shares memory with the column until that grows. */
  view(): Uint16Array {
    return this.ids.subarray(0, this.used)
  }
}
