// The way of a weight slice from memory channels to a die: cache look-up, request, memory read, data message.
import { onLastOf } from '../../engine/last-of.ts'
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import type { Station } from '../../engine/station.ts'
import { type Fabric, routeLatencyPs } from '../../hardware/fabric.ts'
import { Llc } from '../../hardware/llc.ts'
import type { Package } from '../../hardware/package.ts'
import type { LlcSpec } from '../../hardware/spec.ts'
import { expertBytes } from '../../model/shape.ts'
import type { WeightMove } from '../../schedulers/scheduler.ts'
import type { Probe, Span } from '../probe.ts'
import type { Channels, Use } from './channels.ts'
import type { Messenger } from './messenger.ts'
import { stationOf } from './stations.ts'
import type { Traffic } from './traffic.ts'

export interface Fetch {
  readonly expert: number
  readonly slice: number
  readonly slices: number
  readonly bytes: number
  readonly tokens: number
  /** Activations the die streams from its own memory beside the slice. */
  readonly activationBytes: number
  /** Die behind whose channel it is read; absent: any of them will do. */
  readonly source?: number | undefined
  readonly die: number
  /** Whether the die that computes is not the weights' home: under compat: paper such work goes first. */
  readonly isAway: boolean
  /** For another layer: caches, which know the slices of this one, are passed by. */
  readonly isAhead?: boolean
}

/** What one channel is asked for. */
interface Read {
  readonly job: Fetch
  readonly source: number
  readonly bytes: number
  readonly activationBytes: number
  readonly promisedPs: number
  readonly onLeft: (() => void) | undefined
}

export interface FetcherSetting {
  readonly pkg: Package
  readonly loop: EventLoop
  readonly fabric: Fabric
  readonly messenger: Messenger
  readonly channels: Channels
  readonly traffic: Traffic
  readonly probe: Probe | undefined
  readonly largestSliceBytes: number
}

const nothing = () => undefined

/** Reads through memory channels and caches of all dies. */
export class Fetcher {
  private readonly setting: FetcherSetting
  private readonly ports: Station[]
  private readonly caches: Llc[]

  constructor(setting: FetcherSetting) {
    this.setting = setting
    const { pkg, loop, largestSliceBytes } = setting
    const { hardware, topology } = pkg
    const perDie = <T>(make: () => T): T[] => Array.from({ length: topology.dies }, make)
    const station = () => stationOf(pkg, loop, Rank.memory)
    const { llc } = hardware
    this.ports = llc ? perDie(station) : []
    this.caches = llc ? perDie(() => new Llc(llc, largestSliceBytes)) : []
  }

  /** Between layers other work runs through the caches; nothing of this layer survives. */
  clearCaches(): void {
    for (const cache of this.caches) cache.clear()
  }

  /** `onLeft`: all of it has left its channels, or was in a cache. */
  fetch(job: Fetch, onDone: () => void, onLeft?: () => void): void {
    const { source, bytes, activationBytes } = job
    if (source === undefined) this.fetchParts(job, onDone, onLeft)
    else this.read({ job, source, bytes, activationBytes, promisedPs: 0, onLeft }, onDone)
  }

  /** Through the channels that will be free first. The part read at the die itself, or else the first, has the activations beside it. */
  private fetchParts(job: Fetch, onDone: () => void, onLeft?: () => void): void {
    const parts = this.setting.channels.deal(job.bytes, job.die)
    const main = parts.find(({ source }) => source === job.die) ?? parts[0]!
    const partDone = onLastOf(parts.length, onDone)
    const partLeft = onLeft && onLastOf(parts.length, onLeft)
    for (const part of parts) {
      const { source, bytes, promisedPs } = part
      const activationBytes = part === main ? job.activationBytes : 0
      this.read({ job, source, bytes, activationBytes, promisedPs, onLeft: partLeft }, partDone)
    }
  }

