// Whole experts dealt to dies: the heaviest to the least loaded die, or all heavy ones together.
import type { Topology } from '../../hardware/topology.ts'
import { heaviestFirst, homeSlots, type Layout } from './layout.ts'

/**
 * "remap": experts from the heaviest on, each to the least loaded die that still has room (forecasting sheet, section 5).
 * Equal dies in die order.
 */
export function dealByLoad(loads: Float64Array, { dies, order }: Topology): Layout {
  const layout: number[][] = Array.from(loads, () => [])
  const slots = homeSlots(loads.length, dies)
  const dieLoad = new Float64Array(dies)
  const dieExperts = new Int32Array(dies)
  for (const expert of heaviestFirst(loads)) {
    const die = [...order]
      .filter((candidate) => dieExperts[candidate]! < slots)
      .reduce((best, candidate) => (dieLoad[candidate]! < dieLoad[best]! ? candidate : best))
    layout[expert]!.push(die)
    dieLoad[die] = dieLoad[die]! + loads[expert]!
    dieExperts[die] = dieExperts[die]! + 1
  }
  return layout
}

/** The hottest experts together on the first die, the next ones on the second, and so on: as uneven as can be. */
export function packByLoad(loads: Float64Array, { dies, order }: Topology): Layout {
  const layout: number[][] = Array.from(loads, () => [])
  const slots = homeSlots(loads.length, dies)
  heaviestFirst(loads).forEach((expert, place) => {
    layout[expert]!.push(order[Math.floor(place / slots)]!)
  })
  return layout
}
