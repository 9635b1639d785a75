// Which die's memory holds which weights: home copies and replicas.
import { invariant } from '../errors.ts'
import type { MemorySpec } from '../hardware/spec.ts'
import type { Scheduler } from '../schedulers/scheduler.ts'
import { Replicas } from './replicas.ts'

export class Holdings {
  readonly replicas: Replicas
  private readonly memory: MemorySpec
  private readonly scheduler: Scheduler
  private readonly dies: number
  /** Share of each expert's weights whose home is each die: [expert][die]. */
  private readonly homeShare: Float64Array

  constructor(memory: MemorySpec, scheduler: Scheduler, dies: number, experts: number) {
    this.memory = memory
    this.scheduler = scheduler
    this.dies = dies
    this.replicas = new Replicas(dies, scheduler.replicaBudgetBytes ?? 0)
    this.homeShare = new Float64Array(experts * dies)
    for (let expert = 0; expert < experts; expert++) {
      for (let slice = 0; slice < scheduler.slices; slice++) {
        const at = expert * dies + scheduler.home(expert, slice)
        this.homeShare[at] = this.homeShare[at]! + 1 / scheduler.slices
      }
    }
  }

  hasReplica(expert: number, slice: number, die: number): boolean {
    return this.replicas.has(die, this.key(expert, slice))
  }

  /** false where the budget has no room or the copy is there already. */
  keepReplica(expert: number, slice: number, die: number, bytes: number): boolean {
    return this.replicas.keep(die, this.key(expert, slice), bytes)
  }

  /** A channel reads only what lies behind it: any weight where memory is shared, else home copies and replicas. */
  noteRead(expert: number, slice: number, channelDie: number): void {
    const { memory, scheduler } = this
    invariant(memory.channelDies.includes(channelDie), () => `die ${channelDie} has no memory channel`)
    if (this.hasReplica(expert, slice, channelDie)) {
      this.replicas.touch(channelDie, this.key(expert, slice))
      return
    }
    invariant(
      memory.shared || scheduler.home(expert, slice) === channelDie,
      () => `slice ${slice} of expert ${expert} does not lie in the memory of die ${channelDie}`,
    )
  }

  /** Share of an expert's weights that lies behind a die, 0..1. */
  readonly share = (expert: number, die: number): number => {
    if (this.memory.shared) return this.memory.channelDies.includes(die) ? 1 : 0
    const home = this.homeShare[expert * this.dies + die]!
    if (this.replicas.count === 0) return home
    let copies = 0
    for (let slice = 0; slice < this.scheduler.slices; slice++)
      if (this.hasReplica(expert, slice, die)) copies++
    return home + copies / this.scheduler.slices
  }

  private key(expert: number, slice: number): number {
    return expert * this.scheduler.slices + slice
  }
}
