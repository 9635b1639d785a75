// A placement of all MoE layers as data: what a file holds, and what engines load.
import type { Layout } from './layout.ts'
import type { Slots } from './search/problem.ts'

export interface ExpertMap {
  readonly experts: number
  readonly devices: number
  /** Ids of the layers in the model, ascending. */
  readonly layers: readonly number[]
  /** By place in `layers`. Devices are counted in the topology's die order. */
  readonly slots: readonly Slots[]
}

/** Dies of each expert: that of the device counted first is its home. `order`: dies by device. */
export function layoutOfSlots(slots: Slots, experts: number, order: ArrayLike<number>): Layout {
  const layout: number[][] = Array.from({ length: experts }, () => [])
  for (const [device, held] of slots.entries()) {
    for (const expert of held) layout[expert]!.push(order[device]!)
  }
  return layout
}
