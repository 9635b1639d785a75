// Shuffles and uniform draws: what a statistic is once the structure it looks for is gone.

/** Where exact drawing ends: beyond, an expert's count is so large that its binomial is a normal distribution. */
const MOST_DRAWS = 2 ** 22

/** The items in a random order (Fisher-Yates), the argument untouched. */
export function shuffled(items: Int32Array, random: () => number): Int32Array {
  const result = items.slice()
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random())
    const held = result[i]!
    result[i] = result[j]!
    result[j] = held
  }
  return result
}

/** For every row another one, or itself: each set of rows is shuffled among itself. The sets must make up all rows. */
export function shuffledWithin(sets: readonly Int32Array[], random: () => number): Int32Array {
  const result = new Int32Array(sets.reduce((sum, set) => sum + set.length, 0))
  for (const set of sets) {
    const dealt = shuffled(set, random)
    for (let i = 0; i < set.length; i++) result[set[i]!] = dealt[i]!
  }
  return result
}

/** Routing [token][slot] with each slot's choices permuted over the tokens; a token may hold an expert twice then. */
export function shuffledSlots(table: Uint16Array, topK: number, random: () => number): Uint16Array {
  const result = table.slice()
  const tokens = table.length / topK
  for (let slot = 0; slot < topK; slot++) {
    for (let i = tokens - 1; i > 0; i--) {
      const a = i * topK + slot
      const b = Math.floor((i + 1) * random()) * topK + slot
      const held = result[a]!
      result[a] = result[b]!
      result[b] = held
    }
  }
  return result
}

/** Draws top-k lists in which every set of k of E experts is as likely as any other. */
export class UniformRouter {
  private readonly experts: number
  private readonly topK: number
  private readonly random: () => number
  private readonly chosen: number[] = []

  constructor(experts: number, topK: number, random: () => number) {
    this.experts = experts
    this.topK = topK
    this.random = random
  }

  /** One token (Floyd's sampling of k of E); valid until the next call. */
  draw(): readonly number[] {
    const { chosen, experts } = this
    chosen.length = 0
    for (let last = experts - this.topK; last < experts; last++) {
      const expert = Math.floor((last + 1) * this.random())
      chosen.push(chosen.includes(expert) ? last : expert)
    }
    return chosen
  }
}

/** Selections [expert] of `tokens` tokens that choose uniformly: drawn one by one, or by expert where they are very many. */
export function uniformCounts(
  tokens: number,
  experts: number,
  topK: number,
  random: () => number,
): Float64Array {
  const counts = new Float64Array(experts)
  if (tokens * topK > MOST_DRAWS) {
    const p = topK / experts
    const deviation = Math.sqrt(tokens * p * (1 - p))
    return counts.map(() => Math.max(0, Math.round(tokens * p + deviation * normal(random))))
  }
  const router = new UniformRouter(experts, topK, random)
  for (let token = 0; token < tokens; token++) for (const expert of router.draw()) counts[expert]!++
  return counts
}

/** A standard normal number by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
