// Which data is on which die: so that nothing is used before it has arrived or after it was released.
import { Bug } from '../errors.ts'
import type { ComputeJob } from '../schedulers/scheduler.ts'
import { type LayerWork, rangeOf } from '../schedulers/work.ts'
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
  /** Die to which the activations of a pair were copied, -1 = none. */
  private readonly copyDie: Int32Array
  private present = 0

  constructor(work: LayerWork, slices: number) {
    this.work = work
    this.experts = work.experts
    this.slices = slices
    this.state = new Uint8Array(work.dies * work.experts * slices)
    this.copyDie = new Int32Array(work.pairToken.length).fill(-1)
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
    this.assertTokens(fromPair, toPair, die)
    let tokens = toPair - fromPair
    for (const more of morePairs ?? []) {
      this.assertTokens(more.fromPair, more.toPair, die)
      tokens += more.toPair - more.fromPair
    }
    return tokens
  }

  copyTokens(fromPair: number, toPair: number, die: number): void {
    this.copyDie.fill(die, fromPair, toPair)
  }

  /** The tokens of the pairs [fromPair, toPair) of one expert must rest on a die, or their latest copy must be there. */
  assertTokens(fromPair: number, toPair: number, die: number): void {
    const { pairStart, pairToken, tokenDie } = this.work
    const { copyDie } = this
    for (let pair = fromPair; pair < toPair; pair++) {
      if (copyDie[pair] === die) continue
      if (tokenDie[pairToken[pair]!] !== die) {
        throw new Bug(`the token of pair ${pair} is used on die ${die}, where it is not`)
      }
      // All pairs of this range rest there.
      pair = Math.min(pairStart[rangeOf(this.work, pair) + 1]!, toPair) - 1
    }
  }

  /** Slices that are on a die or on their way to one: none may be left at a layer's end. */
  get slicesLeft(): number {
    return this.present
  }

  private at(die: number, expert: number, slice: number): number {
    return (die * this.experts + expert) * this.slices + slice
  }
}
