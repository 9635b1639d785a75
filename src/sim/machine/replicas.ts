// Copies of weight slices that dies keep in their own memory beside the home copies, never more than a budget allows.

interface Copy {
  readonly bytes: number
  /** Since it was made. */
  reads: number
}

export class ReplicaCounters {
  /** Copies ever made, and copies that were read at least once after being made. */
  made = 0
  used = 0
  madeBytes = 0
  usedBytes = 0
}

export class Replicas {
  /** Copies held now, over all dies. */
  count = 0
  readonly counters = new ReplicaCounters()
  private readonly budgetBytes: number
  private readonly worthOf: ((key: number, die: number) => number) | undefined
  /** Per die: by slice key; Map order is the order of last use. */
  private readonly held: Map<number, Copy>[]
  private readonly heldBytes: Float64Array

  /**
   * `budgetBytes`: room for replicas of this layer on each die; Infinity = no limit. `worthOf`: what a byte of a copy is worth
   * to its die now; without it the least recently used leave.
   */
  constructor(dies: number, budgetBytes: number, worthOf?: (key: number, die: number) => number) {
    this.budgetBytes = budgetBytes
    this.worthOf = worthOf
    this.held = Array.from({ length: dies }, () => new Map())
    this.heldBytes = new Float64Array(dies)
  }

  has(die: number, key: number): boolean {
    return this.held[die]!.has(key)
  }

  /** Marks a copy as just used; false where there is none. */
  touch(die: number, key: number): boolean {
    const held = this.held[die]!
    const copy = held.get(key)
    if (copy === undefined) return false
    if (copy.reads++ === 0) {
      this.counters.used++
      this.counters.usedBytes += copy.bytes
    }
    held.delete(key)
    held.set(key, copy)
    return true
  }

  /**
   * Keeps a copy, dropping others for it: the least recently used ones, or those worth least. false where it cannot fit, is
   * there already or is worth no more than what would have to leave.
   */
  keep(die: number, key: number, bytes: number): boolean {
    const held = this.held[die]!
    if (bytes > this.budgetBytes || held.has(key)) return false
    if (this.heldBytes[die]! + bytes > this.budgetBytes) {
      const leaving = this.leaving(die, key, bytes)
      if (leaving === undefined) return false
      for (const oldKey of leaving) this.drop(die, oldKey)
    }
    held.set(key, { bytes, reads: 0 })
    this.heldBytes[die] = this.heldBytes[die]! + bytes
    this.count++
    this.counters.made++
    this.counters.madeBytes += bytes
    return true
  }

  bytes(): number {
    return this.heldBytes.reduce((sum, bytes) => sum + bytes, 0)
  }

  /** Copies to drop for a new one, so that it fits; undefined: one of them is worth as much. */
  private leaving(die: number, newKey: number, newBytes: number): number[] | undefined {
    const { worthOf, budgetBytes } = this
    const held = this.held[die]!
    const inTurn =
      worthOf === undefined ? [...held.keys()] : this.leastWorthFirst(held, (key) => worthOf(key, die))
    const leaving: number[] = []
    let heldBytes = this.heldBytes[die]!
    for (const key of inTurn) {
      if (heldBytes + newBytes <= budgetBytes) break
      if (worthOf !== undefined && worthOf(key, die) >= worthOf(newKey, die)) return undefined
      leaving.push(key)
      heldBytes -= held.get(key)!.bytes
    }
    return leaving
  }

  /** Of equal worth those that were read less often, of these the one used longest ago. */
  private leastWorthFirst(held: ReadonlyMap<number, Copy>, worthOf: (key: number) => number): number[] {
    return [...held]
      .map(([key, { reads }]) => ({ key, reads, worth: worthOf(key) }))
      .sort((a, b) => a.worth - b.worth || a.reads - b.reads)
      .map(({ key }) => key)
  }

  private drop(die: number, key: number): void {
    const held = this.held[die]!
    this.heldBytes[die] = this.heldBytes[die]! - held.get(key)!.bytes
    held.delete(key)
    this.count--
  }
}
