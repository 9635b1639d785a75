// Which die computes which slices: first whole groups, then moves of slices that lower the fuller of two dies.
import { DieLoads } from './die-loads.ts'
import type { SliceGroup } from './layout.ts'
import type { BalanceSetting, Part } from './setting.ts'

/** A move has to take this share of its die's strain away at least. */
const LEAST_RELIEF = 1e-3
/** Dies that chains are looked for from. */
const FULLEST = 3
/** Dies of a group, where chains are looked for: where there are more, slices go straight. */
const MOST_HOLDERS = 4
/** Of strains, while there are moves: some ten milliseconds. */
const MOST_EVALUATIONS = 150_000

/** The better of two plans: moves from where every slice is at home, and from where each group went to the emptiest of its dies. */
export function balanceSlices(groups: readonly SliceGroup[], setting: BalanceSetting): Part[] {
  const atHome = new Balance(groups, setting)
  atHome.placeAtHome()
  atHome.improve()
  const dealt = new Balance(groups, setting)
  dealt.deal()
  dealt.improve()
  return (atHome.isBetterThan(dealt) ? atHome : dealt).parts()
}

interface Move {
  readonly group: number
  readonly from: number
  readonly to: number
  readonly count: number
  /** By how much the strain of both dies falls. */
  readonly relief: number
}

interface Way {
  readonly expert: number
  readonly from: number
  readonly to: number
  /** Slices there. */
  readonly most: number
}

class Balance {
  private readonly groups: readonly SliceGroup[]
  private readonly setting: BalanceSetting
  /** Slices of a group on each of its dies. */
  private readonly counts: Int32Array[]
  /** Groups that may be on a die, and its place among their dies. */
  private readonly groupsOf: { readonly group: number; readonly place: number }[][]
  private readonly loads: DieLoads
  /** Moves so far; after how many a die was last changed, and last searched in vain for a good one. */
  private changes = 0
  private readonly changedAt: Int32Array
  private readonly searchedAt: Int32Array

  constructor(groups: readonly SliceGroup[], setting: BalanceSetting) {
    const { dies } = setting
    this.groups = groups
    this.setting = setting
    this.counts = groups.map((group) => new Int32Array(group.dies.length))
    this.groupsOf = Array.from({ length: dies }, () => [])
    groups.forEach((group, g) => {
      for (const [place, die] of group.dies.entries()) this.groupsOf[die]!.push({ group: g, place })
    })
    this.changedAt = new Int32Array(dies)
    this.searchedAt = new Int32Array(dies).fill(-1)
    this.loads = new DieLoads(groups, setting)
  }

  placeAtHome(): void {
    for (const [g, { slices }] of this.groups.entries()) this.shift(g, 0, slices.length)
  }

  /** Each group as a whole to the die that then has least to do, the largest first. */
  deal(): void {
    const { groups } = this
    const size = groups.map(({ expert, slices }) => slices.length * this.loads.slicePs(expert))
    const inTurn = [...groups.keys()].sort((a, b) => size[b]! - size[a]!)
    for (const g of inTurn) {
      const { expert, slices, dies } = groups[g]!
      const rise = dies.map(
        (die) => this.loads.strain(die, expert, slices.length) - this.loads.strain(die, expert, 0),
      )
      this.shift(g, rise.indexOf(Math.min(...rise)), slices.length)
    }
  }

  /** Moves, the best one from the die under most strain that has a good one. */
  improve(): void {
    while (this.loads.evaluations < MOST_EVALUATIONS) {
      const strains = this.loads.strains()
      const inTurn = Array.from(this.setting.order).sort((a, b) => strains[b]! - strains[a]!)
      const found = this.firstMove(inTurn, strains) ?? this.firstChain(inTurn, strains)
      if (found === undefined) return
      for (const move of found) this.apply(move)
      this.changes++
      for (const { from, to } of found) {
        this.noteChange(from)
        this.noteChange(to)
      }
    }
  }

  /** The layer ends with its fullest die; of plans in which that is as full, the one in which all dies together are less so. */
  isBetterThan(other: Balance): boolean {
    const fullest = this.loads.fullest()
    const otherFullest = other.loads.fullest()
    if (Math.abs(fullest - otherFullest) > LEAST_RELIEF * fullest) return fullest < otherFullest
    return this.totalStrain() <= other.totalStrain()
  }

  private totalStrain(): number {
    let sum = this.loads.sentStrain()
    // In die order, so that rounding does not depend on how dies are named.
    for (const die of Array.from(this.setting.order)) sum += this.loads.strain(die, 0, 0)
    return sum
  }

  parts(): Part[] {
    const { here = [] } = this.setting
    const parts = new Map(here.map((part) => [this.keyOf(part), { ...part, slices: [...part.slices] }]))
    this.groups.forEach(({ expert, slices, dies }, g) => {
      let next = 0
      dies.forEach((die, place) => {
        const count = this.counts[g]![place]!
        if (count === 0) return
        const key = this.keyOf({ expert, die })
        const part = parts.get(key) ?? { expert, die, tokens: this.setting.tokensOf(expert), slices: [] }
        part.slices.push(...slices.slice(next, next + count))
        parts.set(key, part)
        next += count
      })
    })
    return [...parts.values()]
  }

