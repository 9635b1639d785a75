// The rows that the charts of a sweep share: a row for each scheduler at each point, short keys, readable units.
import type { Metrics } from '../../sim/result.ts'
import type { MergedSweep } from '../../sweep/merge.ts'
import { type AxisColumn, axisColumns, type Front, rowsOf } from '../sweep/columns.ts'
import { sizeUnit } from './charts/rows.ts'
import type { ChartRow } from './page.ts'

interface ShownMetric {
  readonly metric: string
  /** With its unit, such as `latency [ms]`: also the key of the rows. */
  readonly label: string
  /** From base units to that of the label. */
  readonly perUnit: number
}

/** Bytes, in the unit that suits the largest of all results. */
interface SizeMetric {
  readonly metric: string
  readonly name: string
}

const SHOWN: readonly (ShownMetric | SizeMetric)[] = [
  { metric: 'latency', label: 'latency [ms]', perUnit: 1e9 },
  { metric: 'speedup', label: 'speedup [x]', perUnit: 1 },
  { metric: 'throughput', label: 'throughput [token/s]', perUnit: 1 },
  { metric: 'boundRatio', label: 'over bound [x]', perUnit: 1 },
  { metric: 'peakSramPerDie', name: 'SRAM per die' },
  { metric: 'd2dBytes', name: 'die to die' },
  { metric: 'memoryRead', name: 'memory read' },
  { metric: 'energy', label: 'energy [mJ]', perUnit: 1e-3 },
  { metric: 'dieArea', label: 'die area [mm2]', perUnit: 1 },
]

/** As an objective that the page would not show otherwise. */
const asItIs = (metric: string): ShownMetric => ({ metric, label: metric, perUnit: 1 })

export interface SweepAxis {
  /** As written, such as `hardware.link.bandwidth [GB/s]`. */
  readonly title: string
  /** Key of the rows: paths have dots and brackets, which Vega-Lite would read as parts of a path. */
  readonly key: string
  readonly isNumber: boolean
  /** In the order of the sweep. */
  readonly values: readonly (string | number)[]
}

interface FoundRow {
  readonly head: ChartRow
  readonly metrics: Metrics
}

export interface SweepRows {
  readonly rows: readonly ChartRow[]
  /** The resolved experiments of the points that ran. */
  readonly experiments: readonly unknown[]
  readonly axes: readonly SweepAxis[]
  /** Those that some row has. */
  readonly metrics: readonly ShownMetric[]
  readonly objectives: readonly ShownMetric[]
  readonly schedulers: readonly string[]
  /** Points that cannot run, with their reason. */
  readonly refusals: readonly string[]
}

/** `objectives`: names of metrics. Points that cannot run have no rows. */
export async function sweepRows(
  merged: MergedSweep,
  front: Front,
  objectives: readonly string[],
): Promise<SweepRows> {
  const columns = axisColumns(merged)
  const found: FoundRow[] = []
  const experiments: unknown[] = []
  const refusals: string[] = []
  const schedulers = new Set<string>()
  const values = columns.map(() => new Set<string | number>())
  for await (const point of merged.points()) {
    if (point.record.error !== undefined) refusals.push(`Point ${point.index + 1}: ${point.record.error}`)
    if (point.record.results.length > 0) experiments.push(point.record.experiment)
    for (const row of rowsOf(point, front)) {
      const places = columns.map(({ cell }) => cell(row) as string | number)
      places.forEach((value, axis) => {
        values[axis]!.add(value)
      })
      if (row.scheduler === undefined) continue
      const { id, metrics } = row.scheduler
      schedulers.add(id)
      const place = Object.fromEntries(places.map((value, axis) => [keyOf(axis), value]))
      const head = { point: point.index + 1, ...place, scheduler: id, front: row.isOnFront }
      found.push({ head, metrics })
    }
  }
  const shown = SHOWN.map((each) => ('label' in each ? each : inSizeUnit(each, found)))
  const shownOf = (name: string) => shown.find(({ metric }) => metric === name) ?? asItIs(name)
  const wanted = [...new Set([...shown, ...objectives.map(shownOf)])]
  const seen = new Set(found.flatMap(({ metrics }) => Object.keys(metrics)))
  return {
    rows: found.map(({ head, metrics }) => ({ ...head, ...amounts(metrics, wanted) })),
    experiments,
    axes: columns.map((column, axis) => axisOf(column, axis, [...values[axis]!])),
    metrics: wanted.filter(({ metric }) => seen.has(metric)),
    objectives: objectives.map(shownOf),
    schedulers: [...schedulers],
    refusals,
  }
}

function inSizeUnit({ metric, name }: SizeMetric, found: readonly FoundRow[]): ShownMetric {
  const most = found.reduce((max, { metrics }) => Math.max(max, metrics[metric]?.value ?? 0), 0)
  const { unit, bytesPerUnit } = sizeUnit(most)
  return { metric, label: `${name} [${unit}]`, perUnit: bytesPerUnit }
}

/** Vega-Lite reads brackets and dots in a field's name as a path. */
export const keyOfMetric = (label: string) => label.replaceAll(/[[\].]/g, '')

const keyOf = (axis: number) => `axis${axis}`

function axisOf({ title, kind }: AxisColumn, axis: number, values: (string | number)[]): SweepAxis {
  const isNumber = kind === 'number'
  const sorted = isNumber ? values.toSorted((a, b) => Number(a) - Number(b)) : values
  return { title, key: keyOf(axis), isNumber, values: sorted }
}

/** Five significant digits: what a chart and its tooltip can show, at half the size of the page. */
function amounts(metrics: Metrics, wanted: readonly ShownMetric[]): Record<string, number> {
  return Object.fromEntries(
    wanted.flatMap(({ metric, label, perUnit }) => {
      const value = metrics[metric]?.value
      return value === undefined ? [] : [[keyOfMetric(label), Number((value / perUnit).toPrecision(5))]]
    }),
  )
}
