// Activations: where tokens rest through a layer, and the copies that travel to other dies.
import type { EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { invariant } from '../../errors.ts'
import type { Package } from '../../hardware/package.ts'
import { tokenBytes } from '../../model/shape.ts'
import type { PairRange, SharedMove, TokenMove } from '../../schedulers/scheduler.ts'
import { type LayerWork, rangeOf, restingDieOf, restingRuns } from '../../schedulers/work.ts'
import type { Messenger } from './messenger.ts'
import type { Residency } from './residency.ts'
import type { Results } from './results.ts'
import type { Sram } from './sram.ts'

/** The two exchanges of a layer: tokens to where they are computed, results back. */
type ExchangeName = 'dispatch' | 'combine'

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
  /** What an exchange costs every die that sends in it, before its first message. */
  readonly exchangePs: number
}

export function tokenSetting(
  { hardware, topology, model, compat }: Package,
  loop: EventLoop,
  sram: Sram,
  messenger: Messenger,
): TokenSetting {
  return {
    loop,
    sram,
    messenger,
    dies: topology.dies,
    tokenBytes: tokenBytes(model),
    areOnChip: hardware.activations === 'sram',
    moveForFree: compat === 'paper',
    exchangePs: hardware.link.startup?.exchangePs ?? 0,
  }
}

export class Tokens {
  private readonly setting: TokenSetting
  private readonly work: LayerWork
  private readonly residency: Residency
  private readonly results: Results
  /** Bytes of token copies by (die, expert). */
  private readonly copies = new Map<number, number>()
  private readonly restingBytes: Float64Array
  /** When a die may send in an exchange; absent: it has not begun. */
  private readonly readyPs = { dispatch: new Map<number, number>(), combine: new Map<number, number>() }

  constructor(setting: TokenSetting, work: LayerWork, residency: Residency, results: Results) {
    this.setting = setting
    this.work = work
    this.residency = residency
    this.results = results
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
    job: Omit<TokenMove, 'restingDie'>,
    gather: (move: TokenMove, onMoved: () => void) => void,
    onArrived: () => void,
  ): boolean {
    if (this.setting.moveForFree) {
      if (this.restsHere(job)) return false
      this.appear(job, onArrived)
      return true
    }
    const { expert, fromPair, toPair, die } = job
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

  /** Pairs are sorted by the die their tokens rest on: if the first and the last rest here, so do all between. */
  private restsHere({ expert, fromPair, toPair, die }: Omit<TokenMove, 'restingDie'>): boolean {
    const { work } = this
    return (
      restingDieOf(work, rangeOf(work, fromPair, expert)) === die &&
      restingDieOf(work, rangeOf(work, toPair - 1, expert)) === die
    )
  }

  gather(job: TokenMove, onArrived: () => void): void {
    const { sram, messenger, tokenBytes, areOnChip, moveForFree } = this.setting
    const { expert, fromPair, toPair, restingDie, die } = job
    const tokens = toPair - fromPair
    this.residency.assertTokens(expert, fromPair, toPair, restingDie)
    if (moveForFree) {
      this.appear(job, onArrived)
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
      const message = { expert, slice: -1, tokens, bytes, from: restingDie, to: die, onArrived: arrive }
      this.exchange('dispatch', restingDie, () => messenger.send(message))
    })
  }

  gatherShared({ from, to, pairs, tokens }: SharedMove, onArrived: () => void): void {
    const { sram, messenger, loop, moveForFree } = this.setting
    this.residency.assertShared({ from, to, pairs, tokens })
    const arrive = () => {
      for (const { expert, fromPair, toPair } of pairs)
        this.residency.copyTokens(expert, fromPair, toPair, to)
      onArrived()
    }
    if (moveForFree) {
      loop.after(0, Rank.handOver, arrive)
      return
    }
    const { expert } = pairs[0]!
    const bytes = this.bytesOf(tokens)
    const message = { expert, slice: -1, tokens, bytes, from, to, onArrived: arrive }
    const send = () => messenger.send(message)
    sram.reserve(to, 'tokens', this.roomOf(tokens), () => this.exchange('dispatch', from, send))
  }

  releaseShared({ to, pairs, tokens }: SharedMove): void {
    for (const { expert, ...range } of pairs) this.residency.forgetTokens(expert, to, range)
    this.setting.sram.release(to, 'tokens', this.roomOf(tokens))
  }

  combineShared({ from, to, pairs, tokens }: SharedMove, onAdded: () => void): void {
    const { loop, messenger, moveForFree } = this.setting
    this.residency.assertDistinct({ from, to, pairs, tokens })
    const onArrived = this.sent(from, to, pairs, onAdded)
    if (moveForFree) {
      loop.after(0, Rank.handOver, onArrived)
      return
    }
    const { expert } = pairs[0]!
    const message = { expert, slice: -1, tokens, bytes: this.bytesOf(tokens), from, to, onArrived }
    this.exchange('combine', from, () => messenger.send(message))
  }

  /** Results leave a die; what is to happen when they arrive. */
  private sent(from: number, to: number, pairs: SharedMove['pairs'], onAdded: () => void): () => void {
    const results = this.results.send(from, pairs)
    return () => {
      this.results.arrive(to, results)
      onAdded()
    }
  }

  private bytesOf(tokens: number): number {
    return tokens * this.setting.tokenBytes
  }

  private roomOf(tokens: number): number {
    const { areOnChip, moveForFree } = this.setting
    return areOnChip && !moveForFree ? this.bytesOf(tokens) : 0
  }

  /** Sends once the exchange has started on a die: it starts with the first message. */
  private exchange(name: ExchangeName, die: number, send: () => void): void {
    const { loop, exchangePs } = this.setting
    if (exchangePs === 0) {
      send()
      return
    }
    const readyPs = this.readyPs[name].get(die) ?? loop.nowPs + exchangePs
    this.readyPs[name].set(die, readyPs)
    if (readyPs <= loop.nowPs) send()
    else loop.at(readyPs, Rank.transfer, send)
  }

  /** Copies of pairs that rest anywhere, where moving is free. */
  private appear(job: Omit<TokenMove, 'restingDie'>, onArrived: () => void): void {
    this.setting.loop.after(0, Rank.handOver, () => {
      this.residency.copyTokens(job.expert, job.fromPair, job.toPair, job.die)
      onArrived()
    })
  }

  combine({ expert, fromPair, toPair, die, restingDie }: TokenMove, onAdded: () => void): void {
    const onArrived = this.sent(die, restingDie, [{ expert, fromPair, toPair }], onAdded)
    const tokens = toPair - fromPair
    const { loop, messenger, tokenBytes, moveForFree } = this.setting
    const bytes = tokens * tokenBytes
    if (moveForFree) loop.after(0, Rank.handOver, onArrived)
    else {
      const message = { expert, slice: -1, tokens, bytes, from: die, to: restingDie, onArrived }
      this.exchange('combine', die, () => messenger.send(message))
    }
  }

  /** Frees copies gathered for an expert on a die: all, or those of some pairs (no matter if one of them rests there). */
  release(expert: number, die: number, pairs?: PairRange): void {
    this.residency.forgetTokens(expert, die, pairs)
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
