// What is dealt to dies, and what they are weighed by.
import type { SliceCosts } from './costs.ts'

/** Slices of an expert on a die, in this layer. */
export interface Part {
  readonly expert: number
  readonly die: number
  readonly tokens: number
  readonly slices: number[]
}

export interface BalanceSetting {
  /** By rank, in which ties are broken. */
  readonly order: ArrayLike<number>
  readonly dies: number
  readonly experts: number
  /** Of the layer; a die is sent each at most once. */
  readonly tokens: number
  /** Dies that they rest on. */
  readonly senders: number
  /** By expert. */
  readonly tokensOf: (expert: number) => number
  readonly costs: SliceCosts
  /** By die: before its unit has what it needs first, and from its last job to the end of the layer; in ps. */
  readonly startPs: Float64Array
  readonly endPs: Float64Array
  /** Channel through which a die reads. */
  readonly channelOf: (die: number) => number
  /** Whether all dies read through all channels; then those of a die are an equal part of all. */
  readonly isShared: boolean
  /** First link on the way from the channel through which a die reads, where it is another die's. */
  readonly linkOf: (die: number) => number
  /** Slices that are on dies already, and are computed there; the others are dealt. Absent: none. */
  readonly here?: readonly Part[]
}