  private keyOf({ expert, die }: Pick<Part, 'expert' | 'die'>): number {
    return expert * this.setting.dies + die
  }

  private firstMove(inTurn: readonly number[], strains: Float64Array): readonly Move[] | undefined {
    for (const from of inTurn) {
      const best = this.bestMoveFrom(from, strains)
      if (best !== undefined) return [best]
      this.searchedAt[from] = this.changes
    }
    return undefined
  }

  private bestMoveFrom(from: number, strains: Float64Array): Move | undefined {
    // Where nothing has changed here since no good move was found, there are none but to dies that have changed.
    const searchedAt = this.searchedAt[from]!
    const isSearched = this.changedAt[from]! <= searchedAt
    let best: Move | undefined
    let mostRelief = LEAST_RELIEF * strains[from]!
    for (const { group, place } of this.groupsOf[from]!) {
      const most = this.counts[group]![place]!
      if (most === 0) continue
      const { expert, dies } = this.groups[group]!
      // Nowhere do slices relieve more than their die gets rid of.
      let isWorthIt = false
      for (const to of dies) {
        if (strains[to]! >= strains[from]! || (isSearched && this.changedAt[to]! <= searchedAt)) continue
        isWorthIt ||= strains[from]! - this.loads.strain(from, expert, -most) > mostRelief
        if (!isWorthIt) break
        const now = strains[from]! + strains[to]!
        const count = this.bestCount({ expert, from, to, most }, now)
        const relief = now - this.loads.strain(from, expert, -count) - this.loads.strain(to, expert, count)
        if (relief <= mostRelief) continue
        best = { group, from, to, count, relief }
        mostRelief = relief
      }
    }
    return best
  }

  /** One slice from a full die to another, and one from there to a third: where the second cannot take more by itself. */
  private firstChain(inTurn: readonly number[], strains: Float64Array): readonly Move[] | undefined {
    for (const from of inTurn.slice(0, FULLEST)) {
      let best: readonly Move[] | undefined
      let mostRelief = LEAST_RELIEF * strains[from]!
      for (const first of this.movesFrom(from, strains, -Infinity, (to) => to !== from)) {
        this.apply(first)
        const least = mostRelief - first.relief
        const isThird = (to: number) => to !== first.to && to !== from && strains[to]! < strains[from]!
        for (const second of this.movesFrom(first.to, this.loads.strains(), least, isThird)) {
          const relief = first.relief + second.relief
          if (relief <= mostRelief) continue
          best = [first, second]
          mostRelief = relief
        }
        this.apply({
          group: first.group,
          from: first.to,
          to: from,
          count: first.count,
          relief: -first.relief,
        })
      }
      if (best !== undefined) return best
    }
    return undefined
  }

  /** Of one slice from a die to others that hold it too, which all dies do where any may compute any slice, if they relieve by more than `least`. */
  private movesFrom(
    from: number,
    strains: Float64Array,
    least: number,
    isTo: (die: number) => boolean,
  ): Move[] {
    const moves: Move[] = []
    for (const { group, place } of this.groupsOf[from]!) {
      const { expert, dies } = this.groups[group]!
      if (this.counts[group]![place] === 0 || dies.length > MOST_HOLDERS) continue
      const less = this.loads.strain(from, expert, -1)
      if (strains[from]! - less <= least) continue
      for (const to of dies) {
        if (!isTo(to)) continue
        const relief = strains[from]! + strains[to]! - less - this.loads.strain(to, expert, 1)
        if (relief > least) moves.push({ group, from, to, count: 1, relief })
      }
    }
    return moves
  }

  private apply({ group, from, to, count }: Move): void {
    const { dies } = this.groups[group]!
    this.shift(group, dies.indexOf(from), -count)
    this.shift(group, dies.indexOf(to), count)
  }

  /** How many slices of an expert have to go from one die to another to relieve them most; `now`: both their strains. */
  private bestCount({ expert, from, to, most }: Way, now: number): number {
    if (most === 1) return 1
    const reliefOf = (count: number) =>
      now - this.loads.strain(from, expert, -count) - this.loads.strain(to, expert, count)
    // Apart from inputs, which come with the first slice and go with the last, strain is convex in the number.
    let low = 1
    let high = most
    while (high > low) {
      const middle = (low + high) >> 1
      if (reliefOf(middle + 1) > reliefOf(middle)) low = middle + 1
      else high = middle
    }
    return low === most || reliefOf(most) >= reliefOf(low) ? most : low
  }

  /** Of a die, and so of all that share its channel. */
  private noteChange(die: number): void {
    const { channelOf } = this.loads
    channelOf.forEach((channel, other) => {
      if (channel === channelOf[die]) this.changedAt[other] = this.changes
    })
  }

  private shift(group: number, place: number, count: number): void {
    const { expert, dies } = this.groups[group]!
    this.counts[group]![place] = this.counts[group]![place]! + count
    this.loads.add(expert, dies[place]!, count)
  }
}
