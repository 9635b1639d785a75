// FSE-DP while a layer runs: the virtualization rules of the paper, die by die.
//
//   rule 1  a micro-slice received last is computed now and sent on at the same time
//   rule 2  with nothing received, compute any local micro-slice and send it
//   rule 3  at the end of its trajectory a micro-slice is released right after computing
//   rule 4  a die loads the next micro-slice, in sequence, whenever it has free space
//
// A slot is taken when a load or a send towards it starts, and freed when both the compute and the send from it have
// ended. A send waits while the next die has no free slot; the number of visits never changes.
import { fail } from '../errors.ts'
import { expertBytes, tokenBytes } from '../model/shape.ts'
import { channelFor, type StripedWeights, type Trajectory, trajectory } from './fse-dp-plan.ts'
import { TrajectoryQueue } from './fse-dp-queue.ts'
import type { Machine, RotationMove, SchedulerContext } from './scheduler.ts'
import type { LayerWork } from './work.ts'

/** Loads need two free slots: one stays for incoming micro-slices. */
const FREE_SLOTS_TO_LOAD = 2

/** A micro-slice in a slot of a die. */
interface Visit {
  readonly path: Trajectory
  readonly slice: number
  /** Place of the die in the trajectory. */
  readonly place: number
  /** Dies still to be visited after this one. */
  readonly hopsLeft: number
  isComputed: boolean
  isSent: boolean
}

interface DieState {
  readonly die: number
  freeSlots: number
  loadsInFlight: number
  isComputing: boolean
  /** Arrived over a link, not yet computed; the last one in is computed first (rule 1). */
  readonly received: Visit[]
  /** Loaded here, not yet computed, in order (rule 2). */
  readonly loaded: Visit[]
  /** Waiting for a slot at their next die, in order. */
  blocked: Visit[]
}

export class StreamingLayer {
  private readonly machine: Machine
  private readonly context: SchedulerContext
  private readonly dies: DieState[]
  private readonly queue: TrajectoryQueue
  private readonly channelOf: ReturnType<typeof channelFor>
  /** A second load may be under way where a channel's latency would otherwise idle it. */
  private readonly mostLoads: number
  private isDecisionDue = false

  constructor(
    machine: Machine,
    context: SchedulerContext,
    weights: StripedWeights,
    slots: number,
    order: readonly number[],
  ) {
    this.machine = machine
    this.context = context
    const { topology, hardware } = context
    this.channelOf = channelFor(context, weights)
    this.mostLoads = hardware.memory.latencyPs > 0 ? 2 : 1
    const paths = order.map((expert) => trajectory(machine.work, context, weights, expert))
    this.queue = new TrajectoryQueue(paths, topology.dies, machine.slices)
    const restingTokens = tokensPerDie(machine.work, topology.dies)
    this.dies = Array.from({ length: topology.dies }, (_, die) => ({
      die,
      freeSlots: this.slotsThatFit(slots, restingTokens[die]!),
      loadsInFlight: 0,
      isComputing: false,
      received: [],
      loaded: [],
      blocked: [],
    }))
  }

  start(): void {
    this.queue.admit()
    this.decideSoon()
  }

  waits(): string[] {
    return this.dies.flatMap(({ die, blocked }) =>
      blocked.map(
        ({ path, slice, place }) =>
          `die ${die} waits for a slot at die ${nextDie(path, place)} for slice ${slice} of expert ${path.expert}`,
      ),
    )
  }

  /** Slots of a die: as many as asked for, or as many as its SRAM has room for beside its tokens. */
  private slotsThatFit(slots: number, restingTokens: number): number {
    const { hardware, model } = this.context
    const tokensBytes = hardware.activations === 'sram' ? restingTokens * tokenBytes(model) : 0
    const slotBytes = Math.ceil(expertBytes(model) / this.machine.slices)
    const fitting = Math.min(slots, Math.floor((hardware.sramBytes - tokensBytes) / slotBytes))
    if (fitting >= FREE_SLOTS_TO_LOAD) return fitting
    return fail('capacity', {
      what: `fse-dp with micro-slices of ${slotBytes} B beside ${tokensBytes} B of tokens`,
      needs: `${FREE_SLOTS_TO_LOAD * slotBytes + tokensBytes} B of SRAM on a die for two slots`,
      has: `${hardware.sramBytes} B`,
      hint: 'cut experts finer (fse-dp:slices=...), use fewer tokens, or a larger "sram"',
    })
  }

  private decideSoon(): void {
    if (this.isDecisionDue) return
    this.isDecisionDue = true
    this.machine.soon(() => {
      this.isDecisionDue = false
      this.decide()
    })
  }

  /** Everything that can start now: waiting sends before new ones, loads last; dies in tie-break order. */
  private decide(): void {
    const { order } = this.context.topology
    for (const die of order) this.retryBlocked(this.dies[die]!)
    for (const die of order) this.computeNext(this.dies[die]!)
    for (const die of order) this.loadMore(this.dies[die]!)
    for (const die of order) this.turnFullRing(this.dies[die]!)
  }

