// The conservation book: each (token, expert, slice) must be computed exactly once.
import { Bug } from '../../errors.ts'
import { expertFrom, expertTo, type LayerWork, pairCount, tokenOfPair } from '../../schedulers/work.ts'
import { Marks } from './marks.ts'

/** Counts every (token, expert, slice) of one layer. A *unit* is one pair (token, expert) times one slice. */
export class Ledger {
  readonly units: number
  doneUnits = 0
  private readonly work: LayerWork
  private readonly slices: number
  /** All units: slice * pairs + pair. */
  private readonly done: Marks
  private readonly pairs: number

  constructor(work: LayerWork, slices: number) {
    this.work = work
    this.slices = slices
    this.pairs = pairCount(work)
    this.units = this.pairs * slices
    this.done = new Marks(this.units)
  }

  /** Books the pairs [fromPair, toPair) of an expert as computed with a slice. A repeat is a bug. */
  book(expert: number, slice: number, fromPair: number, toPair: number): void {
    const { work } = this
    const areItsPairs = fromPair >= expertFrom(work, expert) && toPair <= expertTo(work, expert)
    if (!areItsPairs || fromPair >= toPair) {
      throw new Bug(`layer ${work.layer}: pairs ${fromPair}..${toPair} are not tokens of expert ${expert}`)
    }
    const before = slice * this.pairs
    const repeated = this.done.add(before + fromPair, before + toPair)
    if (repeated !== undefined)
      throw new Bug(`${this.unit(expert, slice, repeated - before)} was computed twice`)
    this.doneUnits += toPair - fromPair
  }

  /** Up to `most` units that nobody computed, in words. */
  missing(most: number): string[] {
    const found: string[] = []
    for (const expert of this.work.activeExperts) {
      for (let slice = 0; slice < this.slices; slice++) {
        for (let pair = expertFrom(this.work, expert); pair < expertTo(this.work, expert); pair++) {
          if (this.done.has(slice * this.pairs + pair)) continue
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
