// Rules 4 and 5 of FSE-DP: when a micro-slice is read from memory, and to which die it goes.

import type { Machine, SchedulerContext } from '../scheduler.ts'
import type { NextLoad, TrajectoryQueue } from './queue.ts'
import { channelFor, type StripedWeights, type Trajectory } from './trajectory.ts'
import { type DieState, newVisit, tokensOf } from './visit.ts'

export interface LoadSetting {
  /** Slots of a die that stay free of loads. */
  readonly reserve: number
  readonly rule5: boolean
}

export class SliceLoads {
  private readonly machine: Machine
  private readonly context: SchedulerContext
  private readonly queue: TrajectoryQueue
  private readonly dies: readonly DieState[]
  private readonly setting: LoadSetting
  private readonly channelOf: ReturnType<typeof channelFor>
  private readonly onLoaded: (state: DieState) => void
  /** A second load may be under way where a channel's latency would otherwise idle it. */
  private readonly mostInFlight: number
  /** By taker. */
  private readonly inFlight: Int32Array
  /** By die: its place on a trajectory. */
  private readonly placeOn: readonly ((trajectory: Trajectory) => number)[]

  constructor(
    machine: Machine,
    context: SchedulerContext,
    weights: StripedWeights,
    queue: TrajectoryQueue,
    dies: readonly DieState[],
    setting: LoadSetting,
    onLoaded: (state: DieState) => void,
  ) {
    this.machine = machine
    this.context = context
    this.queue = queue
    this.dies = dies
    this.setting = setting
    this.channelOf = channelFor(context, weights)
    this.onLoaded = onLoaded
    this.mostInFlight = context.hardware.memory.latencyPs > 0 ? 2 : 1
    this.inFlight = new Int32Array(dies.length)
    this.placeOn = dies.map(
      ({ die }) =>
        (trajectory) =>
          trajectory.dies.indexOf(die),
    )
  }

  /** Starts all loads that can start now. `touched`: dies, in tie-break order, where something has changed since. */
  loadMore(touched: readonly DieState[]): void {
    const { shared, channelDies } = this.context.hardware.memory
    if (!this.setting.rule5) for (const { die } of touched) this.fillDie(die)
    else if (shared) this.deal()
    else for (const channel of channelDies) this.emptyChannel(channel)
  }

  /** Rule 4: the die loads its own next micro-slices. */
  private fillDie(die: number): void {
    while (this.mayTake(die)) if (!this.loadFor(die, this.placeOn[die]!)) return
  }

  /** Rule 5 in shared memory: of the dies that can take a micro-slice now, the one with most free space takes the next. */
  private deal(): void {
    const isDone = new Set<number>()
    for (;;) {
      const able = [...this.context.topology.order].filter((die) => !isDone.has(die) && this.mayTake(die))
      if (able.length === 0) return
      const die = able.reduce((best, other) => (this.freeSlots(other) > this.freeSlots(best) ? other : best))
      if (!this.loadFor(die, this.placeOn[die]!)) isDone.add(die)
    }
  }

  /** Rule 5 where weights have one home: the channel sends its next micro-slices to wherever there is most free space. */
  private emptyChannel(channel: number): void {
    if (!this.dies.some(({ die }) => this.hasRoom(die))) return
    while (this.inFlight[channel]! < this.mostInFlight) {
      if (!this.loadFor(channel, (trajectory) => this.roomiest(trajectory, channel))) return
    }
  }

  /** Place on a trajectory with most free space, the nearest to the channel of equals; -1 where none has room. */
  private roomiest(trajectory: Trajectory, channel: number): number {
    const most = Math.max(...trajectory.dies.map((die) => this.freeSlots(die)))
    const roomiest = trajectory.dies.filter((die) => this.freeSlots(die) === most && this.hasRoom(die))
    return roomiest.length === 0
      ? -1
      : trajectory.dies.indexOf(this.context.topology.nearest(channel, roomiest))
  }

  private freeSlots(die: number): number {
    return this.dies[die]!.freeSlots
  }

  private hasRoom(die: number): boolean {
    return this.freeSlots(die) > this.setting.reserve
  }

  private mayTake(die: number): boolean {
    return this.hasRoom(die) && this.inFlight[die]! < this.mostInFlight
  }

  /** false where nothing is left for the taker that could go somewhere now. */
  private loadFor(taker: number, placeFor: (trajectory: Trajectory) => number): boolean {
    const next = this.queue.nextLoad(taker, placeFor)
    if (next !== undefined) this.load(taker, next)
    return next !== undefined
  }

  private load(taker: number, { trajectory, slice, place }: NextLoad): void {
    const { expert, dies } = trajectory
    const visit = newVisit(trajectory, slice, place, dies.length - 1)
    const state = this.dies[dies[place]!]!
    const { die } = state
    state.freeSlots--
    this.inFlight[taker] = this.inFlight[taker]! + 1
    const channelDie = this.channelOf(expert, slice, die)
    this.machine.load({ expert, slice, channelDie, die, tokens: tokensOf(visit) }, () => {
      this.inFlight[taker] = this.inFlight[taker]! - 1
      state.loaded.push(visit)
      this.onLoaded(state)
    })
  }
}
