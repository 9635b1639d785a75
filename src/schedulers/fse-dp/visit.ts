// What moves in FSE-DP: visits of micro-slices to dies, and the slots of a die.
import type { ComputeJob, SliceForward } from '../scheduler.ts'
import type { Trajectory } from './trajectory.ts'

/** A micro-slice in a slot of a die: the job that computes it there too, and the message in which it came. */
export interface Visit extends ComputeJob, SliceForward {
  readonly trajectory: Trajectory
  /** Place of the die in the trajectory. */
  readonly place: number
  /** Dies still to be visited after this one. */
  readonly hopsLeft: number
  readonly controlPs: number
  /** The visit whose die sends it here, until it has left there. */
  before: Visit | undefined
  isComputed: boolean
  isSent: boolean
}

export interface DieState {
  readonly die: number
  /** It is among the dies that may compute something in the next round. */
  isInLine: boolean
  freeSlots: number
  isComputing: boolean
  /** Arrived over a link, not yet computed; the last one in is computed first (rule 1). */
  readonly received: Visit[]
  /** Loaded here, not yet computed, in order (rule 2). */
  readonly loaded: Visit[]
  /** Waiting for a slot at their next die, in order. */
  readonly blocked: Visit[]
  /** Dies whose visits wait for a slot here, one entry for each such visit. */
  readonly senders: DieState[]
}

export function emptyDie(die: number, slots: number): DieState {
  return {
    die,
    isInLine: false,
    freeSlots: slots,
    isComputing: false,
    received: [],
    loaded: [],
    blocked: [],
    senders: [],
  }
}

/** The first of a micro-slice, which visits all dies of its trajectory from a place of it on. */
export function firstVisit(trajectory: Trajectory, slice: number, place: number, controlPs: number): Visit {
  return newVisit(trajectory, slice, place, trajectory.dies.length - 1, controlPs, undefined)
}

export function visitAfter(visit: Visit): Visit {
  const { trajectory, slice, hopsLeft, controlPs } = visit
  return newVisit(trajectory, slice, nextPlace(visit), hopsLeft - 1, controlPs, visit)
}

function newVisit(
  trajectory: Trajectory,
  slice: number,
  place: number,
  hopsLeft: number,
  controlPs: number,
  before: Visit | undefined,
): Visit {
  const die = trajectory.dies[place]!
  const { fromPair, toPair } = trajectory.pairs[place]!
  return {
    trajectory,
    expert: trajectory.expert,
    slice,
    place,
    hopsLeft,
    die,
    from: before === undefined ? die : before.die,
    to: die,
    fromPair,
    toPair,
    tokens: toPair - fromPair,
    controlPs,
    before,
    isComputed: false,
    isSent: hopsLeft === 0,
  }
}

export function nextDie(visit: Visit): number {
  return visit.trajectory.dies[nextPlace(visit)]!
}

function nextPlace({ trajectory, place }: Visit): number {
  return place + 1 === trajectory.dies.length ? 0 : place + 1
}
