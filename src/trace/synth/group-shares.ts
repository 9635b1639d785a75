// How often each expert is chosen where a router limits tokens to groups of experts, and the weights that give wanted shares.
import type { GroupLimit } from './token-sampler.ts'

const MOST_ROUNDS = 60
/** Rounds end once no expert's share is further than this from the wanted one, in parts of it. */
const CLOSE_ENOUGH = 1e-3
const MOST_STEPS = 50
const STEP_TOLERANCE = 1e-9

interface OpenGroups {
  readonly isOpen: readonly boolean[]
  readonly probability: number
}

/**
 * Moves `weights` [expert] until tokens that first choose their groups by the sum of their weights and then `topK` experts of
 * these, both by successive sampling, choose each expert for its part `shares` [expert] of the tokens. The start is good
 * where no group matters much. Work: rounds times ways to choose the groups times experts.
 */
export function fitToGroups(
  weights: Float64Array,
  shares: Float64Array,
  topK: number,
  limit: GroupLimit,
): Float64Array {
  let fitted = weights
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = sharesWithGroups(fitted, topK, limit)
    let worst = 0
    const ratio = shares.map((share, expert) => {
      if (share === 0) return 1
      worst = Math.max(worst, Math.abs(found[expert]! / share - 1))
      return share / found[expert]!
    })
    if (worst < CLOSE_ENOUGH) break
    fitted = fitted.map((weight, expert) => weight * ratio[expert]!)
  }
  return fitted
}

/**
 * The part of the tokens that choose each expert: [expert], `topK` in sum. Within open groups it is 1 - exp(-w t), t such
 * that they sum to `topK`: the experts whose exponential clocks ring first (Rosen 1997), exact for many experts.
 */
export function sharesWithGroups(weights: Float64Array, topK: number, limit: GroupLimit): Float64Array {
  const groupSize = weights.length / limit.groups
  const groupOf = (expert: number) => Math.floor(expert / groupSize)
  const shares = new Float64Array(weights.length)
  for (const { isOpen, probability } of waysToOpen(weights, limit)) {
    const open = [...weights.keys()].filter((expert) => isOpen[groupOf(expert)])
    const time = clockTime(
      open.map((expert) => weights[expert]!),
      topK,
    )
    for (const expert of open) {
      shares[expert] = shares[expert]! + probability * -Math.expm1(-weights[expert]! * time)
    }
  }
  return shares
}

/** Every set of groups that a token can use, and how probable it is. */
function waysToOpen(weights: Float64Array, { groups, groupsPerToken }: GroupLimit): OpenGroups[] {
  const groupSize = weights.length / groups
  const weightOf = Array.from({ length: groups }, (_, group) =>
    weights.subarray(group * groupSize, (group + 1) * groupSize).reduce((sum, weight) => sum + weight, 0),
  )
  const keyOf = (isOpen: readonly boolean[]) => isOpen.map(Number).join('')
  let sets: OpenGroups[] = [{ isOpen: new Array<boolean>(groups).fill(false), probability: 1 }]
  for (let opened = 0; opened < groupsPerToken; opened++) {
    const next = new Map<string, OpenGroups>()
    for (const { isOpen, probability } of sets) {
      const left = weightOf.reduce((sum, weight, group) => (isOpen[group] ? sum : sum + weight), 0)
      for (const [group, weight] of weightOf.entries()) {
        if (isOpen[group]) continue
        const wider = isOpen.with(group, true)
        const key = keyOf(wider)
        const before = next.get(key)?.probability ?? 0
        next.set(key, { isOpen: wider, probability: before + (probability * weight) / left })
      }
    }
    sets = [...next.values()]
  }
  return sets
}

/**
 * The time by which `count` of the exponential clocks of these rates have rung, as far as can be expected; a clock counts
 * as its weight, absent: 1.
 */
export function clockTime(rates: ArrayLike<number>, count: number, clockWeights?: ArrayLike<number>): number {
  let time = 0
  // The number is concave in time, so that Newton's steps come from below and never pass the answer. Where hardly more
  // experts than needed have any weight, there is none in reach: then all that count have rung by the last step.
  for (let step = 0; step < MOST_STEPS; step++) {
    let rung = 0
    let slope = 0
    for (let clock = 0; clock < rates.length; clock++) {
      const rate = rates[clock]!
      const weight = clockWeights === undefined ? 1 : clockWeights[clock]!
      const still = weight * Math.exp(-rate * time)
      rung += weight - still
      slope += rate * still
    }
    const missing = count - rung
    if (missing < count * STEP_TOLERANCE || slope === 0) break
    time += missing / slope
  }
  return time
}
