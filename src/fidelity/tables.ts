// The tables of `moesim fidelity`, in the order they are shown, each with the limits its errors must keep.

export const AREAS = ['network', 'memory', 'compute', 'silicon'] as const
export type Area = (typeof AREAS)[number]

export interface TableSpec {
  readonly area: Area
  readonly name: string
  /** What reference and model are compared in. */
  readonly unit: 'cycles' | 'clocks' | 'ns' | 'us' | 'x' | 'token/s'
  /** Most mean, median, 90th percentile and worst absolute error; null: shown, but nothing depends on it. */
  readonly limitMeanPct: number | null
  readonly limitMedianPct: number | null
  readonly limitP90Pct: number | null
  readonly limitWorstPct: number | null
}

/** Limits hold for the workloads a run is made of: presets noc and d2d, and messages of this size or more. */
export const LIMITED_PRESETS: readonly string[] = ['noc', 'd2d']
export const LIMITED_FLITS = { group: 512, pair: 64, dispatch: 5000 }

/** Messages up to `short` are summed apart; a case with one of `weights` or more is not tokens alone. */
export const MIXED_BYTES = { short: 64 * 1024, weights: 256 * 1024 }

type Limits = readonly [meanPct: number | null, worstPct: number | null]
const NO_LIMIT: Limits = [null, null]

function specs<const N extends string>(
  area: Area,
  unit: TableSpec['unit'],
  tables: Readonly<Record<N, Limits>>,
): Record<N, TableSpec> {
  const entries = Object.entries<Limits>(tables).map(
    ([name, [limitMeanPct, limitWorstPct]]) =>
      [
        name,
        { area, name, unit, limitMeanPct, limitMedianPct: null, limitP90Pct: null, limitWorstPct },
      ] as const,
  )
  return Object.fromEntries(entries) as Record<N, TableSpec>
}

/** Measured on silicon: the middle of the errors and their spread count, since single rows bear an implementation's whims. */
function measured<const N extends string>(
  unit: TableSpec['unit'],
  tables: Readonly<Record<N, Partial<Pick<TableSpec, 'limitMedianPct' | 'limitP90Pct' | 'limitWorstPct'>>>>,
): Record<N, TableSpec> {
  const none = { limitMeanPct: null, limitMedianPct: null, limitP90Pct: null, limitWorstPct: null }
  const entries = Object.entries<Partial<TableSpec>>(tables).map(([name, limits]): [string, TableSpec] => [
    name,
    { area: 'silicon', name, unit, ...none, ...limits },
  ])
  return Object.fromEntries(entries) as Record<N, TableSpec>
}

export type OneGpuTable = `moe kernel, one GPU: ${string}`

/** One for each GPU and precision of the rows. */
export function oneGpuTable(
  gpu: string,
  precision: string,
  limits: { readonly medianPct: number; readonly p90Pct: number } | undefined,
): TableSpec & { readonly name: OneGpuTable } {
  const name: OneGpuTable = `moe kernel, one GPU: ${gpu} ${precision}`
  const { medianPct: limitMedianPct = null, p90Pct: limitP90Pct = null } = limits ?? {}
  return { ...measured('us', { [name]: { limitMedianPct, limitP90Pct } })[name]!, name }
}

export const TABLES = {
  ...specs('network', 'cycles', {
    stream: [0, 0],
    shared_link: [2, 5],
    scatter: [3, 8],
    incast: [3, 8],
    ring_shift: [3, 8],
    'ring_shift linear_shift_half': [null, 20],
    alltoall: [6, 15],
    moe_dispatch: [6, 15],
    'tokens alone': [null, 10],
    'tokens beside weights': [null, 20],
    'stream, other presets': NO_LIMIT,
    'scatter, other presets': NO_LIMIT,
    'incast, other presets': NO_LIMIT,
    'ring_shift, other presets': NO_LIMIT,
    'alltoall, other presets': NO_LIMIT,
    'moe_dispatch, other presets': NO_LIMIT,
    'scatter < 512 flits': NO_LIMIT,
    'incast < 512 flits': NO_LIMIT,
    'ring_shift < 512 flits': NO_LIMIT,
    'alltoall < 64 flits': NO_LIMIT,
    'moe_dispatch < 5000 flits': NO_LIMIT,
    'alltoall, order naive': NO_LIMIT,
    'alltoall, order random (drawn anew)': NO_LIMIT,
    'alltoall, mean finish of a pair': NO_LIMIT,
    'shared_link, finish of each flow': NO_LIMIT,
    'incast, first flow done': NO_LIMIT,
  }),
  ...specs('memory', 'ns', {
    'DRAM streaming': [2, 5],
    'DRAM bursts': [6, 15],
    'DRAM bursts < 4 KiB': NO_LIMIT,
    'DRAM reads one after another': NO_LIMIT,
    'DRAM window of N reads': NO_LIMIT,
    'DRAM without refresh': NO_LIMIT,
    'DRAM streaming, as runs charge it': NO_LIMIT,
    'DRAM bursts, as runs charge it': NO_LIMIT,
    'DRAM mapping RoBaRaCoCh (not modelled)': NO_LIMIT,
  }),
  ...specs('memory', 'clocks', {
    'DRAMsim3 streaming': NO_LIMIT,
    'DRAMsim3 bursts': NO_LIMIT,
    'DRAMsim3 bursts < 4 KiB': NO_LIMIT,
    'DRAMsim3 reads one after another': NO_LIMIT,
    'DRAMsim3 window of N reads': NO_LIMIT,
    'DRAMsim3 default mapping (not modelled)': NO_LIMIT,
  }),
  ...specs('compute', 'cycles', {
    'systolic runs': [0, 0],
    'systolic closed forms': [0, 0],
    'systolic, limited bandwidth': NO_LIMIT,
  }),
  ...measured('us', {
    'moe kernel, expert parallel': { limitMedianPct: 8, limitP90Pct: 25 },
    'moe kernel, expert parallel, > 1024 tokens or > 64 ranks': {},
    'moe kernel, rows fitted on': {},
    'dispatch and combine, one node': { limitMedianPct: 6, limitP90Pct: 20 },
    nodes: { limitMedianPct: 6, limitP90Pct: 20 },
    NVL72: { limitMedianPct: 6, limitP90Pct: 20 },
    'dispatch and combine, normal kernels': {},
    'dispatch and combine, rows fitted on': {},
  }),
  ...measured('token/s', {
    machines: { limitMedianPct: 12, limitWorstPct: 25 },
    'machines, rows fitted on': {},
  }),
  ...measured('x', {
    'cost of imbalance': { limitMedianPct: 8, limitP90Pct: 20 },
    'cost of imbalance, milder or beyond': {},
  }),
} as const

export type TableName = keyof typeof TABLES | OneGpuTable
