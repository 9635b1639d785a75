// Rules 4 and 5 of FSE-DP: when a channel reads a micro-slice from memory, and to which die it goes.

import type { Machine, SchedulerContext } from '../scheduler.ts'
import type { NextLoad, TrajectoryQueue } from './queue.ts'
import { ReusedList } from './reused-list.ts'
import type { Share, Trajectory } from './trajectory.ts'
import { type DieState, firstVisit } from './visit.ts'

export interface LoadSetting {
  /** Slots of a die that stay free of loads. */
  readonly reserve: number
  /** As in ComputeJob. */
  readonly controlPs: number
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
  /** Place of each channel in the order in which they are asked. */
  private readonly turns: Int32Array
  private readonly inTurn = (a: number, b: number) => this.turns[a]! - this.turns[b]!
  /** Channels that may find something to load; the others wait for a load to leave, for room, or for another expert. */
  private awake = new ReusedList<number>()
  private awakeBefore = new ReusedList<number>()
  private readonly isAwake: Uint8Array
  /** Whether a channel, since it was last asked, has had something that may enter its trajectory anywhere. */
  private hasOpenPlaces = false
  private readonly placeFor = (trajectory: Trajectory, { place }: Share, channel: number): number => {
    if (place === undefined) {
      this.hasOpenPlaces = true
      return this.roomiest(trajectory, channel)
    }
    const die = trajectory.dies[place]!
    if (this.hasRoom(die)) return place
    this.waiting[die]!.add(channel)
    return -1
  }
  /** By die: channels that had something for it and found no room there. */
  private readonly waiting: readonly Set<number>[]

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
    this.turns = new Int32Array(dies.length)
    this.isAwake = new Uint8Array(dies.length)
    this.waiting = dies.map(() => new Set<number>())
    memory.channelDies.forEach((channel, turn) => {
      this.turns[channel] = turn
      this.wake(channel)
    })
    queue.onOffered = (channel) => this.wake(channel)
  }

  /** To be told of every die where a slot has become free. */
  noteFreed({ die }: DieState): void {
    const waiting = this.waiting[die]!
    if (waiting.size === 0 || !this.hasRoom(die)) return
    for (const channel of waiting) this.wake(channel)
    waiting.clear()
  }

  /** Whether `loadMore` may find something to load. */
  get canLoad(): boolean {
    return this.awake.count > 0
  }

  /** Starts all loads that can start now: one for each channel before a second for any. */
  loadMore(): void {
    const { awake } = this
    if (awake.count === 0) return
    awake.sort(this.inTurn)
    this.awake = this.awakeBefore
    this.awakeBefore = awake
    this.awake.clear()
    for (let i = 0; i < awake.count; i++) this.isAwake[awake.at(i)] = 0
    for (let most = 1; most <= this.mostInFlight; most++) {
      for (let i = 0; i < awake.count; i++) {
        const channel = awake.at(i)
        if (this.inFlight[channel]! >= most || this.isAwake[channel] === 1) continue
        const next = this.nextLoad(channel)
        if (next !== undefined) this.load(channel, next)
      }
    }
  }

  private wake(channel: number): void {
    if (this.isAwake[channel] === 1) return
    this.isAwake[channel] = 1
    this.awake.add(channel)
  }

  /** Where nothing can be loaded, the channel waits for room on the dies where it would have gone. */
  private nextLoad(channel: number): NextLoad | undefined {
    this.hasOpenPlaces = false
    const next = this.queue.nextLoad(channel, this.placeFor)
    // Which die would have most room may be another one after any change.
    if (next === undefined && this.hasOpenPlaces) this.wake(channel)
    return next
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
    const visit = firstVisit(trajectory, slice, place, this.setting.controlPs)
    const { expert, die, tokens } = visit
    const state = this.dies[die]!
    if (--state.freeSlots === 0) this.onFilled(state)
    this.inFlight[channelDie] = this.inFlight[channelDie]! + 1
    const job = { expert, slice, channelDie, die, tokens }
    const arrive = () => {
      state.loaded.push(visit)
      this.onChange(state)
    }
    this.machine.load(job, arrive, () => {
      this.inFlight[channelDie] = this.inFlight[channelDie]! - 1
      this.wake(channelDie)
      this.onChange(state)
    })
  }
}
