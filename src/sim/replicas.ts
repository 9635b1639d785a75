// Copies of weight slices that dies keep in their own memory beside the home copies; least recently used leave.

export class Replicas {
  /** Copies held now, over all dies. */
  count = 0
  /** Copies ever made, and copies that were read at least once after being made. */
  made = 0
  used = 0
  private readonly budgetBytes: number
  /** Per die: slice key -> whether it was used; Map order is the order of last use. */
  private readonly held: Map<number, { bytes: number; used: boolean }>[]
  private readonly heldBytes: Float64Array

  /** `budgetBytes`: room for replicas of this layer on each die; Infinity = no limit. */
  constructor(dies: number, budgetBytes: number) {
    this.budgetBytes = budgetBytes
    this.held = Array.from({ length: dies }, () => new Map())
    this.heldBytes = new Float64Array(dies)
  }

  has(die: number, key: number): boolean {
    return this.held[die]!.has(key)
  }

  /** Marks a copy as just used. */
  touch(die: number, key: number): void {
    const held = this.held[die]!
    const copy = held.get(key)!
    if (!copy.used) this.used++
    held.delete(key)
    held.set(key, { bytes: copy.bytes, used: true })
  }

  /** Keeps a copy, dropping the least recently used ones for it; false where it cannot fit or is there already. */
  keep(die: number, key: number, bytes: number): boolean {
    const held = this.held[die]!
    if (bytes > this.budgetBytes || held.has(key)) return false
    for (const [oldKey, old] of held) {
      if (this.heldBytes[die]! + bytes <= this.budgetBytes) break
      held.delete(oldKey)
      this.heldBytes[die] = this.heldBytes[die]! - old.bytes
      this.count--
    }
    held.set(key, { bytes, used: false })
    this.heldBytes[die] = this.heldBytes[die]! + bytes
    this.count++
    this.made++
    return true
  }

  bytes(): number {
    return this.heldBytes.reduce((sum, bytes) => sum + bytes, 0)
  }
}
