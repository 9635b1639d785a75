// A growing array of expert ids, two bytes each.

/** Room of the first ids that are appended. */
const LEAST_IDS = 64

/** Appends in amortized constant time; holds at most twice the memory of its content. */
export class IdColumn {
  private ids: Uint16Array
  private used = 0

  /** Begins with `ids`, whose memory it keeps. */
  constructor(ids: Uint16Array = new Uint16Array(0)) {
    this.ids = ids
    this.used = ids.length
  }

  get length(): number {
    return this.used
  }

  /** Appends `ids`, each of which must fit into 16 bits. */
  append(ids: ArrayLike<number>): void {
    const length = this.used + ids.length
    if (length > this.ids.length) {
      const grown = new Uint16Array(Math.max(length, this.ids.length * 2, LEAST_IDS))
      grown.set(this.ids.subarray(0, this.used))
      this.ids = grown
    }
    for (let i = 0; i < ids.length; i++) this.ids[this.used + i] = ids[i]!
    this.used = length
  }

  /** The ids so far in memory that other threads can share; the column is empty afterwards. */
  moveToShared(): Uint16Array {
    const shared = new Uint16Array(new SharedArrayBuffer(this.used * Uint16Array.BYTES_PER_ELEMENT))
    shared.set(this.view())
    this.ids = new Uint16Array(0)
    this.used = 0
    return shared
  }

  /** The ids so far. Shares memory with the column until that grows. */
  view(): Uint16Array {
    return this.ids.subarray(0, this.used)
  }
}
