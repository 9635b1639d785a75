// What moves in FSE-DP: visits of micro-slices to dies, and the slots of a die.
import type { Trajectory } from './trajectory.ts'

/** A micro-slice in a slot of a die. */
export interface Visit {
  readonly trajectory: Trajectory
  readonly slice: number
  /** Place of the die in the trajectory. */
  readonly place: number
  /** Dies still to be visited after this one. */
  readonly hopsLeft: number
  isComputed: boolean
  isSent: boolean
}

export interface DieState {
  readonly die: number
  /** Something has come here, ended or become free since the last round. */
  isTouched: boolean
  freeSlots: number
  isComputing: boolean
  /** Arrived over a link, not yet computed; the last one in is computed first (rule 1). */
  readonly received: Visit[]
  /** Loaded here, not yet computed, in order (rule 2). */
  readonly loaded: Visit[]
  /** Waiting for a slot at their next die, in order. */
  blocked: Visit[]
  /** Dies whose visits wait for a slot here, one entry for each such visit. */
  readonly senders: DieState[]
}

export function emptyDie(die: number, slots: number): DieState {
  return {
    die,
    isTouched: false,
    freeSlots: slots,
    isComputing: false,
    received: [],
    loaded: [],
    blocked: [],
    senders: [],
  }
}

export function newVisit(trajectory: Trajectory, slice: number, place: number, hopsLeft: number): Visit {
  return { trajectory, slice, place, hopsLeft, isComputed: false, isSent: hopsLeft === 0 }
}

export function nextDie({ trajectory, place }: Visit): number {
  return trajectory.dies[(place + 1) % trajectory.dies.length]!
}

/** Tokens that a visit computes. */
export function tokensOf({ trajectory, place }: Visit): number {
  const { fromPair, toPair } = trajectory.pairs[place]!
  return toPair - fromPair
}
