// Activations: where tokens rest through a layer, and the copies that travel to other dies.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { invariant } from '../../errors.ts'
import type { PairRange, TokenMove } from '../../schedulers/scheduler.ts'
import { type LayerWork, rangeOf, restingDieOf, restingRuns } from '../../schedulers/work.ts'
import type { Messenger } from './messenger.ts'
import type { Residency } from './residency.ts'
import type { Sram } from './sram.ts'

export interface TokenSetting {
  readonly loop: EventLoop
  readonly sram: Sram
  readonly messenger: Messenger
  readonly dies: number
  readonly tokenBytes: number
  /** Tokens take room in SRAM; false: they rest in the die's memory. */
  readonly areOnChip: boolean
  /** The forecasting paper's activations have no home die and cost nothing to move. */
  readonly moveForFree: boolean
}

export class Tokens {
  private readonly setting: TokenSetting
  private readonly work: LayerWork
  private readonly residency: Residency
  /** Bytes of token copies by (die, expert). */
  private readonly copies = new Map<number, number>()
  private readonly restingBytes: Float64Array

  constructor(setting: TokenSetting, work: LayerWork, residency: Residency) {
    this.setting = setting
    this.work = work
    this.residency = residency
    this.restingBytes = new Float64Array(setting.dies)
  }

  /** Reserves room for the tokens that rest on each die through the layer. */
  rest(): void {
    if (!this.setting.areOnChip) return
    for (const die of this.work.restingDie)
      this.restingBytes[die] = this.restingBytes[die]! + this.setting.tokenBytes
    this.work.pausedBytes?.forEach((bytes, die) => {
      this.restingBytes[die] = this.restingBytes[die]! + bytes
    })
    this.restingBytes.forEach((bytes, die) => {
      this.setting.sram.reserve(die, 'tokens', bytes, () => undefined)
    })
  }

  /** Frees it at the layer's end. */
  leave(): void {
    this.restingBytes.forEach((bytes, die) => {
      this.setting.sram.release(die, 'tokens', bytes)
    })
  }

  /** Lets `gather` bring what rests elsewhere, die by die. false where nothing does. */
  collect(
    { expert, fromPair, toPair, die }: Omit<TokenMove, 'restingDie'>,
    gather: (move: TokenMove, onMoved: () => void) => void,
    onArrived: () => void,
  ): boolean {
    if (this.setting.moveForFree) {
      const restsHere = (pair: number) => restingDieOf(this.work, rangeOf(this.work, pair)) === die
      // Pairs are sorted by the die their tokens rest on: if the first and the last rest here, so do all between.
      if (restsHere(fromPair) && restsHere(toPair - 1)) return false
      this.appear({ expert, fromPair, toPair, die }, onArrived)
      return true
    }
    const guests = [...restingRuns(this.work, fromPair, toPair)].filter(
      ({ restingDie }) => restingDie !== die,
    )
    if (guests.length === 0) return false
    let missing = guests.length
    const onMoved = () => {
      if (--missing === 0) onArrived()
    }
    for (const pairs of guests) gather({ expert, die, ...pairs }, onMoved)
    return true
  }

  gather({ expert, fromPair, toPair, restingDie, die }: TokenMove, onArrived: () => void): void {
    const { sram, messenger, tokenBytes, areOnChip, moveForFree } = this.setting
    const tokens = toPair - fromPair
    this.residency.assertTokens(expert, fromPair, toPair, restingDie)
    if (moveForFree) {
      this.appear({ expert, fromPair, toPair, die }, onArrived)
      return
    }
    const arrive = () => {
      this.residency.copyTokens(expert, fromPair, toPair, die)
      onArrived()
    }
    const bytes = tokens * tokenBytes
    const bufferBytes = areOnChip ? bytes : 0
    sram.reserve(die, 'tokens', bufferBytes, () => {
      const key = this.key(expert, die)
      this.copies.set(key, (this.copies.get(key) ?? 0) + bufferBytes)
      messenger.send({ expert, slice: -1, tokens, bytes, from: restingDie, to: die, onArrived: arrive })
    })
  }

  /** Copies of pairs that rest anywhere, where moving is free. */
  private appear(
    { expert, fromPair, toPair, die }: Omit<TokenMove, 'restingDie'>,
    onArrived: () => void,
  ): void {
    this.setting.loop.after(0, Rank.handOver, () => {
      this.residency.copyTokens(expert, fromPair, toPair, die)
      onArrived()
    })
  }

  combine({ expert, fromPair, toPair, die, restingDie }: TokenMove, onArrived: () => void): void {
    const tokens = toPair - fromPair
    const { loop, messenger, tokenBytes, moveForFree } = this.setting
    const bytes = tokens * tokenBytes
    if (moveForFree) loop.after(0, Rank.handOver, onArrived)
    else messenger.send({ expert, slice: -1, tokens, bytes, from: die, to: restingDie, onArrived })
  }

  /** Frees copies gathered for an expert on a die: all, or those of some pairs (no matter if one of them rests there). */
  release(expert: number, die: number, pairs?: PairRange): void {
    const key = this.key(expert, die)
    const held = this.copies.get(key)
    if (held === undefined) return
    const bytes = pairs === undefined ? held : this.copyBytes(pairs, die)
    invariant(bytes <= held, () => `more tokens of expert ${expert} were released on die ${die} than copied`)
    if (bytes === held) this.copies.delete(key)
    else this.copies.set(key, held - bytes)
    this.setting.sram.release(die, 'tokens', bytes)
  }

  /** Bytes that copies of some pairs take on a die: those that rest there need none. */
  private copyBytes({ fromPair, toPair }: PairRange, die: number): number {
    if (!this.setting.areOnChip) return 0
    let guests = 0
    for (const run of restingRuns(this.work, fromPair, toPair)) {
      if (run.restingDie !== die) guests += run.toPair - run.fromPair
    }
    return guests * this.setting.tokenBytes
  }

  private key(expert: number, die: number): number {
    return die * this.work.experts + expert
  }
}
