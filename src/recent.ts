// A map that remembers what was asked for last and forgets the rest.

export class Recent<K, V> {
  private readonly kept = new Map<K, V>()
  private readonly most: number

  /** Keeps at most `most` values. */
  constructor(most: number) {
    this.most = most
  }

  /** The value kept under a key; where there is none a new one, in the place of the one not asked for the longest. */
  get(key: K, make: () => V): V {
    const value = this.kept.has(key) ? this.kept.get(key)! : make()
    this.kept.delete(key)
    this.kept.set(key, value)
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break
      this.kept.delete(oldest)
    }
    return value
  }
}