  private read(read: Read, onDone: () => void): void {
    const { traffic, pkg } = this.setting
    const { job, source, bytes, activationBytes } = read
    if (source === job.die) {
      this.readHere(read, onDone)
      return
    }
    traffic.weightReadRemoteBytes += bytes
    traffic.hops += pkg.topology.hops(job.die, source)
    const done = this.besideActivations(job.die, activationBytes, onDone)
    const ask = () => this.request(read, () => this.readAfar(read, done))
    // The reading die's own cache holds lines of its own memory only, so this look-up always misses.
    if (this.ports.length > 0 && !job.isAhead)
      this.usePort(job.die, job.isAway, pkg.hardware.llc!.missPs, { onDone: ask })
    else ask()
  }

  /** Copies a slice from a die's SRAM to its own memory. */
  writeReplica(
    { expert, slice, die, bytes, isAway }: Pick<Fetch, 'expert' | 'slice' | 'die' | 'bytes' | 'isAway'>,
    onDone: () => void,
  ): void {
    const { channels, traffic } = this.setting
    traffic.replicaWriteBytes += bytes
    traffic.sramBytes += bytes
    const span = { kind: 'write', die, peer: die, expert, slice, tokens: 0, bytes } as const
    channels.access(die, bytes, this.watched(span, { isUrgent: isAway, onDone }))
  }

  /** As Machine.moveWeights. */
  moveWeights(moves: readonly WeightMove[], isAwaited: boolean, onMoved: () => void): void {
    const { channels, messenger, traffic, loop, pkg } = this.setting
    const bytes = expertBytes(pkg.model)
    const startPs = loop.nowPs
    const over = () => {
      if (isAwaited) traffic.moveStallPs += loop.nowPs - startPs
      onMoved()
    }
    if (moves.length === 0) loop.after(0, Rank.decide, over)
    const moved = onLastOf(moves.length, over)
    traffic.moveMemoryBytes += 2 * moves.length * bytes
    for (const { expert, from, to } of moves) {
      const write = () => channels.access(to, bytes, { onDone: moved })
      const message = { expert, slice: 0, tokens: 0, bytes, from, to, onArrived: write }
      channels.access(from, bytes, { onDone: () => (from === to ? write() : messenger.send(message)) })
    }
  }

  /** From the die's own channel, unless its cache has it. */
  private readHere(read: Read, onDone: () => void): void {
    const { llc } = this.setting.pkg.hardware
    const { job, activationBytes } = read
    if (llc === undefined || job.isAhead) {
      this.readWeights(read, activationBytes, { onDone })
      return
    }
    let isHit = false
    const lookUpPs = () => {
      isHit = this.isCached(read)
      return isHit ? this.hitPs(llc, read) : llc.missPs
    }
    const onLookedUp = () => {
      if (!isHit) {
        this.readWeights(read, activationBytes, { onDone })
        return
      }
      read.onLeft?.()
      // What is not read saves no activations: they are streamed all the same.
      this.besideActivations(job.die, activationBytes, onDone)()
    }
    this.usePort(job.die, job.isAway, lookUpPs, { onDone: onLookedUp })
  }

  /** At the die behind whose channel it lies, which sends it to the one that asked. */
  private readAfar(read: Read, onDone: () => void): void {
    const { pkg, loop } = this.setting
    const { llc, link } = pkg.hardware
    const { job, source } = read
    // The forecasting paper's artifact claims the way back as soon as it knows when the read will end (sheet 3.3).
    const isReserved = pkg.compat === 'paper' && link.sharing === 'circuit'
    const onStart = isReserved
      ? (_startPs: number, freePs: number) => this.sendBack(read, freePs, onDone)
      : undefined
    const onRead = isReserved ? nothing : () => this.sendBack(read, loop.nowPs, onDone)
    // A reader has paid for its miss at its own port: only a hit takes time at this one.
    if (llc === undefined || job.isAhead || !this.isCached(read)) {
      this.readWeights(read, 0, { onStart, onDone: onRead })
      return
    }
    const onHit = () => {
      read.onLeft?.()
      onRead()
    }
    this.usePort(source, job.isAway, () => this.hitPs(llc, read), { onStart, onDone: onHit })
  }

  private sendBack({ job, source, bytes }: Read, readyPs: number, onArrived: () => void): void {
    const { expert, slice, tokens, isAway: isUrgent, die: to } = job
    const weights = { expert, slice, tokens, bytes, isUrgent, from: source, to, isReply: true, onArrived }
    this.setting.messenger.send(weights, readyPs)
  }

