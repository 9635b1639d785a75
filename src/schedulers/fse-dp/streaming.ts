// FSE-DP while a layer runs: the virtualization rules of the paper, die by die.
//
//   rule 1  a micro-slice received last is computed now and sent on at the same time
//   rule 2  with nothing received, compute any local micro-slice and send it
//   rule 3  at the end of its trajectory a micro-slice is released right after computing
//   rule 4  the next micro-slice is loaded, in sequence, whenever a die has free space (loads.ts)
//   rule 5  the die with most free space on the trajectory gets it (optional, loads.ts)
//
// A slot is taken when a load or a send towards it starts, and freed when both the compute and the send from it have
// ended. A send waits while the next die has no free slot; the number of visits never changes.

import type { Machine, SchedulerContext } from '../scheduler.ts'
import { SliceLoads } from './loads.ts'
import { TrajectoryQueue } from './queue.ts'
import { ReusedList } from './reused-list.ts'
import { slotsOfDies } from './slots.ts'
import { type Sharing, trajectoriesOf } from './trajectory.ts'
import { FullRings, type Step } from './turn.ts'
import { type DieState, emptyDie, nextDie, type Visit, visitAfter } from './visit.ts'

export interface StreamingSetting {
  /** Micro-slices a die may hold; fewer where its SRAM has no room. */
  readonly slots: number
  readonly reserve: number
  /** Control overhead of each visit, on the compute unit. */
  readonly controlPs: number
  /** Time of one decision of Algorithm 1. */
  readonly decisionPs: number
}

const isReady = ({ isComputing, received, loaded }: DieState) =>
  !isComputing && (received.length > 0 || loaded.length > 0)

export class StreamingLayer {
  private readonly machine: Machine
  private readonly setting: StreamingSetting
  private readonly dies: readonly DieState[]
  private readonly queue: TrajectoryQueue
  private readonly loads: SliceLoads
  /** The dies in tie-break order. */
  private readonly inTurn: readonly DieState[]
  private readonly byTurn: (a: DieState, b: DieState) => number
  private isRoundDue = false
  /** Dies that have something to compute, and nothing that they compute. */
  private ready = new ReusedList<DieState>()
  private readyBefore = new ReusedList<DieState>()
  /** Dies with slots freed since the last round that somebody waits for: who comes later finds them himself. */
  private readonly freed = new ReusedList<DieState>()
  private readonly senders = new ReusedList<DieState>()
  private readonly rings: FullRings
  private readonly round = () => this.act()
  private readonly onComputed = (visit: Visit) => {
    const state = this.dies[visit.die]!
    state.isComputing = false
    visit.isComputed = true
    // A die that becomes full later is suspected then.
    if (!visit.isSent && state.freeSlots === 0 && state.blocked.length > 0) this.rings.suspect(state)
    this.releaseIfDone(state, visit)
    this.noteChange(state)
  }
  private readonly onSent = (arriving: Visit) => {
    const visit = arriving.before!
    arriving.before = undefined
    visit.isSent = true
    this.releaseIfDone(this.dies[visit.die]!, visit)
  }
  /** As `onSent`, where the room of the visit is taken already. */
  private readonly onTurned = (arriving: Visit) => {
    arriving.before = undefined
    this.queue.visited(arriving.trajectory)
  }
  private readonly onArrived = (arriving: Visit) => {
    const state = this.dies[arriving.die]!
    state.received.push(arriving)
    // A die at work looks at what has come when it is done.
    if (!state.isComputing) this.noteChange(state)
  }

  constructor(
    machine: Machine,
    context: SchedulerContext,
    sharing: Sharing,
    setting: StreamingSetting,
    order: readonly number[],
  ) {
    this.machine = machine
    this.setting = setting
    const trajectories = trajectoriesOf(machine.work, context, sharing, order)
    this.queue = new TrajectoryQueue(trajectories, context.topology.dies, machine.slices)
    this.dies = slotsOfDies(machine, context, setting).map((slots, die) => emptyDie(die, slots))
    const { rank } = context.topology
    this.byTurn = (a, b) => rank[a.die]! - rank[b.die]!
    this.inTurn = Array.from(context.topology.order, (die) => this.dies[die]!)
    this.rings = new FullRings(this.dies)
    const changed = (state: DieState) => this.noteChange(state)
    const filled = (state: DieState) => this.rings.suspect(state)
    this.loads = new SliceLoads(machine, context, this.queue, this.dies, setting, changed, filled)
  }

  start(): void {
    if (this.setting.decisionPs > 0) this.decideLater()
    else while (this.queue.hasUndecided) this.queue.decide()
    this.planRound()
  }

  waits(): string[] {
    return this.dies.flatMap(({ die, blocked }) =>
      blocked.map(
        (visit) =>
          `die ${die} waits for a slot at die ${nextDie(visit)} for slice ${visit.slice} of expert ${visit.expert}`,
      ),
    )
  }

