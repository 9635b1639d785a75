// Both ends of reading ahead on one layer's machine: what the layer before has left, and what is read for the next one.
import { invariant } from '../../errors.ts'
import type { SlicePlace, SlicesAhead } from '../../schedulers/scheduler.ts'
import { expertTokens, type LayerWork } from '../../schedulers/work.ts'
import type { Holdings } from '../machine/holdings.ts'
import type { Ledger } from '../machine/ledger.ts'
import { CacheReads, type CacheReadsSetting } from './cache-reads.ts'
import { type Foresight, type HandOver, ReadAhead, type ReadAheadSetting } from './read-ahead.ts'
import { Received, type ReceivedSetting } from './received.ts'

/** What is new in every iteration. */
type IterationParts = Pick<ReceivedSetting, 'buffers' | 'residency'> & { readonly ledger: Ledger }

type AheadSetting = ReadAheadSetting & CacheReadsSetting

export class Ahead implements SlicesAhead {
  /** What the iteration run last has read for the next layer. */
  left: HandOver | undefined
  private readonly setting: AheadSetting
  private readonly holdings: Holdings
  private ledger: Ledger | undefined
  private handedOver: HandOver | undefined
  private received: Received | undefined
  private reading: ReadAhead | CacheReads | undefined
  /** Work under way that may end after the last compute: replica writes and results. */
  private trailing = 0

  constructor(setting: AheadSetting, holdings: Holdings) {
    this.setting = setting
    this.holdings = holdings
  }

  /** Takes what the layer before has read for the next iteration. */
  receive(handOver: HandOver): void {
    const { traffic, bytesOfSlice } = this.setting
    this.handedOver = handOver
    for (const { expert, slice, die, into } of handOver.slices) {
      const bytes = bytesOfSlice[slice]!
      const isRefused = into === 'memory' && !this.holdings.keepReplica(expert, slice, die, bytes)
      if (isRefused) traffic.aheadVainBytes += bytes
    }
    this.holdings.notePresent(handOver.slices.filter(({ into }) => into === 'sram'))
  }

  /** Bytes of needed experts that the layer before has left on chip for the next iteration; each slice counts once. */
  presentBytes(work: LayerWork): number {
    if (this.handedOver === undefined) return 0
    const { bytesOfSlice } = this.setting
    const needed = this.handedOver.slices.filter(
      ({ expert, into }) => into === 'sram' && expertTokens(work, expert) > 0,
    )
    const slices = new Set(needed.map(({ expert, slice }) => expert * bytesOfSlice.length + slice))
    return [...slices].reduce((sum, key) => sum + bytesOfSlice[key % bytesOfSlice.length]!, 0)
  }

  begin(foresight: Foresight | undefined, { ledger, ...parts }: IterationParts): void {
    const { setting } = this
    this.ledger = ledger
    this.received = this.handedOver && new Received({ ...setting, ...parts }, this.handedOver)
    this.handedOver = undefined
    this.left = undefined
    this.reading = foresight && readerOf(setting, foresight)
    this.reading?.start()
    const isUsed = this.received !== undefined || this.reading !== undefined
    setting.sram.onShort = isUsed ? (die) => this.giveWay(die) : undefined
  }

  /** After the last event. Returns when the layer's own last event was. */
  end(): number {
    this.received?.assertEmpty()
    const end = this.reading?.finish()
    this.reading = undefined
    this.left = end?.handOver
    return end?.overPs ?? this.setting.loop.nowPs
  }

  get places(): readonly SlicePlace[] {
    return this.received?.places ?? []
  }

  has(place: SlicePlace): boolean {
    return this.received?.has(place) === true
  }

  /** Hands a slice that was read ahead over to the caller; `onHere` runs as soon as it is there. */
  take(place: SlicePlace, onHere: () => void): void {
    this.some.take(place, onHere)
  }

  discard(place: SlicePlace): void {
    this.some.discard(place)
  }

  get readsIntoCache(): boolean {
    return this.reading instanceof CacheReads
  }

  /** What the layer before has left for the iteration to come. */
  get coming(): HandOver | undefined {
    return this.handedOver
  }

  /** The layer has asked for all weights that it needs itself. */
  allAsked(): void {
    if (this.reading instanceof CacheReads) this.reading.allAsked()
  }

  /** Room may have become free. */
  retry(): void {
    this.reading?.start()
  }

  /** An action that the layer is not over without. */
  trailed(action: () => void): () => void {
    if (this.reading === undefined) return action
    this.trailing++
    return () => {
      action()
      this.trailing--
      this.noteProgress()
    }
  }

  noteProgress(): void {
    if (this.reading === undefined || this.trailing > 0) return
    if (this.ledger!.doneUnits === this.ledger!.units) this.reading.layerIsOver()
  }

  private get some(): Received {
    invariant(this.received !== undefined, () => 'a slice was asked for where nothing was read ahead')
    return this.received
  }

  /** Of what is on a die before its time, what is for the next layer goes first. */
  private giveWay(die: number): void {
    if (this.reading instanceof ReadAhead) this.reading.giveWay(die)
    this.received?.giveWay(die)
  }
}

function readerOf(setting: AheadSetting, foresight: Foresight): ReadAhead | CacheReads {
  const { cache } = foresight
  return cache === undefined ? new ReadAhead(setting, foresight) : new CacheReads(setting, foresight, cache)
}