  private isCached({ job: { expert, slice, slices }, source }: Read): boolean {
    return this.caches[source]!.lookUp(expert, slice, slices)
  }

  /** The time of a hit, which is counted. */
  private hitPs({ hitPs }: LlcSpec, read: Read): number {
    this.setting.traffic.llcHits++
    this.setting.channels.ask(read)
    return hitPs
  }

  private usePort(
    die: number,
    isUrgent: boolean,
    occupiedPs: number | (() => number),
    { onStart, onDone }: Use,
  ): void {
    this.ports[die]!.take({ isUrgent, occupiedPs, latencyPs: 0, onStart, onDone })
  }

  private readWeights(read: Read, activationBytes: number, { onStart, onDone }: Use): void {
    const { traffic, channels, pkg, probe } = this.setting
    const { job, bytes, source, onLeft } = read
    traffic.weightReadBytes += bytes
    traffic.activationReadBytes += activationBytes
    channels.ask(read)
    const isKept = pkg.hardware.llc !== undefined && !job.isAhead
    const onRead = isKept ? () => this.fill(read, onDone) : onDone
    const use = { isUrgent: job.isAway, onStart, onLeft, onDone: onRead }
    channels.access(source, bytes + activationBytes, probe === undefined ? use : this.watchedRead(read, use))
  }

  /** A slice that was read goes into the cache beside its channel, whose port is written through meanwhile. */
  private fill({ job, source }: Read, onDone: () => void): void {
    const { writePs } = this.setting.pkg.hardware.llc!
    this.usePort(source, job.isAway, writePs, { onDone: nothing })
    this.caches[source]!.fill(job.expert, job.slice, job.slices)
    onDone()
  }

  private watchedRead({ job: { expert, slice, tokens, die }, bytes, source }: Read, use: Use): Use {
    return this.watched({ kind: 'load', die: source, peer: die, expert, slice, tokens, bytes }, use)
  }

  /** A use that is shown to whoever looks on. */
  private watched(span: Omit<Span, 'startPs' | 'endPs'>, use: Use): Use {
    const { probe, loop } = this.setting
    if (probe === undefined) return use
    const { kind, die, peer, expert, slice, tokens, bytes } = span
    let startPs = 0
    return {
      isUrgent: use.isUrgent,
      onLeft: use.onLeft,
      onStart: (fromPs, freePs) => {
        startPs = fromPs
        use.onStart?.(fromPs, freePs)
      },
      onDone: () => {
        const endPs = loop.nowPs
        probe.span({ kind, die, peer, startPs, endPs, expert, slice, tokens, bytes })
        use.onDone()
      },
    }
  }

  /**
   * Streams a die's own activations from its memory while a slice travels to it: the returned function, called when
   * the slice is there, calls `onDone` as soon as both are. The forecasting paper's artifact charges them for local reads only.
   */
  besideActivations(die: number, activationBytes: number, onDone: () => void): () => void {
    if (activationBytes === 0 || this.setting.pkg.compat === 'paper') return onDone
    const oneIsThere = onLastOf(2, onDone)
    this.setting.traffic.activationReadBytes += activationBytes
    this.setting.channels.access(die, activationBytes, { onDone: oneIsThere })
    return oneIsThere
  }

  /** Command and address of a remote read. */
  private request({ job, source }: Read, onArrived: () => void): void {
    const { pkg, loop, fabric, traffic } = this.setting
    const { link } = pkg.hardware
    if (link.requestBytes === 0) {
      onArrived()
      return
    }
    const route = pkg.topology.route(job.die, source)
    traffic.linkBytes += link.requestBytes
    traffic.linkByteHops += link.requestBytes * route.hops
    if (link.sharing === 'circuit') {
      fabric.send({ route, bytes: link.requestBytes, isUrgent: job.isAway, onSent: nothing, onArrived })
      return
    }
    // A few bytes between long messages: they pay latency and their own serialization, and delay nobody.
    const serializationPs = durationPs(link.requestBytes, pkg.payloadBytesPerPs * route.width)
    const flightPs = routeLatencyPs(link, route) + serializationPs
    loop.after(flightPs, Rank.transfer, onArrived)
  }
}
