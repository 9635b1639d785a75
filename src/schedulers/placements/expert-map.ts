// A placement of all MoE layers as data: what a file holds, and what engines load.
import type { Slots } from './search/problem.ts'

export interface ExpertMap {
  readonly experts: number
  readonly devices: number
  /** Ids of the layers in the model, ascending. */
  readonly layers: readonly number[]
  /** By place in `layers`. Devices are counted in the topology's die order. */
  readonly slots: readonly Slots[]
}
