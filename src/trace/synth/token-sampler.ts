// Fills a token's free slots with experts: successive sampling without repeats, within the allowed groups.
import { invariant } from '../../errors.ts'
import { AliasSampler } from './alias.ts'

/** Rejections after which a slot is drawn exactly. The outcome's distribution is the same either way. */
const MAX_REJECTIONS = 24

export interface GroupLimit {
  readonly groups: number
  readonly groupsPerToken: number
}

/** Successive sampling over weights > 0: each draw takes one of the experts left, proportional to weight. */
export class TokenSampler {
  private readonly weights: Float64Array
  private readonly alias: AliasSampler
  /** Stamps instead of flags: nothing needs clearing between tokens. */
  private readonly taken: Uint32Array
  private readonly groupWeights: Float64Array | undefined
  private readonly groupOpen: Uint32Array
  private readonly groupOf: Uint16Array
  private readonly groupsPerToken: number
  private token = 0
  private groupsOpen = 0

  constructor(weights: Float64Array, limit?: GroupLimit) {
    this.weights = weights
    this.alias = new AliasSampler(weights)
    this.taken = new Uint32Array(weights.length)
    const groups = limit?.groups ?? 1
    const groupSize = weights.length / groups
    this.groupOf = new Uint16Array(weights.length)
    for (let expert = 0; expert < weights.length; expert++)
      this.groupOf[expert] = Math.floor(expert / groupSize)
    this.groupsPerToken = limit?.groupsPerToken ?? 1
    this.groupOpen = new Uint32Array(groups)
    if (limit && limit.groupsPerToken < limit.groups) {
      this.groupWeights = new Float64Array(groups)
      for (const [expert, weight] of weights.entries()) {
        const group = this.groupOf[expert]!
        this.groupWeights[group] = this.groupWeights[group]! + weight
      }
    }
  }

  /** Starts a token that has no expert yet. */
  begin(): void {
    this.token++
    this.groupsOpen = 0
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
    const weights = this.groupWeights
    if (!weights) return
    while (this.groupsOpen < this.groupsPerToken) this.open(this.drawGroup(weights, random))
  }

  /** As drawLeft, without a closure. */
  private drawGroup(weights: Float64Array, random: () => number): number {
    const { groupOpen, token } = this
    let sum = 0
    for (let group = 0; group < weights.length; group++) {
      if (groupOpen[group] !== token) sum += weights[group]!
    }
    let point = random() * sum
    let drawn = 0
    for (let group = 0; group < weights.length; group++) {
      if (groupOpen[group] === token) continue
      drawn = group
      point -= weights[group]!
      if (point < 0) break
    }
    return drawn
  }

  private open(group: number): void {
    if (this.groupOpen[group] === this.token) return
    this.groupOpen[group] = this.token
    this.groupsOpen++
  }

  /** One more expert of an open group that the token does not have yet. */
  draw(random: () => number): number {
    for (let attempt = 0; attempt <= MAX_REJECTIONS; attempt++) {
      const expert = this.alias.draw(random)
      if (!this.free(expert)) continue
      this.taken[expert] = this.token
      return expert
    }
    const expert = this.drawFree(random)
    this.taken[expert] = this.token
    return expert
  }

  /** Apart from `draw`, which would else set up a closure each time. */
  private drawFree(random: () => number): number {
    return drawLeft(this.weights, (candidate) => this.free(candidate), random)
  }

  private free(expert: number): boolean {
    if (this.taken[expert] === this.token) return false
    return !this.groupWeights || this.groupOpen[this.groupOf[expert]!] === this.token
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