  /** Rule 4. */
  private loadMore(state: DieState): void {
    while (state.loadsInFlight < this.mostLoads && state.freeSlots >= FREE_SLOTS_TO_LOAD) {
      const next = this.queue.nextLoad(state.die)
      if (next === undefined) return
      const { path, slice, place } = next
      const visit = newVisit(path, slice, place, path.dies.length - 1)
      state.freeSlots--
      state.loadsInFlight++
      const { from, to } = path.pairs[place]!
      this.machine.load(
        {
          expert: path.expert,
          slice,
          channelDie: this.channelOf(path.expert, slice, state.die),
          die: state.die,
          tokens: to - from,
        },
        () => {
          state.loadsInFlight--
          state.loaded.push(visit)
          this.decideSoon()
        },
      )
    }
  }

  /** Rules 1 and 2: what came last over a link, else what was loaded first; it is sent on as its compute starts. */
  private computeNext(state: DieState): void {
    if (state.isComputing) return
    const visit = state.received.pop() ?? state.loaded.shift()
    if (visit === undefined) return
    const { path, slice, place } = visit
    const { from, to } = path.pairs[place]!
    state.isComputing = true
    this.machine.compute({ expert: path.expert, slice, fromPair: from, toPair: to, die: state.die }, () => {
      state.isComputing = false
      visit.isComputed = true
      this.releaseIfDone(state, visit)
      this.decideSoon()
    })
    if (visit.hopsLeft > 0 && !this.trySend(state, visit)) state.blocked.push(visit)
  }

  private retryBlocked(state: DieState): void {
    if (state.blocked.length > 0) state.blocked = state.blocked.filter((visit) => !this.trySend(state, visit))
  }

  private trySend(state: DieState, visit: Visit): boolean {
    const next = this.dies[nextDie(visit.path, visit.place)]!
    if (next.freeSlots === 0) return false
    next.freeSlots--
    const { job, onSent, onArrived } = this.hop(state, visit, next)
    this.machine.forward(job, onSent, onArrived)
    return true
  }

  /** The hop of a micro-slice to `next`, and what happens when it has left and when it is there. */
  private hop(state: DieState, visit: Visit, next: DieState) {
    const { path, slice, place, hopsLeft } = visit
    const arriving = newVisit(path, slice, (place + 1) % path.dies.length, hopsLeft - 1)
    const { from, to } = path.pairs[arriving.place]!
    return {
      job: { expert: path.expert, slice, from: state.die, to: next.die, tokens: to - from },
      onSent: () => {
        visit.isSent = true
        this.releaseIfDone(state, visit)
        this.decideSoon()
      },
      onArrived: () => {
        next.received.push(arriving)
        this.decideSoon()
      },
    }
  }

  /** Frees a slot once its micro-slice is computed and on its way (rule 3: at the trajectory's end, computed). */
  private releaseIfDone(state: DieState, visit: Visit): void {
    if (!visit.isComputed || !visit.isSent) return
    this.machine.releaseSlice(visit.path.expert, visit.slice, state.die)
    state.freeSlots++
    this.visitEnded(visit)
  }

  private visitEnded(visit: Visit): void {
    const wasExpertsLast = this.queue.visited(visit.path)
    if (wasExpertsLast) this.queue.admit()
    this.decideSoon()
  }

  /**
   * Full dies whose computed micro-slices all wait for each other's slots would wait for ever: the reserved slot keeps
   * loads out, but several trajectories can still fill a cycle of dies. Such a cycle moves on by one hop at once, each
   * micro-slice taking the room of the one that leaves.
   */
  private turnFullRing(from: DieState): void {
    if (from.freeSlots > 0 || from.blocked.length === 0) return
    const walk: { state: DieState; visit: Visit }[] = []
    for (let state = from; ; ) {
      const seenAt = walk.findIndex((step) => step.state === state)
      if (seenAt >= 0) {
        this.turn(walk.slice(seenAt))
        return
      }
      const visit = state.freeSlots === 0 ? state.blocked.find(({ isComputed }) => isComputed) : undefined
      if (visit === undefined) return
      walk.push({ state, visit })
      state = this.dies[nextDie(visit.path, visit.place)]!
    }
  }

  private turn(ring: readonly { state: DieState; visit: Visit }[]): void {
    const moves: RotationMove[] = ring.map(({ state, visit }, i) => {
      state.blocked.splice(state.blocked.indexOf(visit), 1)
      const next = ring[(i + 1) % ring.length]!.state
      const { job, onArrived } = this.hop(state, visit, next)
      return { ...job, onSent: () => this.visitEnded(visit), onArrived }
    })
    this.machine.rotate(moves)
  }
}

function newVisit(path: Trajectory, slice: number, place: number, hopsLeft: number): Visit {
  return { path, slice, place, hopsLeft, isComputed: false, isSent: hopsLeft === 0 }
}

function nextDie(path: Trajectory, place: number): number {
  return path.dies[(place + 1) % path.dies.length]!
}

function tokensPerDie(work: LayerWork, dies: number): Int32Array {
  const counts = new Int32Array(dies)
  for (const die of work.tokenDie) counts[die] = counts[die]! + 1
  return counts
}
