// Memories beyond the one at the dies: weights on their way from there, and cores that multiply with them where they lie.
import { durationPs, type EventLoop } from '../../engine/loop.ts'
import { Rank } from '../../engine/ranks.ts'
import { Server } from '../../engine/server.ts'
import { invariant } from '../../errors.ts'
import type { Package } from '../../hardware/package.ts'
import type { TierSpec } from '../../hardware/spec.ts'
import { expertBytes, flopPerToken, hiddenBytes } from '../../model/shape.ts'
import type { AfarJob } from '../../schedulers/scheduler.ts'
import type { Probe } from '../probe.ts'
import type { Books } from './books.ts'
import type { Channels } from './channels.ts'

export class TierCounters {
  /** Read from each tier, the nearest first. */
  readonly readBytes: Float64Array
  /** Weights written to memories on their way. */
  writtenBytes = 0
  /** FLOPs of cores beside tiers, and (token, expert) pairs that they did. */
  coreFlop = 0
  corePairs = 0
  /** Weights that these cores read. */
  coreReadBytes = 0

  constructor(tiers = 0) {
    this.readBytes = new Float64Array(tiers)
  }
}

/** That the way from a tier is still busy with what began before. */
export interface TierLag {
  /** Counted from 1. */
  readonly tier: number
  /** Any of those that share it. */
  readonly die: number
  readonly ps: number
}

export interface TiersSetting {
  readonly pkg: Package
  readonly loop: EventLoop
  readonly channels: Channels
  readonly probe: Probe | undefined
  /** Slices an expert is cut into. */
  readonly slices: number
}

/** A slice that a die's memory is to hold. */
export interface Brought {
  readonly expert: number
  readonly slice: number
  readonly bytes: number
  readonly die: number
  /** The tier it comes from, counted from 1. */
  readonly tier: number
}

export class Tiers {
  readonly counters: TierCounters
  private readonly setting: TiersSetting
  private readonly specs: readonly TierSpec[]
  /** By tier, then by die; one for all dies where the tier is shared. */
  private readonly ways: readonly (readonly Server[])[]
  private readonly cores: readonly (readonly Server[])[]
  /** Cores that have work of this iteration. */
  private readonly atWork = new Set<Server>()

  constructor(setting: TiersSetting, specs: readonly TierSpec[]) {
    const { pkg, loop } = setting
    this.setting = setting
    this.specs = specs
    this.counters = new TierCounters(specs.length)
    const servers = (rank: Rank) =>
      specs.map(({ shared }) =>
        Array.from({ length: shared ? 1 : pkg.topology.dies }, () => new Server(loop, rank)),
      )
    this.ways = servers(Rank.memory)
    this.cores = servers(Rank.compute)
  }

  get count(): number {
    return this.specs.length
  }

  /** Before an iteration. */
  begin(): void {
    this.atWork.clear()
  }

  /** Whole, from memory to memory, until it is in the one at the die. */
  bring(job: Brought, onDone: () => void): void {
    const { loop, channels, probe } = this.setting
    const { bytes, die, tier, expert, slice } = job
    const { counters } = this
    const spec = this.specs[tier - 1]!
    const startPs = this.wayOf(tier, die).submit(this.occupiedPs(spec, bytes), spec.latencyPs, () => {
      const endPs = loop.nowPs
      probe?.span({ kind: 'bring', die, peer: die, startPs, endPs, expert, slice, tokens: 0, bytes, tier })
      counters.writtenBytes += bytes
      if (tier > 1) this.bring({ expert, slice, bytes, die, tier: tier - 1 }, onDone)
      else channels.access(die, bytes, { onDone })
    })
    counters.readBytes[tier - 1] = counters.readBytes[tier - 1]! + bytes
  }

  /** When a read from a tier to a die's memory would start now. */
  nextStartPs(tier: number, die: number): number {
    return this.wayOf(tier, die).nextStartPs
  }

  /** What ways are still busy with after a moment, in what they have been given so far. */
  busyPastPs(ps: number): TierLag[] {
    const lags = this.ways.flatMap((ofTier, at) =>
      ofTier.map((way, die) => ({ tier: at + 1, die, ps: way.busyPastPs(ps) })),
    )
    return lags.filter((lag) => lag.ps > 0)
  }

  occupy({ tier, die, ps }: TierLag): void {
    this.wayOf(tier, die).submit(ps, 0, () => undefined)
  }

  /** How long a slice takes that nothing is in the way of, from a tier to the die's memory. */
  bringPs(tier: number, bytes: number): number {
    return this.specs
      .slice(0, tier)
      .reduce((sum, spec) => sum + this.occupiedPs(spec, bytes) + spec.latencyPs, 0)
  }

  /** Tokens to the cores beside the last tier, the expert's work there, results back: all in turn. */
  compute(job: AfarJob, { residency, ledger, results }: Books, onDone: () => void): void {
    const { pkg, probe, slices } = this.setting
    const { expert, die, fromPair, toPair } = job
    const { counters, count: tier } = this
    residency.assertTokens(expert, fromPair, toPair, die)
    const tokens = toPair - fromPair
    const cores = this.serverOf(this.cores, tier, die)
    const ps = this.computePs(tokens) + (this.atWork.has(cores) ? 0 : this.handoverPs)
    this.atWork.add(cores)
    const startPs = cores.submit(ps, 0, () => {
      for (let slice = 0; slice < slices; slice++) {
        ledger.book(expert, slice, fromPair, toPair)
        results.computed(die, expert, slice, job)
      }
      counters.coreFlop += flopPerToken(pkg.model) * tokens
      counters.corePairs += tokens
      counters.coreReadBytes += expertBytes(pkg.model)
      const endPs = startPs + ps
      probe?.span({ kind: 'core', die, peer: die, startPs, endPs, expert, slice: 0, tokens, bytes: 0, tier })
      onDone()
    })
  }

  /** Before the first expert that cores are given in an iteration. */
  get handoverPs(): number {
    return this.specs.at(-1)!.compute!.handoverPs
  }

  /** How long the cores take for an expert, the ways of its tokens and results included. */
  computePs(tokens: number): number {
    const { model } = this.setting.pkg
    const { compute } = this.specs.at(-1)!
    invariant(compute !== undefined, 'the last tier has no cores')
    const readPs = durationPs(expertBytes(model), compute.bytesPerPs)
    const multiplyPs = durationPs(flopPerToken(model) * tokens, compute.flopPerPs)
    const vectors = 2 * tokens * hiddenBytes(model)
    const wayPs = this.specs.reduce(
      (sum, { bytesPerPs, latencyPs }) => sum + durationPs(vectors, bytesPerPs) + 2 * latencyPs,
      0,
    )
    return compute.startupPs + Math.max(readPs, multiplyPs) + wayPs
  }

  private occupiedPs({ startupPs, bytesPerPs }: TierSpec, bytes: number): number {
    return startupPs + durationPs(bytes, bytesPerPs)
  }

  private wayOf(tier: number, die: number): Server {
    return this.serverOf(this.ways, tier, die)
  }

  private serverOf(servers: readonly (readonly Server[])[], tier: number, die: number): Server {
    const ofTier = servers[tier - 1]!
    return ofTier[ofTier.length === 1 ? 0 : die]!
  }
}
