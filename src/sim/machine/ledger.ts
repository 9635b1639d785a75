// The conservation book: each (token, expert, slice) must be computed exactly once.
import { Bug } from '../../errors.ts'
import { expertFrom, expertTo, type LayerWork, pairCount, tokenOfPair } from '../../schedulers/work.ts'
import { Ranges } from './ranges.ts'

/** Counts every (token, expert, slice) of one layer. A *unit* is one pair (token, expert) times one slice. */
export class Ledger {
  readonly units: number
  doneUnits = 0
  private readonly work: LayerWork
  private readonly slices: number
  /** Pairs of (expert, slice): index expert * slices + slice; absent = none yet. */
  private readonly done: (Ranges | undefined)[]

  constructor(work: LayerWork, slices: number) {
    this.work = work
    this.slices = slices
    this.units = pairCount(work) * slices
    this.done = new Array(work.experts * slices)
  }

  /** Books the pairs [fromPair, toPair) of an expert as computed with a slice. A repeat is a bug. */
  book(expert: number, slice: number, fromPair: number, toPair: number): void {
    const { work } = this
    const areItsPairs = fromPair >= expertFrom(work, expert) && toPair <= expertTo(work, expert)
    if (!areItsPairs || fromPair >= toPair) {
      throw new Bug(`layer ${work.layer}: pairs ${fromPair}..${toPair} are not tokens of expert ${expert}`)
    }
    this.done[expert * this.slices + slice] ??= new Ranges()
    const repeated = this.done[expert * this.slices + slice]!.add(fromPair, toPair)
    if (repeated !== undefined) throw new Bug(`${this.unit(expert, slice, repeated)} was computed twice`)
    this.doneUnits += toPair - fromPair
  }

  /** Up to `most` units that nobody computed, in words. */
  missing(most: number): string[] {
    const found: string[] = []
    for (const expert of this.work.activeExperts) {
      for (let slice = 0; slice < this.slices; slice++) {
        for (let pair = expertFrom(this.work, expert); pair < expertTo(this.work, expert); pair++) {
          if (this.done[expert * this.slices + slice]?.has(pair)) continue
          found.push(`${this.unit(expert, slice, pair)} was never computed`)
          if (found.length === most) return found
        }
      }
    }
    return found
  }

  private unit(expert: number, slice: number, pair: number): string {
    return `layer ${this.work.layer}: token ${tokenOfPair(this.work, pair)} of expert ${expert}, slice ${slice}`
  }
}
