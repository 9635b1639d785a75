// A map of the design space: utilization at each point, and whether area and power allow it.

import { limitsExceeded } from '../../hardware/area.ts'
import { dieCount } from '../../hardware/die-count.ts'
import { expertBytes, tokenBytes } from '../../model/shape.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { metric, PAIRED } from './common.ts'

/** Utilization that the paper's boundary marks. */
export const BOUNDARY = 0.6
/** [code]: token slots of a die beside the slots for micro-slices. */
const TOKEN_SLOTS = 16

/** The buffer that the limit on die area is held against: a die's own, or, as the reference code has it, all dies' together. */
export type AreaReading = 'buffer of one die' | 'buffer of the package'
export const AREA_READINGS: readonly AreaReading[] = ['buffer of one die', 'buffer of the package']

export interface MapPoint {
  readonly ddrGBs: number
  readonly d2dGBs: number
  readonly slots: number
  readonly command: string
  /** Of all dies: slots for micro-slices and for tokens. */
  readonly bufferBytes: number
  readonly utilization: number
  /** The utilization that the physical bound would leave possible. */
  readonly roofline: number
  readonly isFeasible: Readonly<Record<AreaReading, boolean>>
}

export interface MapAxes {
  readonly config: string
  readonly ddrGBs: readonly number[]
  readonly d2dGBs: readonly number[]
  readonly slots: readonly number[]
  /** Where micro-slices enter, if not as by default. */
  readonly entry?: 'trajectory'
  /** Further `--set` texts. */
  readonly sets?: readonly string[]
}

/** Simulates every point of the map; in the order of the axes DDR, D2D, slots. */
export async function measureMap(lab: Lab, axes: MapAxes): Promise<MapPoint[]> {
  const { config, ddrGBs, d2dGBs, slots, entry, sets = [] } = axes
  const idOf = (count: number) => pairedWith(count, entry)
  const schedulers = slots.map(idOf)
  const columns: { ddr: number; d2d: number; point: Point }[] = []
  for (const ddr of ddrGBs) {
    for (const d2d of d2dGBs) {
      const bandwidths = [`hardware.memory.bandwidth=${ddr} GB/s`, `hardware.link.bandwidth=${d2d} GB/s`]
      const point = await lab.load(config, { flags: { schedulers }, sets: [...bandwidths, ...sets] })
      columns.push({ ddr, d2d, point })
    }
  }
  const measured = await lab.measure(columns.map(({ point }) => point))
  return columns.flatMap(({ ddr, d2d, point }, i) =>
    slots.map((count) =>
      mapPoint(point, measured[i]!, idOf(count), { ddrGBs: ddr, d2dGBs: d2d, slots: count }),
    ),
  )
}

/** Numbers from `first` to `last` in steps. */
export function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step)
}

/** As the scheduler's id writes it: the default goes without saying. */
function pairedWith(slots: number, entry: MapAxes['entry']): string {
  const options = [
    ...(entry === undefined ? [] : [`entry=${entry}`]),
    ...(slots === 12 ? [] : [`slots=${slots}`]),
  ]
  return [PAIRED, ...(options.length > 0 ? [options.join(',')] : [])].join(':')
}

function mapPoint(
  point: Point,
  measured: Measured,
  id: string,
  at: Pick<MapPoint, 'ddrGBs' | 'd2dGBs' | 'slots'>,
): MapPoint {
  const { hardware, model, schedulers } = point.experiment
  const slices = Number(schedulers.find((choice) => choice.id === id)!.options.slices)
  const slotBytes = Math.ceil(expertBytes(model) / slices)
  const dieBytes = at.slots * slotBytes + TOKEN_SLOTS * tokenBytes(model)
  const bufferBytes = dieCount(hardware.topology) * dieBytes
  const utilization = metric(measured, id, 'computeUtilization')
  return {
    ...at,
    command: point.commandFor(id),
    bufferBytes,
    utilization,
    roofline: utilization * metric(measured, id, 'boundRatio'),
    isFeasible: {
      'buffer of one die': limitsExceeded(hardware, dieBytes).length === 0,
      'buffer of the package': limitsExceeded(hardware, bufferBytes).length === 0,
    },
  }
}
