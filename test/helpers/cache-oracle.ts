// Caches by their definitions alone: a list that is searched from end to end, one size at a time.

export interface OracleSetting {
  readonly policy: 'lru' | 'lfu' | 'lfru' | 'static' | 'min'
  readonly slots: number
  /** Uses after which the counts of `lfru` halve. */
  readonly halfLifeUses?: number
  /** Uses of each expert, for `static`. */
  readonly profile?: ArrayLike<number>
}

/** Whether each access is a hit. */
export function oracleHits(accesses: ArrayLike<number>, setting: OracleSetting): Uint8Array {
  const { policy, slots, halfLifeUses = Number.POSITIVE_INFINITY, profile = [] } = setting
  const uses = Int32Array.from(accesses)
  const experts = uses.reduce((most, expert) => Math.max(most, expert), 0) + 1
  /** Of least worth, of equals used longest ago: out first. */
  const worths = new Float64Array(experts)
  const lastUses = new Float64Array(experts).fill(-1)
  const following = policy === 'min' ? nextUses(uses, experts) : undefined
  const held = new Int32Array(slots)
  const isHeld = new Uint8Array(experts)
  const hits = new Uint8Array(uses.length)
  let count = 0
  for (let use = 0; use < uses.length; use++) {
    const expert = uses[use]!
    if (policy === 'lfru' && use > 0 && use % halfLifeUses === 0) {
      for (let i = 0; i < experts; i++) worths[i]! /= 2
    }
    if (isHeld[expert]) hits[use] = 1
    else {
      const isFull = count === slots
      const place = isFull ? worstOf(held, worths, lastUses) : count++
      if (isFull) isHeld[held[place]!] = 0
      held[place] = expert
      isHeld[expert] = 1
    }
    if (policy === 'lfu' || policy === 'lfru') worths[expert]!++
    if (policy === 'static') worths[expert] = profile[expert] ?? 0
    if (following !== undefined) worths[expert] = -following[use]!
    lastUses[expert] = use
  }
  return hits
}

function worstOf(held: Int32Array, worths: Float64Array, lastUses: Float64Array): number {
  let worst = 0
  let least = Number.POSITIVE_INFINITY
  for (let place = 0; place < held.length; place++) {
    const worth = worths[held[place]!]!
    if (worth > least || (worth === least && lastUses[held[place]!]! > lastUses[held[worst]!]!)) continue
    worst = place
    least = worth
  }
  return worst
}

function nextUses(uses: Int32Array, experts: number): Float64Array {
  const next = new Float64Array(uses.length)
  const seen = new Float64Array(experts).fill(Number.POSITIVE_INFINITY)
  for (let use = uses.length - 1; use >= 0; use--) {
    next[use] = seen[uses[use]!]!
    seen[uses[use]!] = use
  }
  return next
}

export const sumOf = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0)
