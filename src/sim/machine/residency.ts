// Which data is on which die: so that nothing is used before it has arrived or after it was released.
import { Bug } from '../../errors.ts'
import type { ComputeJob, PairRange } from '../../schedulers/scheduler.ts'
import { type LayerWork, rangeOf, restingDieOf } from '../../schedulers/work.ts'
import type { SramClass } from './sram.ts'

const ABSENT = 0
const COMING_AS_WEIGHTS = 1
const COMING_OVER_LINK = 2
const HERE_AS_WEIGHTS = 3
const HERE_OVER_LINK = 4

/** Pairs of one expert whose activations were copied to a die. */
interface Copy extends PairRange {
  readonly die: number
}

/** Weight slices and gathered token copies of one layer. */
export class Residency {
  private readonly work: LayerWork
  private readonly experts: number
  private readonly slices: number
  private readonly state: Uint8Array
  /** Of each expert, the latest last. */
  private readonly copies: (Copy[] | undefined)[]
  private present = 0

  constructor(work: LayerWork, slices: number) {
    this.work = work
    this.experts = work.experts
    this.slices = slices
    this.state = new Uint8Array(work.dies * work.experts * slices)
    this.copies = new Array(work.experts)
  }

  /** A slice is on its way: room for it is being reserved. */
  expect(die: number, expert: number, slice: number, kind: SramClass): void {
    const at = this.at(die, expert, slice)
    if (this.state[at] !== ABSENT) {
      throw new Bug(`slice ${slice} of expert ${expert} was sent to die ${die}, where it already is`)
    }
    this.state[at] = kind === 'receive' ? COMING_OVER_LINK : COMING_AS_WEIGHTS
    this.present++
  }

  arrive(die: number, expert: number, slice: number): void {
    const at = this.at(die, expert, slice)
    this.state[at] = this.state[at] === COMING_OVER_LINK ? HERE_OVER_LINK : HERE_AS_WEIGHTS
  }

  /** Removes a slice; returns what its buffer was reserved as. */
  remove(die: number, expert: number, slice: number): SramClass {
    const at = this.assertHere(die, expert, slice)
    const kind = this.state[at] === HERE_OVER_LINK ? 'receive' : 'weights'
    this.state[at] = ABSENT
    this.present--
    return kind
  }

  /** Returns where the slice's state is kept. */
  assertHere(die: number, expert: number, slice: number): number {
    const at = this.at(die, expert, slice)
    if (this.state[at]! >= HERE_AS_WEIGHTS) return at
    throw new Bug(`slice ${slice} of expert ${expert} is used on die ${die}, where it is not`)
  }

  /** The slice and all tokens of a compute job must be on its die. Returns how many tokens. */
  assertComputable({ expert, slice, die, fromPair, toPair, morePairs }: ComputeJob): number {
    this.assertHere(die, expert, slice)
    this.assertTokens(expert, fromPair, toPair, die)
    let tokens = toPair - fromPair
    for (const more of morePairs ?? []) {
      this.assertTokens(expert, more.fromPair, more.toPair, die)
      tokens += more.toPair - more.fromPair
    }
    return tokens
  }

  copyTokens(expert: number, fromPair: number, toPair: number, die: number): void {
    const copy = { fromPair, toPair, die }
    const copies = this.copies[expert]
    if (copies === undefined) this.copies[expert] = [copy]
    else copies.push(copy)
  }

  /** The tokens of the pairs [fromPair, toPair) of an expert must rest on a die, or their latest copy must be there. */
  assertTokens(expert: number, fromPair: number, toPair: number, die: number): void {
    for (let pair = fromPair; pair < toPair; ) {
      const end = this.hereUntil(expert, pair, die)
      if (end <= pair) throw new Bug(`the token of pair ${pair} is used on die ${die}, where it is not`)
      pair = end
    }
  }

  /** Slices that are on a die or on their way to one: none may be left at a layer's end. */
  get slicesLeft(): number {
    return this.present
  }

  /** Where a run of pairs ends, from `pair` on, whose tokens are all on a die: at `pair` where its own is not. */
  private hereUntil(expert: number, pair: number, die: number): number {
    const copies = this.copies[expert] ?? []
    let end = Number.POSITIVE_INFINITY
    for (let i = copies.length - 1; i >= 0; i--) {
      const copy = copies[i]!
      if (copy.toPair <= pair) continue
      if (copy.fromPair > pair) {
        end = Math.min(end, copy.fromPair)
        continue
      }
      if (copy.die === die) return Math.min(end, copy.toPair)
      break
    }
    const range = rangeOf(this.work, pair)
    return restingDieOf(this.work, range) === die ? this.work.pairStart[range + 1]! : pair
  }

  private at(die: number, expert: number, slice: number): number {
    return (die * this.experts + expert) * this.slices + slice
  }
}
