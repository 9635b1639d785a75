// Placements that look at nothing but ids: contiguous and round-robin.
import type { Topology } from '../../hardware/topology.ts'

/** floor(E / dies) experts per die in id order; what is left over goes to die e mod dies (forecasting sheet 4.1). */
export function contiguous(experts: number, { dies, order }: Topology): Int32Array {
  const perDie = Math.floor(experts / dies)
  return Int32Array.from(
    { length: experts },
    (_, e) => order[e < perDie * dies ? Math.floor(e / perDie) : e % dies]!,
  )
}

export function roundRobin(experts: number, { dies, order }: Topology): Int32Array {
  return Int32Array.from({ length: experts }, (_, e) => order[e % dies]!)
}
