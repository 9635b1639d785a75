// The way of a weight slice from memory channels to a die: cache look-up, request, memory read, data message.
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { Server } from '../../engine/server.ts'
import type { Fabric } from '../../hardware/fabric.ts'
import { Llc } from '../../hardware/llc.ts'
import type { Package } from '../../hardware/package.ts'
import type { Probe } from '../probe.ts'
import type { Channels } from './channels.ts'
import type { Messenger } from './messenger.ts'
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
  /** For another layer: caches, which know the slices of this one, are passed by. */
  readonly isAhead?: boolean
}

/** What one channel is asked for. */
type Read = Fetch & { readonly source: number; readonly promisedPs: number; readonly onLeft?: () => void }

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

/** Reads through memory channels and caches of all dies. */
export class Fetcher {
  private readonly setting: FetcherSetting
  private readonly ports: Server[]
  private readonly caches: Llc[]

  constructor(setting: FetcherSetting) {
    this.setting = setting
    const { pkg, loop, largestSliceBytes } = setting
    const { hardware, topology } = pkg
    const perDie = <T>(make: () => T): T[] => Array.from({ length: topology.dies }, make)
    const { llc } = hardware
    this.ports = llc ? perDie(() => new Server(loop, Rank.memory)) : []
    this.caches = llc ? perDie(() => new Llc(llc, largestSliceBytes)) : []
  }

  /** Between layers other work runs through the caches; nothing of this layer survives. */
  clearCaches(): void {
    for (const cache of this.caches) cache.clear()
  }

  /** `onLeft`: all of it has left its channels, or was in a cache. */
  fetch(job: Fetch, onDone: () => void, onLeft?: () => void): void {
    const { source } = job
    if (source === undefined) this.fetchParts(job, onDone, onLeft)
    else this.read({ ...job, source, promisedPs: 0, ...(onLeft && { onLeft }) }, onDone)
  }

  /** Through the channels that will be free first. The part read at the die itself, or else the first, has the activations beside it. */
  private fetchParts(job: Fetch, onDone: () => void, onLeft?: () => void): void {
    const parts = this.setting.channels.deal(job.bytes, job.die)
    const main = parts.find(({ source }) => source === job.die) ?? parts[0]!
    const partDone = onLastOf(parts.length, onDone)
    const partLeft = onLeft && onLastOf(parts.length, onLeft)
    for (const part of parts) {
      const activationBytes = part === main ? job.activationBytes : 0
      this.read({ ...job, ...part, activationBytes, ...(partLeft && { onLeft: partLeft }) }, partDone)
    }
  }

  private read(job: Read, onDone: () => void): void {
    const { traffic, pkg } = this.setting
    if (job.source === job.die) {
      if (this.caches.length === 0 || job.isAhead) this.readWeights(job, job.activationBytes, onDone)
      else this.lookUp(job.die, job, onDone, () => this.readWeights(job, job.activationBytes, onDone))
      return
    }
    traffic.weightReadRemoteBytes += job.bytes
    traffic.hops += pkg.topology.hops(job.die, job.source)
    const done = this.besideActivations(job.die, job.activationBytes, onDone)
    const fetchRemotely = () => this.fetchRemotely(job, done)
    // The reading die's own cache holds lines of its own memory only, so this look-up always misses.
    if (this.ports.length > 0 && !job.isAhead)
      this.ports[job.die]!.submit(pkg.hardware.llc!.missPs, 0, fetchRemotely)
    else fetchRemotely()
  }

  /** Copies a slice from a die's SRAM to its own memory. */
  writeReplica(
    { expert, slice, die, bytes }: Pick<Fetch, 'expert' | 'slice' | 'die' | 'bytes'>,
    onDone: () => void,
  ): void {
    const { channels, traffic, loop, probe } = this.setting
    traffic.replicaWriteBytes += bytes
    traffic.sramBytes += bytes
    const startPs = channels.access(die, bytes, () => {
      const endPs = loop.nowPs
      probe?.span({ kind: 'write', die, peer: die, startPs, endPs, expert, slice, tokens: 0, bytes })
      onDone()
    })
  }

