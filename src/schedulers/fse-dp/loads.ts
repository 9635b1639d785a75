// Rules 4 and 5 of FSE-DP: when a channel reads a micro-slice from memory, and to which die it goes.

import type { Machine, SchedulerContext } from '../scheduler.ts'
import type { NextLoad, TrajectoryQueue } from './queue.ts'
import type { Share, Trajectory } from './trajectory.ts'
import { type DieState, newVisit, tokensOf } from './visit.ts'

/** What a channel had to choose from when none of it could be loaded. */
interface FullDies {
  /** As `offeredTo` counts. */
  readonly offered: number
  /** Dies where it would have gone. */
  readonly dies: readonly number[]
}

export interface LoadSetting {
  /** Slots of a die that stay free of loads. */
  readonly reserve: number
}

/**
 * Each channel reads the next of its micro-slices, in load order, for which a die has a free slot. A load is in flight until it
 * has left its channel: while it travels the next one is read.
 */
export class SliceLoads {
  private readonly machine: Machine
  private readonly context: SchedulerContext
  private readonly queue: TrajectoryQueue
  private readonly dies: readonly DieState[]
  private readonly setting: LoadSetting
  private readonly onChange: (state: DieState) => void
  private readonly onFilled: (state: DieState) => void
  /** A second load may be in flight where the way to the channel, or its latency, would otherwise idle it. */
  private readonly mostInFlight: number
  /** By die of the channel. */
  private readonly inFlight: Int32Array
  /** By die of the channel, where the dies its micro-slices go to are settled beforehand. */
  private readonly fullDies: (FullDies | undefined)[] = []

  /** `onChange`: a load for this die has left its channel, or has come; `onFilled`: one has taken its last slot. */
  constructor(
    machine: Machine,
    context: SchedulerContext,
    queue: TrajectoryQueue,
    dies: readonly DieState[],
    setting: LoadSetting,
    onChange: (state: DieState) => void,
    onFilled: (state: DieState) => void,
  ) {
    this.machine = machine
    this.context = context
    this.queue = queue
    this.dies = dies
    this.setting = setting
    this.onChange = onChange
    this.onFilled = onFilled
    const { memory, link } = context.hardware
    this.mostInFlight = memory.latencyPs > 0 || link.requestBytes > 0 ? 2 : 1
    this.inFlight = new Int32Array(dies.length)
  }

  /** Starts all loads that can start now: one for each channel before a second for any. */
  loadMore(): void {
    if (!this.dies.some(({ die }) => this.hasRoom(die))) return
    for (let most = 1; most <= this.mostInFlight; most++) {
      for (const channel of this.context.hardware.memory.channelDies) {
        if (this.inFlight[channel]! >= most || this.isAllFull(channel)) continue
        const next = this.nextLoad(channel)
        if (next !== undefined) this.load(channel, next)
      }
    }
  }

  /** Whether a channel that found room nowhere would find none again. */
  private isAllFull(channel: number): boolean {
    const full = this.fullDies[channel]
    if (full === undefined || full.offered !== this.queue.offeredTo(channel)) return false
    for (const die of full.dies) if (this.hasRoom(die)) return false
    return true
  }

  private nextLoad(channel: number): NextLoad | undefined {
    const dies: number[] = []
    let areSettled = true
    const next = this.queue.nextLoad(channel, (trajectory, share) => {
      const place = this.placeFor(trajectory, share, channel)
      if (share.place === undefined) areSettled = false
      else if (place < 0 && !dies.includes(trajectory.dies[share.place]!)) {
        dies.push(trajectory.dies[share.place]!)
      }
      return place
    })
    const isFull = next === undefined && areSettled
    this.fullDies[channel] = isFull ? { offered: this.queue.offeredTo(channel), dies } : undefined
    return next
  }

  private placeFor(trajectory: Trajectory, { place }: Share, channel: number): number {
    if (place === undefined) return this.roomiest(trajectory, channel)
    return this.hasRoom(trajectory.dies[place]!) ? place : -1
  }

  /** Rule 5: the place with most free space, the nearest to the channel of equals; -1 where none has room. */
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

  private load(channelDie: number, { trajectory, slice, place }: NextLoad): void {
    const { expert, dies } = trajectory
    const visit = newVisit(trajectory, slice, place, dies.length - 1)
    const state = this.dies[dies[place]!]!
    if (--state.freeSlots === 0) this.onFilled(state)
    this.inFlight[channelDie] = this.inFlight[channelDie]! + 1
    const job = { expert, slice, channelDie, die: state.die, tokens: tokensOf(visit) }
    const arrive = () => {
      state.loaded.push(visit)
      this.onChange(state)
    }
    this.machine.load(job, arrive, () => {
      this.inFlight[channelDie] = this.inFlight[channelDie]! - 1
      this.onChange(state)
    })
  }
}
