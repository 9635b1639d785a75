// Which data is on which die: so that nothing is used before it has arrived or after it was released.
import { Bug } from '../../errors.ts'
import type { ComputeJob, PairRange, SharedMove } from '../../schedulers/scheduler.ts'
import { type LayerWork, pairTokens, rangeOf, restingDieOf } from '../../schedulers/work.ts'
import { Ranges } from './ranges.ts'
import type { SramClass } from './sram.ts'

const ABSENT = 0
const COMING_AS_WEIGHTS = 1
const COMING_OVER_LINK = 2
const HERE_AS_WEIGHTS = 3
const HERE_OVER_LINK = 4

/** Weight slices and gathered token copies of one layer. */
export class Residency {
  private readonly work: LayerWork
  private readonly experts: number
  private readonly slices: number
  private readonly state: Uint8Array
  /** Pairs of which a die has copies, by (die, expert): those of which it has a second one in the second set, and so on. */
  private readonly copies = new Map<number, Ranges[]>()
  /** Made when it is first asked for. */
  private tokenOf: Int32Array | undefined
  private present = 0

  constructor(work: LayerWork, slices: number) {
    this.work = work
    this.experts = work.experts
    this.slices = slices
    this.state = new Uint8Array(work.dies * work.experts * slices)
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
    if (morePairs === undefined) return tokens
    for (const more of morePairs) {
      this.assertTokens(expert, more.fromPair, more.toPair, die)
      tokens += more.toPair - more.fromPair
    }
    return tokens
  }

  copyTokens(expert: number, fromPair: number, toPair: number, die: number): void {
    const key = this.key(die, expert)
    const sets = this.copies.get(key)
    if (sets === undefined) {
      this.copies.set(key, [new Ranges(fromPair, toPair)])
      return
    }
    for (let from = fromPair; from < toPair; ) {
      const { set, end } = freeSet(sets, from, toPair)
      set.add(from, end)
      from = end
    }
  }

  /** Of some pairs a die has one copy less: of those that rest there none is missed; absent: it has none of any pair left. */
  forgetTokens(expert: number, die: number, pairs?: PairRange): void {
    const key = this.key(die, expert)
    if (pairs === undefined) {
      this.copies.delete(key)
      return
    }
    const sets = this.copies.get(key) ?? []
    let from = pairs.fromPair
    while (from < pairs.toPair) {
      const set = sets.findLast((some) => some.endAfter(from) !== undefined)
      const end = Math.min(pairs.toPair, set?.endAfter(from) ?? this.restsUntil(expert, from, die))
      if (end <= from) throw new Bug(`the token of pair ${from} is released on die ${die}, where no copy is`)
      set?.take(from, end)
      from = end
    }
  }

  /** The tokens of the pairs [fromPair, toPair) of an expert must rest on a die, or a copy must be there. */
  assertTokens(expert: number, fromPair: number, toPair: number, die: number): void {
    let end = this.restsUntil(expert, fromPair, die)
    if (end >= toPair) return
    const sets = this.copies.get(this.key(die, expert))
    for (let pair = fromPair; ; end = this.restsUntil(expert, pair, die)) {
      if (sets !== undefined) for (const set of sets) end = Math.max(end, set.endAfter(pair) ?? pair)
      if (end >= toPair) return
      if (end <= pair) throw new Bug(`the token of pair ${pair} is used on die ${die}, where it is not`)
      pair = end
    }
  }

  /** What is shared must be as many tokens as it says. */
  assertDistinct({ from, pairs, tokens }: SharedMove): void {
    this.tokenOf ??= pairTokens(this.work)
    const distinct = new Set<number>()
    for (const { fromPair, toPair } of pairs) {
      for (let pair = fromPair; pair < toPair; pair++) distinct.add(this.tokenOf[pair]!)
    }
    if (distinct.size === tokens) return
    throw new Bug(`${distinct.size} tokens leave die ${from} as ${tokens}`)
  }

  /** And all of them on its first die. */
  assertShared(move: SharedMove): void {
    this.assertDistinct(move)
    for (const { expert, fromPair, toPair } of move.pairs)
      this.assertTokens(expert, fromPair, toPair, move.from)
  }

  /** Slices that are on a die or on their way to one: none may be left at a layer's end. */
  get slicesLeft(): number {
    return this.present
  }

  /** One past the last of an expert's pairs that rest on a die, from `pair` on: `pair` where itself does not. */
  private restsUntil(expert: number, pair: number, die: number): number {
    const { pairStart } = this.work
    const range = rangeOf(this.work, pair, expert)
    const isIts = pairStart[range]! <= pair && pair < pairStart[range + 1]!
    return isIts && restingDieOf(this.work, range) === die ? pairStart[range + 1]! : pair
  }

  private key(die: number, expert: number): number {
    return die * this.experts + expert
  }

  private at(die: number, expert: number, slice: number): number {
    return this.key(die, expert) * this.slices + slice
  }
}

/** The first of some sets without a number, made where each has it, and how far one may add to it. */
function freeSet(sets: Ranges[], from: number, to: number): { set: Ranges; end: number } {
  let end = to
  for (const set of sets) {
    if (set.endAfter(from) === undefined) return { set, end: set.startAfter(from, end) }
    end = Math.min(end, set.endAfter(from)!)
  }
  const set = new Ranges()
  sets.push(set)
  return { set, end }
}