  private fetchRemotely(job: Read, onDone: () => void): void {
    this.request(job, () => {
      const { expert, slice, tokens, bytes, source: from, die: to } = job
      const sendBack = () =>
        this.setting.messenger.send({
          expert,
          slice,
          tokens,
          bytes,
          from,
          to,
          isReply: true,
          onArrived: onDone,
        })
      this.lookUp(job.source, job, sendBack, () => this.readWeights(job, 0, sendBack))
    })
  }

  /** Looks a slice up in the cache of a die, if it has one; a hit saves the memory read. */
  private lookUp(die: number, job: Read, onHit: () => void, onMiss: () => void): void {
    const { llc } = this.setting.pkg.hardware
    if (llc === undefined || job.isAhead) {
      onMiss()
      return
    }
    const isHit = this.caches[die]!.lookUp(job.expert, job.slice, job.slices)
    if (isHit) {
      this.setting.traffic.llcHits++
      this.setting.channels.ask(job)
      this.ports[die]!.submit(llc.hitPs, 0, () => {
        job.onLeft?.()
        onHit()
      })
    } else if (die === job.die) this.ports[die]!.submit(llc.missPs, 0, onMiss)
    // A remote reader has paid for its miss at its own port.
    else onMiss()
  }

  private readWeights(job: Read, activationBytes: number, onRead: () => void): void {
    const { traffic, loop, probe, pkg, channels } = this.setting
    traffic.weightReadBytes += job.bytes
    traffic.activationReadBytes += activationBytes
    channels.ask(job)
    const onDone = () => {
      const { expert, slice, bytes, tokens, source, die } = job
      probe?.span({
        kind: 'load',
        die: source,
        peer: die,
        startPs,
        endPs: loop.nowPs,
        expert,
        slice,
        tokens,
        bytes,
      })
      const { llc } = pkg.hardware
      if (llc !== undefined && !job.isAhead) {
        this.ports[source]!.submit(llc.writePs, 0, () => undefined)
        this.caches[source]!.fill(expert, slice, job.slices)
      }
      onRead()
    }
    const startPs = channels.access(job.source, job.bytes + activationBytes, onDone, job.onLeft)
  }

  /**
   * Streams a die's own activations from its memory while a slice travels to it: the returned function, called when
   * the slice is there, calls `onDone` as soon as both are. The forecasting paper's artifact charges them for local reads only.
   */
  besideActivations(die: number, activationBytes: number, onDone: () => void): () => void {
    if (activationBytes === 0 || this.setting.pkg.compat === 'paper') return onDone
    const oneIsThere = onLastOf(2, onDone)
    this.setting.traffic.activationReadBytes += activationBytes
    this.setting.channels.access(die, activationBytes, oneIsThere)
    return oneIsThere
  }

  /** Command and address of a remote read. */
  private request(job: Read, onArrived: () => void): void {
    const { pkg, loop, fabric, traffic } = this.setting
    const { link } = pkg.hardware
    if (link.requestBytes === 0) {
      onArrived()
      return
    }
    const route = pkg.topology.route(job.die, job.source)
    traffic.linkBytes += link.requestBytes
    traffic.linkByteHops += link.requestBytes * route.hops
    if (link.sharing === 'circuit') {
      fabric.send({ route, bytes: link.requestBytes, onSent: () => undefined, onArrived })
      return
    }
    // A few bytes between long messages: they pay latency and their own serialization, and delay nobody.
    const flightPs = route.hops * link.latencyPs + durationPs(link.requestBytes, pkg.payloadBytesPerPs)
    loop.after(flightPs, Rank.transfer, onArrived)
  }
}

/** A function that calls `onDone` when it is called for the last of so many times. */
function onLastOf(times: number, onDone: () => void): () => void {
  let missing = times
  return () => {
    if (--missing === 0) onDone()
  }
}
