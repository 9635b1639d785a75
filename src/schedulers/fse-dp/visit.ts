// What moves in FSE-DP: visits of micro-slices to dies, and the slots of a die.
import type { Trajectory } from './plan.ts'

/** A micro-slice in a slot of a die. */
export interface Visit {
  readonly path: Trajectory
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
  }
}

export function newVisit(path: Trajectory, slice: number, place: number, hopsLeft: number): Visit {
  return { path, slice, place, hopsLeft, isComputed: false, isSent: hopsLeft === 0 }
}

export function nextDie({ path, place }: Visit): number {
  return path.dies[(place + 1) % path.dies.length]!
}

/** Tokens that a visit computes. */
export function tokensOf({ path, place }: Visit): number {
  const { fromPair, toPair } = path.pairs[place]!
  return toPair - fromPair
}
