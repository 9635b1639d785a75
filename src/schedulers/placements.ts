// Placements: which die is home to each expert. One plain table of names.
import type { Topology } from '../hardware/topology.ts'

export interface Placement {
  readonly summary: string
  /** Home die of each of `experts` experts. */
  readonly place: (experts: number, topology: Topology) => Int32Array
}

export const placements: Readonly<Record<string, Placement>> = {
  contiguous: {
    summary:
      'experts 0..n-1 on the first die, the next n on the second ...; left-over experts dealt one by one',
    place: contiguous,
  },
  'round-robin': {
    summary: 'expert e on die e mod dies',
    place: (experts, { dies, order }) => Int32Array.from({ length: experts }, (_, e) => order[e % dies]!),
  },
}

/** floor(E / dies) experts per die in id order; what is left over goes to die e mod dies (forecasting sheet 4.1). */
function contiguous(experts: number, { dies, order }: Topology): Int32Array {
  const perDie = Math.floor(experts / dies)
  return Int32Array.from(
    { length: experts },
    (_, e) => order[e < perDie * dies ? Math.floor(e / perDie) : e % dies]!,
  )
}
