// Where results are: of every (token, expert, slice) the die that computed it, or the one to which its sum was sent since.
import { grown } from '../../engine/event-heap.ts'
import { Bug } from '../../errors.ts'
import type { PairRange } from '../../schedulers/scheduler.ts'
import { type LayerWork, rangeOf, restingDieOf, tokenOfPair } from '../../schedulers/work.ts'
import { Ranges } from './ranges.ts'

type ExpertPairs = PairRange & { readonly expert: number }

interface SlicePairs extends PairRange {
  readonly slice: number
}

/** A result on its way: it may be added to another, but not sent from where it no longer is. */
export interface SentResults {
  readonly parts: readonly (ExpertPairs & SlicePairs)[]
}

/**
 * Kept as a plain log while a layer sends no results anywhere: then they stay where they were computed. Once some are sent, all
 * have to come to where their tokens rest, each slice of each pair.
 */
export class Results {
  private readonly work: LayerWork
  /** Of each job in turn: die, expert, slice, first pair, one past the last. */
  private log = new Int32Array(1280)
  private logged = 0
  /** Away from where their tokens rest, by (die, expert) and slice. */
  private away: Map<number, Map<number, Ranges>> | undefined
  private underWay = 0

  constructor(work: LayerWork) {
    this.work = work
  }

  computed(die: number, expert: number, slice: number, { fromPair, toPair }: PairRange): void {
    const range = rangeOf(this.work, fromPair, expert)
    const restsHere = restingDieOf(this.work, range) === die && toPair <= this.work.pairStart[range + 1]!
    if (restsHere) return
    if (this.away !== undefined) {
      this.put(die, expert, slice, fromPair, toPair)
      return
    }
    if (this.logged === this.log.length) this.log = grown(this.log, new Int32Array(2 * this.logged))
    const { log, logged } = this
    log[logged] = die
    log[logged + 1] = expert
    log[logged + 2] = slice
    log[logged + 3] = fromPair
    log[logged + 4] = toPair
    this.logged += 5
  }

  /** Takes what a die has of the results of some pairs, which is something of each. */
  send(die: number, pairs: readonly ExpertPairs[]): SentResults {
    if (this.away === undefined) this.open()
    const parts = pairs.flatMap(({ expert, fromPair, toPair }) => {
      const found = this.take(die, expert, fromPair, toPair)
      this.assertEach({ expert, fromPair, toPair }, found, die)
      return found.map((part) => ({ ...part, expert }))
    })
    this.underWay++
    return { parts }
  }

  arrive(die: number, { parts }: SentResults): void {
    this.underWay--
    for (const { expert, slice, fromPair, toPair } of parts) this.put(die, expert, slice, fromPair, toPair)
  }

  /** At the layer's end: where any result was sent, none may be left away from home. */
  assertHome(): void {
    if (this.underWay > 0)
      throw new Bug(`layer ${this.work.layer}: ${this.underWay} results are still on their way`)
    for (const [key, slices] of this.away ?? []) {
      for (const ranges of slices.values()) {
        const { first } = ranges
        if (first === undefined) continue
        const { layer, dies } = this.work
        const home = restingDieOf(this.work, rangeOf(this.work, first))
        const token = tokenOfPair(this.work, first)
        const die = key % dies
        throw new Bug(
          `layer ${layer}: the result of token ${token} from expert ${Math.floor(key / dies)} stayed on die ${die} and never came to die ${home}`,
        )
      }
    }
  }

  private open(): void {
    this.away = new Map()
    const { log } = this
    for (let at = 0; at < this.logged; at += 5)
      this.put(log[at]!, log[at + 1]!, log[at + 2]!, log[at + 3]!, log[at + 4]!)
    this.logged = 0
  }

  /** Notes results on a die; those that are at home there need no note. */
  private put(die: number, expert: number, slice: number, fromPair: number, toPair: number): void {
    const { pairStart } = this.work
    for (let from = fromPair; from < toPair; ) {
      const range = rangeOf(this.work, from, expert)
      const end = Math.min(pairStart[range + 1]!, toPair)
      if (restingDieOf(this.work, range) !== die) this.rangesOf(die, expert, slice).add(from, end)
      from = end
    }
  }

  private take(die: number, expert: number, fromPair: number, toPair: number): SlicePairs[] {
    const slices = this.away?.get(expert * this.work.dies + die) ?? new Map<number, Ranges>()
    return [...slices].flatMap(([slice, ranges]) =>
      ranges.take(fromPair, toPair).map(({ from, to }) => ({ slice, fromPair: from, toPair: to })),
    )
  }

  private assertEach(
    { expert, fromPair, toPair }: ExpertPairs,
    found: readonly SlicePairs[],
    die: number,
  ): void {
    const isThere = new Uint8Array(toPair - fromPair)
    for (const part of found) isThere.fill(1, part.fromPair - fromPair, part.toPair - fromPair)
    const missing = isThere.indexOf(0)
    if (missing < 0) return
    throw new Bug(
      `the result of pair ${fromPair + missing} from expert ${expert} is sent from die ${die}, where it is not`,
    )
  }

  private rangesOf(die: number, expert: number, slice: number): Ranges {
    const key = expert * this.work.dies + die
    const slices = this.away!.get(key) ?? new Map<number, Ranges>()
    this.away!.set(key, slices)
    const ranges = slices.get(slice) ?? new Ranges()
    slices.set(slice, ranges)
    return ranges
  }
}
