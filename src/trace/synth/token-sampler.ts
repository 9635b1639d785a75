// Fills a token's free slots with experts: successive sampling without repeats, within the allowed groups.
import { invariant } from '../../errors.ts'
import { AliasSampler } from './alias.ts'

/** Rejections after which a slot is drawn exactly. The outcome's distribution is the same either way. */
const MAX_REJECTIONS = 24

export interface GroupLimit {
  readonly groups: number
  readonly groupsPerToken: number
}

/**
 * Successive sampling over weights > 0: each draw takes one of the experts left, proportional to weight. What chance decides
 * is added up instead of branched on, as no processor could foresee it (`npm run bench` has the generator's speed).
 */
export class TokenSampler {
  private readonly weights: Float64Array
  private readonly alias: AliasSampler
  /** Stamps instead of flags: nothing needs clearing between tokens. Of experts, and of groups that are open. */
  private readonly taken: Uint32Array
  private readonly groupOpen: Uint32Array
  private token = 0
  private readonly groupOf: Uint16Array
  /** Where tokens may use some groups only: the weight of each, and what of it is not open yet. */
  private readonly groupWeights: Float64Array | undefined
  private readonly closedWeights: Float64Array
  private readonly groupsPerToken: number
  private groupsOpen = 0

  constructor(weights: Float64Array, limit?: GroupLimit) {
    this.weights = weights
    this.alias = new AliasSampler(weights)
    this.taken = new Uint32Array(weights.length)
    const isLimited = limit !== undefined && limit.groupsPerToken < limit.groups
    const { groups, groupsPerToken } = isLimited ? limit : { groups: 1, groupsPerToken: 1 }
    const groupSize = weights.length / groups
    this.groupOf = Uint16Array.from(weights, (_, expert) => Math.floor(expert / groupSize))
    this.groupsPerToken = groupsPerToken
    this.groupOpen = new Uint32Array(groups)
    this.closedWeights = new Float64Array(groups)
    if (isLimited) this.groupWeights = this.weightsOfGroups(groups)
  }

  private weightsOfGroups(groups: number): Float64Array {
    const sums = new Float64Array(groups)
    for (const [expert, weight] of this.weights.entries()) sums[this.groupOf[expert]!]! += weight
    return sums
  }

  /** Starts a token that has no expert yet. */
  begin(): void {
    this.token++
    this.groupsOpen = 0
    const { groupWeights, closedWeights } = this
    if (groupWeights === undefined) this.groupOpen[0] = this.token
    else for (let group = 0; group < groupWeights.length; group++) closedWeights[group] = groupWeights[group]!
  }

  /** Gives the token this expert (kept from the token before); its group counts as one of the token's groups. */
  keep(expert: number): void {
    this.taken[expert] = this.token
    if (this.groupWeights) this.open(this.groupOf[expert]!)
  }

  /** Gives the token this expert if it may have it: it is of an open group and not the token's yet. */
  take(expert: number): boolean {
    if (!this.free(expert)) return false
    this.taken[expert] = this.token
    return true
  }

  /** Chooses the rest of the token's groups by group weight. Call after the last `keep`, before `draw`. */
  openGroups(random: () => number): void {
    if (this.groupWeights === undefined) return
    while (this.groupsOpen < this.groupsPerToken) this.open(this.drawGroup(random))
  }

  private drawGroup(random: () => number): number {
    const { closedWeights } = this
    const { length } = closedWeights
    let sum = 0
    for (let group = 0; group < length; group++) sum += closedWeights[group]!
    let point = random() * sum
    let drawn = 0
    for (let group = 0; group < length; group++) {
      point -= closedWeights[group]!
      drawn += Number(point >= 0)
    }
    // Rounding can leave a hair of `point` after the last one.
    return drawn < length ? drawn : closedWeights.findLastIndex((weight) => weight > 0)
  }

  private open(group: number): void {
    if (this.groupOpen[group] === this.token) return
    this.groupOpen[group] = this.token
    this.closedWeights[group] = 0
    this.groupsOpen++
  }

  /** One more expert of an open group that the token does not have yet. */
  draw(random: () => number): number {
    for (let attempt = 0; attempt <= MAX_REJECTIONS; attempt++) {
      const expert = this.alias.draw(random)
      if (this.take(expert)) return expert
    }
    return this.drawFree(random)
  }

  /** As `draw`, for each of the places [from, to). */
  fill(ids: Uint16Array, from: number, to: number, random: () => number): void {
    const { alias, taken, token, groupOf, groupOpen } = this
    let rejections = 0
    for (let at = from; at < to; ) {
      if (rejections > MAX_REJECTIONS) {
        ids[at++] = this.drawFree(random)
        rejections = 0
        continue
      }
      const expert = alias.draw(random)
      const isFree = Number(taken[expert] !== token) & Number(groupOpen[groupOf[expert]!] === token)
      // One that is not free is written over, and stays out of the token's reach.
      ids[at] = expert
      taken[expert] = token
      at += isFree
      rejections = (rejections + 1) * (1 - isFree)
    }
  }

  /** Apart from `draw`, which would else set up a closure each time. */
  private drawFree(random: () => number): number {
    const expert = drawLeft(this.weights, (candidate) => this.free(candidate), random)
    this.taken[expert] = this.token
    return expert
  }

  private free(expert: number): boolean {
    return this.taken[expert] !== this.token && this.groupOpen[this.groupOf[expert]!] === this.token
  }
}

/** Exact draw among the indices that `isLeft`, in time proportional to their number. */
function drawLeft(weights: Float64Array, isLeft: (index: number) => boolean, random: () => number): number {
  let sum = 0
  for (let i = 0; i < weights.length; i++) if (isLeft(i)) sum += weights[i]!
  let point = random() * sum
  let last = -1
  for (let i = 0; i < weights.length; i++) {
    if (!isLeft(i)) continue
    last = i
    point -= weights[i]!
    if (point < 0) return i
  }
  // Rounding can leave a hair of `point` after the last one.
  invariant(last >= 0, 'nothing left to draw')
  return last
}
