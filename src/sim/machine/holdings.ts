// Which die's memory holds which weights: home copies, copies that a placement makes, and replicas.
import { Bug } from '../../errors.ts'
import type { Package } from '../../hardware/package.ts'
import type { MemorySpec } from '../../hardware/spec.ts'
import { expertBytes, type ModelShape } from '../../model/shape.ts'
import type { Held } from '../../optimum/holders.ts'
import type { Scheduler, SliceLoad, SlicePlace } from '../../schedulers/scheduler.ts'
import { Replicas } from './replicas.ts'
import type { Traffic } from './traffic.ts'

export class HoldingCounters {
  /** Weights copied from memory to memory because the placement changed. */
  movedBytes = 0
  /** Expert copies beside the home copies at the end (slices over slices per expert), and the bytes they take. */
  extraCopies = 0
  extraBytes = 0
}

export class Holdings {
  readonly replicas: Replicas
  private movedBytes = 0
  private readonly memory: MemorySpec
  private readonly scheduler: Scheduler
  private readonly dies: number
  private readonly model: ModelShape
  /** Slices of each expert that its placement puts into each die's memory: [expert][die]. */
  private placedSlices: Uint32Array
  /** Slices that are on a die, beside its memory, when an iteration starts: die by die, by slice key. */
  private onDies: ReadonlyMap<number, ReadonlySet<number>> = new Map()

  constructor({ hardware, topology, model }: Package, scheduler: Scheduler) {
    this.memory = hardware.memory
    this.scheduler = scheduler
    this.dies = topology.dies
    this.model = model
    const { replicaBudgetBytes = 0, replicaWorth, slices } = scheduler
    const worthOf =
      replicaWorth && ((key: number, die: number) => replicaWorth(Math.floor(key / slices), die))
    this.replicas = new Replicas(this.dies, replicaBudgetBytes, worthOf)
    this.placedSlices = this.placed()
  }

  /** Lets the scheduler put homes and copies elsewhere before an iteration, and counts what has to move for it. */
  enter(iteration: number): void {
    const { memory, scheduler } = this
    // Shared memory holds every weight once, whichever die computes with it.
    if (!scheduler.prepare?.(iteration) || memory.shared) return
    const before = this.placedSlices
    this.placedSlices = this.placed()
    const movedSlices = this.placedSlices.reduce(
      (sum, slices, at) => sum + Math.max(0, slices - before[at]!),
      0,
    )
    this.movedBytes += Math.round((movedSlices / scheduler.slices) * expertBytes(this.model))
  }

  get counters(): HoldingCounters {
    const { movedBytes, replicas, placedCopies } = this
    return {
      movedBytes,
      extraCopies: replicas.count / this.scheduler.slices + placedCopies,
      extraBytes: replicas.bytes() + Math.round(placedCopies * expertBytes(this.model)),
    }
  }

  /** Whole experts that the scheduler's placement puts into memories beside the home copies. */
  private get placedCopies(): number {
    if (this.memory.shared) return 0
    const slices = this.placedSlices.reduce((sum, here) => sum + here, 0)
    return slices / this.scheduler.slices - this.model.experts
  }

  hasReplica(expert: number, slice: number, die: number): boolean {
    return this.replicas.has(die, this.key(expert, slice))
  }

  /** false where the budget has no room or the copy is there already. */
  keepReplica(expert: number, slice: number, die: number, bytes: number): boolean {
    return this.replicas.keep(die, this.key(expert, slice), bytes)
  }

  /** Notes what is on dies at the start of the iteration to come, in the place of what was noted before. */
  notePresent(places: readonly SlicePlace[]): void {
    const onDies = new Map<number, Set<number>>()
    for (const { expert, slice, die } of places) {
      const keys = onDies.get(die)
      if (keys === undefined) onDies.set(die, new Set([this.key(expert, slice)]))
      else keys.add(this.key(expert, slice))
    }
    this.onDies = onDies
  }

  /** Counts a load by where it reads, which must hold the slice. */
  noteLoad({ expert, slice, channelDie, die }: SliceLoad, traffic: Traffic): void {
    traffic.sliceLoads++
    this.noteRead(expert, slice, channelDie)
    if (channelDie === undefined) return
    if (channelDie !== die) traffic.remoteLoads++
    else if (this.hasReplica(expert, slice, die)) traffic.replicaLoads++
  }

  /**
   * A channel reads only what lies behind it: any weight where memory is shared, else home copies and replicas. Only where it
   * is shared may it be left open which one reads.
   */
  noteRead(expert: number, slice: number, channelDie: number | undefined): void {
    const { memory, scheduler } = this
    if (channelDie === undefined) {
      if (memory.shared) return
      throw new Bug(`nobody says which memory slice ${slice} of expert ${expert} lies in`)
    }
    if (!memory.channelDies.includes(channelDie)) throw new Bug(`die ${channelDie} has no memory channel`)
    if (this.replicas.touch(channelDie, this.key(expert, slice))) return
    const liesHere =
      memory.shared ||
      scheduler.home(expert, slice) === channelDie ||
      scheduler.copies?.(expert, slice).includes(channelDie) === true
    if (!liesHere)
      throw new Bug(`slice ${slice} of expert ${expert} does not lie in the memory of die ${channelDie}`)
  }

  /** Share of an expert's weights that lies behind a die, or was brought to it before the iteration, 0..1. */
  readonly share = (expert: number, die: number): number => this.shareWith(this.onDies.get(die), expert, die)

  /** The same without what was brought before. */
  readonly shareInMemory = (expert: number, die: number): number => this.shareWith(undefined, expert, die)

  /** What lies where, and what was brought, before the iteration. */
  get held(): Held {
    const { onDies, scheduler } = this
    const slicesOn = (die: number, expert: number) => {
      const here = onDies.get(die)
      if (here === undefined) return 0
      let count = 0
      for (let slice = 0; slice < scheduler.slices; slice++) if (here.has(this.key(expert, slice))) count++
      return count
    }
    return {
      slices: scheduler.slices,
      inMemory: this.shareInMemory,
      onDie: (expert, die) => slicesOn(die, expert) / scheduler.slices,
      isAnyOnDies: onDies.size > 0,
    }
  }

  private shareWith(present: ReadonlySet<number> | undefined, expert: number, die: number): number {
    const { slices } = this.scheduler
    if (this.memory.shared && this.memory.channelDies.includes(die)) return 1
    if (this.memory.shared && present === undefined) return 0
    let held = this.memory.shared ? 0 : this.placedSlices[expert * this.dies + die]!
    if (this.replicas.count === 0 && present === undefined) return held / slices
    for (let slice = 0; slice < slices; slice++) {
      const isGuest = present?.has(this.key(expert, slice)) === true
      if (this.hasReplica(expert, slice, die) || isGuest) held++
    }
    return Math.min(1, held / slices)
  }

  private placed(): Uint32Array {
    const { scheduler, dies } = this
    const { experts } = this.model
    const placed = new Uint32Array(experts * dies)
    for (let expert = 0; expert < experts; expert++) {
      for (let slice = 0; slice < scheduler.slices; slice++) {
        const home = scheduler.home(expert, slice)
        placed[expert * dies + home] = placed[expert * dies + home]! + 1
        const copies = scheduler.copies?.(expert, slice)
        if (copies === undefined) continue
        for (const die of new Set(copies)) {
          if (die !== home) placed[expert * dies + die] = placed[expert * dies + die]! + 1
        }
      }
    }
    return placed
  }

  private key(expert: number, slice: number): number {
    return expert * this.scheduler.slices + slice
  }
}
