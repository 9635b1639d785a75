// The memory channels of a package: accesses one after the other, and through which of them goes what any of them could read.
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { Station, Turn } from '../../engine/station.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import type { Package } from '../../hardware/package.ts'
import { stationOf } from './stations.ts'
import type { Traffic } from './traffic.ts'

/** Of a channel or a cache port; as in Turn. */
export interface Use extends Pick<Turn, 'onDone'> {
  readonly isUrgent?: boolean | undefined
  readonly onStart?: Turn['onStart'] | undefined
  /** The channel is done with it. */
  readonly onLeft?: (() => void) | undefined
}

/** What one channel reads of a slice. */
export interface ReadPart {
  readonly source: number
  readonly bytes: number
  /** Time of the channel that is kept for it until it is asked for: see Channels.ask. */
  readonly promisedPs: number
}

/** A channel as seen from a die. */
interface Way {
  readonly source: number
  readonly hops: number
}

export class Channels {
  /** Told of every access to a die's channel, and when it will be free after it. */
  onBusy: ((die: number, freeAtPs: number) => void) | undefined
  private readonly pkg: Package
  private readonly loop: EventLoop
  private readonly traffic: Traffic
  private readonly timing: MemoryTiming
  private readonly stations: Station[]
  /** By die: time of its channel that reads which are on their way to it will take. */
  private readonly promisedPs: Float64Array
  /** Whether reads are cut into pieces. */
  private readonly isDealt: boolean
  /** By die that reads. */
  private readonly ways = new Map<number, readonly Way[]>()

  constructor(pkg: Package, loop: EventLoop, traffic: Traffic) {
    this.pkg = pkg
    this.loop = loop
    this.traffic = traffic
    this.timing = new MemoryTiming(pkg.hardware.memory)
    this.stations = Array.from({ length: pkg.topology.dies }, () => stationOf(pkg, loop, Rank.memory))
    this.promisedPs = new Float64Array(pkg.topology.dies)
    const isWayFast = pkg.payloadBytesPerPs >= this.timing.bestBytesPerPs
    this.isDealt = isWayFast && pkg.hardware.llc === undefined
  }

  /** Dies that have a channel. */
  get dies(): readonly number[] {
    return this.pkg.hardware.memory.channelDies
  }

  /** Occupies a die's channel with an access: in order of arrival, under compat: paper the urgent ones first. */
  access(die: number, bytes: number, { isUrgent = false, onStart, onLeft, onDone }: Use): void {
    const { latencyPs, access } = this.pkg.hardware.memory
    const channel = this.stations[die]!
    const inLinePs = access === 'serial' ? latencyPs : 0
    // Both in one event, unless whoever hears that it has left may still go before the reads that wait.
    const isDoneAsItLeaves = inLinePs === latencyPs && this.pkg.compat !== 'paper'
    const isToldApart = onLeft !== undefined && !isDoneAsItLeaves
    channel.take({
      isUrgent,
      occupiedPs: this.timing.isSteady
        ? this.timing.transferPs(bytes, 0, false) + inLinePs
        : this.timedPs(bytes, inLinePs),
      latencyPs: latencyPs - inLinePs,
      onStart: isToldApart ? this.telling(onLeft, onStart) : onStart,
      onDone: onLeft === undefined || isToldApart ? onDone : both(onDone, onLeft),
    })
    this.traffic.channelBytes[die] = this.traffic.channelBytes[die]! + bytes
    this.onBusy?.(die, channel.nextStartPs)
  }

  /** Where it depends on the start. */
  private timedPs(bytes: number, inLinePs: number): Turn['occupiedPs'] {
    return (startPs, isIdle) => this.timing.transferPs(bytes, startPs, isIdle) + inLinePs
  }

  private telling(onLeft: () => void, onStart: Turn['onStart']): Turn['onStart'] {
    return (startPs, freePs) => {
      this.loop.at(freePs, Rank.memory, onLeft)
      onStart?.(startPs, freePs)
    }
  }

  /** Whether a die's channel has nothing to do. */
  isIdle(die: number): boolean {
    return this.stations[die]!.isIdle
  }

  /** When a die's channel would start what it is given now. */
  nextStartPs(die: number): number {
    return this.stations[die]!.nextStartPs
  }

  /** Keeps a die's channel busy with what began before. */
  occupy(die: number, ps: number): void {
    this.stations[die]!.take({ isUrgent: false, occupiedPs: ps, latencyPs: 0, onDone: () => undefined })
  }

  /**
   * Deals a read that any channel could serve: as many pieces as there are channels, one after the other, each to the channel
   * from which it will come first, which is the one that will be free first unless the way is slow; of equals to the nearest,
   * then the first in die order. It stays whole where links are slower than channels, so that no piece of it would come faster
   * from afar, and where caches keep whole slices.
   */
  deal(bytes: number, die: number): ReadPart[] {
    const channels = this.channelsFrom(die)
    const pieces = this.isDealt ? Math.max(1, Math.min(channels.length, bytes)) : 1
    const parts = new Map<number, ReadPart>()
    for (let piece = 0; piece < pieces; piece++) {
      const pieceBytes = Math.floor(((piece + 1) * bytes) / pieces) - Math.floor((piece * bytes) / pieces)
      const takesPs = this.timing.meanTransferPs(pieceBytes)
      const source = this.firstToBring(pieceBytes, channels)
      this.promisedPs[source] = this.promisedPs[source]! + takesPs
      const before = parts.get(source) ?? { bytes: 0, promisedPs: 0 }
      const promisedPs = before.promisedPs + takesPs
      parts.set(source, { source, bytes: before.bytes + pieceBytes, promisedPs })
    }
    return [...parts.values()]
  }

  /** A part that was dealt has reached its channel. */
  ask({ source, promisedPs }: Pick<ReadPart, 'source' | 'promisedPs'>): void {
    this.promisedPs[source] = this.promisedPs[source]! - promisedPs
  }

  private firstToBring(bytes: number, channels: readonly Way[]): number {
    const { payloadBytesPerPs, hardware } = this.pkg
    const { link } = hardware
    const linkPs = durationPs(bytes, payloadBytesPerPs)
    let first = -1
    let firstPs = Infinity
    for (const { source, hops } of channels) {
      const freePs = this.stations[source]!.nextStartPs + this.promisedPs[source]!
      const herePs = freePs + (hops > 0 ? hops * link.latencyPs + linkPs : 0)
      if (herePs >= firstPs) continue
      first = source
      firstPs = herePs
    }
    return first
  }

  /** All channels as seen from a die, the nearest first. */
  private channelsFrom(die: number): readonly Way[] {
    const known = this.ways.get(die)
    if (known !== undefined) return known
    const { topology, hardware } = this.pkg
    const hops = (channel: number) => topology.hops(channel, die)
    const nearestFirst = [...hardware.memory.channelDies].sort(
      (a, b) => hops(a) - hops(b) || topology.rank[a]! - topology.rank[b]!,
    )
    const ways = nearestFirst.map((source) => ({ source, hops: hops(source) }))
    this.ways.set(die, ways)
    return ways
  }
}

function both(first: () => void, second: () => void): () => void {
  return () => {
    first()
    second()
  }
}
