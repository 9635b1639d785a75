// The compute section of a hardware file to a ComputeSpec.
import { invariant } from '../../errors.ts'
import type { ComputeSpec, FittedRange, KernelFormat, KernelSpec } from '../../hardware/spec.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { HardwareFile } from './schema.ts'

const PS_PER_S = 1e12
const FLOP_PER_MAC = 2

/** What tables of a hardware file know a model by. */
export type ExpertWidths = Pick<ModelShape, 'hidden' | 'expertIntermediate'>

export function toCompute(compute: HardwareFile['compute'], expert: ExpertWidths | undefined): ComputeSpec {
  switch (compute.model) {
    case 'ideal':
      return {
        kind: 'ideal',
        flopPerPs:
          compute.peak ?? ((compute.macs_per_cycle ?? 0) * FLOP_PER_MAC * (compute.clock ?? 0)) / PS_PER_S,
      }
    case 'table':
      return {
        kind: 'table',
        flopPerPs: compute.peak,
        utilization: Object.entries(forShape(compute.utilization, expert))
          .map(([upTo, value]) => ({
            upTo: upTo === 'more' ? Number.POSITIVE_INFINITY : Number(upTo),
            value,
          }))
          .sort((a, b) => (a.upTo < b.upTo ? -1 : 1)),
      }
    case 'systolic':
      return {
        kind: 'systolic',
        rows: compute.rows,
        columns: compute.columns,
        clockPs: PS_PER_S / compute.clock,
        dataflow: compute.dataflow,
        doubleBuffered: compute.double_buffered,
      }
    case 'kernel':
      return toKernel(compute)
  }
}

type KernelFile = Extract<HardwareFile['compute'], { model: 'kernel' }>

function toKernel(compute: KernelFile): KernelSpec {
  return {
    kind: 'kernel',
    units: compute.units.value,
    formats: compute.formats.map(toFormat).toSorted((a, b) => a.weightBytes - b.weightBytes),
    tileColumns: compute.columns.value,
    fillBytes: compute.fill.value,
    startupPs: compute.startup.value,
    launches: compute.launches.value,
    overlap: compute.overlap.value,
    reread: compute.reread.value,
    elementwiseShare: compute.elementwise.value,
    ...(compute.fitted_range && { fittedRange: toRange(compute.fitted_range) }),
  }
}

function toRange({
  top_k: topK,
  weights: weightBytes,
  ...range
}: NonNullable<KernelFile['fitted_range']>): FittedRange {
  return { ...range, topK, weightBytes }
}

function toFormat({ weights, inputs, peak, share, rows }: KernelFile['formats'][number]): KernelFormat {
  const [leastRows, mostRows] = rows.value
  return {
    weightBytes: weights,
    inputBytes: inputs,
    flopPerPs: peak.value,
    share: share.value,
    leastRows,
    mostRows,
  }
}

/** The entry of a table by shape of expert, or its `default`: a model's name never decides. */
export function forShape<T>(table: Readonly<Record<string, T>>, expert: ExpertWidths | undefined): T {
  const key = expert === undefined ? 'default' : `${expert.hidden}x${expert.expertIntermediate}`
  const entry = Object.hasOwn(table, key) ? table[key] : table.default
  invariant(entry !== undefined, 'a table by shape of expert has no default')
  return entry
}
