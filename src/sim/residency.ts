// Which data is on which die: so that nothing is used before it has arrived or after it was released.
import { invariant } from '../errors.ts'
import type { SramClass } from './sram.ts'

const ABSENT = 0
const COMING_AS_WEIGHTS = 1
const COMING_OVER_LINK = 2
const HERE_AS_WEIGHTS = 3
const HERE_OVER_LINK = 4

/** Weight slices and gathered token copies of one layer. */
export class Residency {
  private readonly experts: number
  private readonly slices: number
  private readonly state: Uint8Array
  /** Die to which the activations of a pair were copied, -1 = none. */
  private readonly copyDie: Int32Array
  private present = 0

  constructor(dies: number, experts: number, slices: number, pairs: number) {
    this.experts = experts
    this.slices = slices
    this.state = new Uint8Array(dies * experts * slices)
    this.copyDie = new Int32Array(pairs).fill(-1)
  }

  /** A slice is on its way: room for it is being reserved. */
  expect(die: number, expert: number, slice: number, kind: SramClass): void {
    const at = this.at(die, expert, slice)
    invariant(
      this.state[at] === ABSENT,
      () => `slice ${slice} of expert ${expert} was sent to die ${die}, where it already is`,
    )
    this.state[at] = kind === 'receive' ? COMING_OVER_LINK : COMING_AS_WEIGHTS
    this.present++
  }

  arrive(die: number, expert: number, slice: number): void {
    const at = this.at(die, expert, slice)
    this.state[at] = this.state[at] === COMING_OVER_LINK ? HERE_OVER_LINK : HERE_AS_WEIGHTS
  }

  /** Removes a slice; returns what its buffer was reserved as. */
  remove(die: number, expert: number, slice: number): SramClass {
    this.assertHere(die, expert, slice)
    const at = this.at(die, expert, slice)
    const kind = this.state[at] === HERE_OVER_LINK ? 'receive' : 'weights'
    this.state[at] = ABSENT
    this.present--
    return kind
  }

  assertHere(die: number, expert: number, slice: number): void {
    invariant(
      this.state[this.at(die, expert, slice)]! >= HERE_AS_WEIGHTS,
      () => `slice ${slice} of expert ${expert} is used on die ${die}, where it is not`,
    )
  }

  copyTokens(fromPair: number, toPair: number, die: number): void {
    this.copyDie.fill(die, fromPair, toPair)
  }

  assertToken(pair: number, ownerDie: number, die: number): void {
    invariant(
      ownerDie === die || this.copyDie[pair] === die,
      () => `the token of pair ${pair} is used on die ${die}, where it is not`,
    )
  }

  /** Slices that are on a die or on their way to one: none may be left at a layer's end. */
  get slicesLeft(): number {
    return this.present
  }

  private at(die: number, expert: number, slice: number): number {
    return (die * this.experts + expert) * this.slices + slice
  }
}
