// Placements that look at nothing but ids: contiguous and round-robin.
import { blockOf } from '../../block-of.ts'
import type { Compat } from '../../hardware/package.ts'
import type { Topology } from '../../hardware/topology.ts'

/**
 * Blocks of experts in id order, as equal as can be, larger ones first. Under `compat: paper` floor(E / dies) per die, and what
 * is left over on die e mod dies (forecasting sheet 4.1).
 */
export function contiguous(
  experts: number,
  { dies, order }: Topology,
  compat: Compat = 'physical',
): Int32Array {
  if (compat === 'physical') {
    return Int32Array.from({ length: experts }, (_, e) => order[blockOf(e, experts, dies)]!)
  }
  const perDie = Math.floor(experts / dies)
  return Int32Array.from(
    { length: experts },
    (_, e) => order[e < perDie * dies ? Math.floor(e / perDie) : e % dies]!,
  )
}

export function roundRobin(experts: number, { dies, order }: Topology): Int32Array {
  return Int32Array.from({ length: experts }, (_, e) => order[e % dies]!)
}
