// The conservation book: each (token, expert, slice) must be computed exactly once.
import { Bug } from '../errors.ts'
import { expertFrom, expertTo, type LayerWork } from '../schedulers/work.ts'

/** Counts every (token, expert, slice) of one layer. A *unit* is one pair (token, expert) times one slice. */
export class Ledger {
  readonly units: number
  doneUnits = 0
  private readonly work: LayerWork
  private readonly slices: number
  private readonly pairs: number
  private readonly done: Uint8Array

  constructor(work: LayerWork, slices: number) {
    this.work = work
    this.slices = slices
    this.pairs = work.pairToken.length
    this.units = this.pairs * slices
    this.done = new Uint8Array(this.units)
  }

  /** Books the pairs [fromPair, toPair) of an expert as computed with a slice. A repeat is a bug. */
  book(expert: number, slice: number, fromPair: number, toPair: number): void {
    const { done, work } = this
    const areItsPairs = fromPair >= expertFrom(work, expert) && toPair <= expertTo(work, expert)
    if (!areItsPairs || fromPair >= toPair) {
      throw new Bug(`layer ${work.layer}: pairs ${fromPair}..${toPair} are not tokens of expert ${expert}`)
    }
    const base = slice * this.pairs
    for (let at = base + fromPair; at < base + toPair; at++) {
      if (done[at] !== 0) throw new Bug(`${this.unit(expert, slice, at - base)} was computed twice`)
    }
    done.fill(1, base + fromPair, base + toPair)
    this.doneUnits += toPair - fromPair
  }

  /** Up to `most` units that nobody computed, in words. */
  missing(most: number): string[] {
    const found: string[] = []
    for (const expert of this.work.activeExperts) {
      for (let slice = 0; slice < this.slices; slice++) {
        for (let pair = expertFrom(this.work, expert); pair < expertTo(this.work, expert); pair++) {
          if (this.done[slice * this.pairs + pair] === 1) continue
          found.push(`${this.unit(expert, slice, pair)} was never computed`)
          if (found.length === most) return found
        }
      }
    }
    return found
  }

  private unit(expert: number, slice: number, pair: number): string {
    const { layer, pairToken } = this.work
    return `layer ${layer}: token ${pairToken[pair]} of expert ${expert}, slice ${slice}`
  }
}
