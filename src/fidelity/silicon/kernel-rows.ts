// Rows of moe_kernel.csv, each sent to its table, and the cost of imbalance as the ratio of two rows.
import { type Diagnostic, fail } from '../../errors.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import { collect, readCsv } from '../reference-csv.ts'
import type { ReferenceFile } from '../reference-file.ts'
import type { ReferenceRow } from '../reference-rows.ts'
import type { Replay } from '../replay.ts'
import { oneGpuTable, type TableName, type TableSpec } from '../tables.ts'
import { fittedTokens, hasFitted } from './halves.ts'
import { KERNEL_COLUMNS, type KernelCase, type KernelHardware, kernelCase } from './kernel-case.ts'
import { Machines, unknownMachine } from './machines.ts'

/** Beyond these, a rank's time has more of other ranks' rows in it than of its own. */
const MOST_JUDGED_TOKENS = 1024
const MOST_JUDGED_RANKS = 64

/** From here on, imbalance is worth predicting. */
const LEAST_JUDGED_COST = 1.2
const JUDGED_EXPONENT = 1.2

export const KERNEL_FILE = 'silicon/moe_kernel.csv'

/** A row with the machine that it was measured on. */
export interface KernelRow {
  readonly given: KernelCase
  readonly hardware: KernelHardware
  readonly measuredUs: number
  /** Constants of this hardware were fitted on it. */
  readonly isFitted: boolean
}

export const kernelFile: ReferenceFile = {
  area: 'silicon',
  path: KERNEL_FILE,
  async read(io, { at, hardwareFiles }) {
    const machines = await Machines.open(io, at, hardwareFiles)
    const { rows, warnings } = await readKernelRows(
      await readCsv(io, at(KERNEL_FILE), KERNEL_COLUMNS),
      machines,
    )
    const tables = new Map<string, TableSpec>()
    for (const { given } of rows) {
      const spec = oneGpuTable(given.gpu, given.precision, machines.limitsOf(given.gpu))
      if (given.ranks === 1) tables.set(spec.name, spec)
    }
    return { replays: [...rows.map(timeReplay), ...imbalances(rows)], warnings, tables: [...tables.values()] }
  },
}

/** Rows whose GPU is unknown are left out, with a warning for each GPU. Throws UserError where hardware has no kernels. */
export async function readKernelRows(
  rows: readonly ReferenceRow[],
  machines: Machines,
): Promise<{ readonly rows: readonly KernelRow[]; readonly warnings: readonly Diagnostic[] }> {
  const read = collect(rows, (row) => ({
    row,
    given: kernelCase(row),
    measuredUs: row.positive('latency_us'),
  }))
  const fitted = fittedTokens(read.map(({ given }) => given.tokens))
  const unknown = new Map<string, Diagnostic>()
  const known: KernelRow[] = []
  for (const { row, given, measuredUs } of read) {
    const found = await machines.find(given.gpu, 'kernel')
    if (found === undefined) {
      if (!unknown.has(given.gpu)) unknown.set(given.gpu, unknownMachine(row))
      continue
    }
    const hardware = kernelHardware(found, row)
    const isFitted = fitted.has(given.tokens) && hasFitted(hardware, 'compute')
    known.push({ given, hardware, measuredUs, isFitted })
  }
  return { rows: known, warnings: [...unknown.values()] }
}

function kernelHardware(hardware: HardwareSpec, row: ReferenceRow): KernelHardware {
  const { compute, name } = hardware
  if (compute.kind === 'kernel') return { ...hardware, compute }
  const what = `the hardware ${name} computes by the model ${compute.kind}`
  const hint = 'these rows need one with compute: {model: kernel, ...}'
  return fail('conflict', { what, hint }, { file: row.file, span: row.span('gpu') })
}

/** Within what the ranks' limit holds for; one GPU always is. */
export function isJudged({ ranks, tokens }: KernelCase): boolean {
  return ranks === 1 || (ranks <= MOST_JUDGED_RANKS && tokens <= MOST_JUDGED_TOKENS)
}

function timeReplay({ given, hardware, measuredUs, isFitted }: KernelRow): Replay {
  const table: TableName = !isJudged(given)
    ? 'moe kernel, expert parallel, > 1024 tokens or > 64 ranks'
    : isFitted
      ? 'moe kernel, rows fitted on'
      : given.ranks > 1
        ? 'moe kernel, expert parallel'
        : oneGpuTable(given.gpu, given.precision, undefined).name
  return {
    expected: [{ table, row: `${rowName(given)}, ${given.routing}`, reference: measuredUs }],
    values: (models) => [models.kernelUs(hardware, given)],
  }
}

/** What a power law costs against the same row with every expert the same; of rows that no constant was fitted on. */
function imbalances(rows: readonly KernelRow[]): Replay[] {
  const balanced = new Map(
    rows.filter(({ given }) => given.exponent === undefined).map((row) => [rowName(row.given), row]),
  )
  return rows.flatMap((row): Replay[] => {
    const even = balanced.get(rowName(row.given))
    const { given, hardware, isFitted } = row
    if (given.exponent === undefined || even === undefined || isFitted) return []
    const reference = row.measuredUs / even.measuredUs
    const isMeant = given.exponent === JUDGED_EXPONENT && reference > LEAST_JUDGED_COST && isJudged(given)
    const table = isMeant ? 'cost of imbalance' : 'cost of imbalance, milder or beyond'
    return [
      {
        expected: [{ table, row: `${rowName(given)}, ${given.routing}`, reference }],
        values: (models) => [models.kernelUs(hardware, given) / models.kernelUs(hardware, even.given)],
      },
    ]
  })
}

/** All but the routing. */
function rowName({ gpu, precision, hidden, intermediate, topK, experts, ranks, tokens }: KernelCase): string {
  const onRanks = ranks === 1 ? '' : `, 1 of ${ranks} ranks`
  return `${gpu} ${precision}, ${hidden}x${intermediate} ${topK}/${experts}${onRanks}, ${tokens} tokens`
}