  /** The scheduler decides on one expert after the other, while those decided on are loaded and computed (sheet 4.11). */
  private decideLater(): void {
    if (!this.queue.hasUndecided) return
    this.machine.later(this.setting.decisionPs, () => {
      this.queue.decide()
      this.planRound()
      this.decideLater()
    })
  }

  /** Something has come to a die, or has ended there. */
  private noteChange(state: DieState): void {
    if (!state.isInLine && isReady(state)) {
      state.isInLine = true
      this.ready.add(state)
    }
    this.planRound()
  }

  /** One round of `act` at this time looks at all that has changed, if anything can come of it. */
  private planRound(): void {
    if (this.isRoundDue || !this.canAct) return
    this.isRoundDue = true
    this.machine.soon(this.round)
  }

  private get canAct(): boolean {
    return this.ready.count > 0 || this.freed.count > 0 || this.loads.canLoad || this.rings.hasSuspects
  }

  /**
   * Everything that can start now: waiting sends before new ones, loads last; dies in tie-break order. At a die that is
   * not ready nothing can start but a send that waits.
   */
  private act(): void {
    this.isRoundDue = false
    const ready = this.takeReady()
    if (this.freed.count > 0) this.retrySendersToFreed()
    for (let i = 0; i < ready.count; i++) this.computeNext(ready.at(i))
    this.loads.loadMore()
    if (this.rings.canExist()) for (const state of this.inTurn) this.turnFullRing(state)
  }

  private takeReady(): ReusedList<DieState> {
    const { ready } = this
    this.ready = this.readyBefore
    this.readyBefore = ready
    this.ready.clear()
    for (let i = 0; i < ready.count; i++) ready.at(i).isInLine = false
    ready.sort(this.byTurn)
    return ready
  }

  /** Dies with a visit that waits for a slot which is free now send it, if no other has been faster. */
  private retrySendersToFreed(): void {
    const { freed, senders } = this
    senders.clear()
    for (let i = 0; i < freed.count; i++) {
      const { freeSlots, senders: waiting } = freed.at(i)
      if (freeSlots > 0) for (const state of waiting) senders.add(state)
    }
    freed.clear()
    senders.sort(this.byTurn)
    // One that waits in several places is there several times.
    for (let i = 0; i < senders.count; i++)
      if (i === 0 || senders.at(i) !== senders.at(i - 1)) this.retryBlocked(senders.at(i))
  }

  /** Rules 1 and 2: what came last over a link, else what was loaded first; it is sent on as its compute starts. */
  private computeNext(state: DieState): void {
    const visit = state.received.pop() ?? state.loaded.shift()!
    state.isComputing = true
    this.machine.compute(visit, this.onComputed)
    if (visit.hopsLeft > 0 && !this.trySend(visit)) {
      state.blocked.push(visit)
      this.dies[nextDie(visit)]!.senders.push(state)
    }
  }

  private retryBlocked(state: DieState): void {
    const { blocked } = state
    let left = 0
    for (const visit of blocked) {
      if (this.trySend(visit)) this.stopWaiting(state, visit)
      else blocked[left++] = visit
    }
    blocked.length = left
    this.rings.suspect(state)
  }

  private stopWaiting(state: DieState, visit: Visit): void {
    const { senders } = this.dies[nextDie(visit)]!
    senders.splice(senders.indexOf(state), 1)
  }

  private trySend(visit: Visit): boolean {
    const next = this.dies[nextDie(visit)]!
    if (next.freeSlots === 0) return false
    if (--next.freeSlots === 0) this.rings.suspect(next)
    this.machine.forward(visitAfter(visit), this.onSent, this.onArrived)
    return true
  }

  /** Frees a slot once its micro-slice is computed and on its way (rule 3: at the trajectory's end, computed). */
  private releaseIfDone(state: DieState, visit: Visit): void {
    if (!visit.isComputed || !visit.isSent) return
    this.machine.releaseSlice(visit.expert, visit.slice, state.die)
    state.freeSlots++
    if (state.senders.length > 0) this.freed.add(state)
    this.loads.noteFreed(state)
    this.queue.visited(visit.trajectory)
    this.noteChange(state)
  }

  private turnFullRing(from: DieState): void {
    const ring = this.rings.find(from)
    if (ring !== undefined) this.turn(ring)
  }

  /**
   * Several trajectories can fill a cycle of dies although loads leave slots free. Such a cycle moves on by one hop at once,
   * each micro-slice taking the room of the one that leaves.
   */
  private turn(ring: readonly Step[]): void {
    const moves = ring.map(({ state, visit }) => {
      state.blocked.splice(state.blocked.indexOf(visit), 1)
      this.stopWaiting(state, visit)
      this.rings.suspect(state)
      return visitAfter(visit)
    })
    this.machine.rotate(moves, this.onTurned, this.onArrived)
  }
}
