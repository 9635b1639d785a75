// The constants of all hardware of a reference folder, found anew on the rows that are not judged.
import { join } from 'node:path'
import { grouped } from '../../grouped.ts'
import type { Io } from '../../io.ts'
import { readCsv } from '../reference-csv.ts'
import type { FoundConstant } from './constants-fit.ts'
import { fitExchanges } from './exchange-fit.ts'
import { EXCHANGE_SOURCES, type ExchangeRow, readExchangeRows } from './exchange-rows.ts'
import { KERNEL_COLUMNS, kernelWorks } from './kernel-case.ts'
import { fitKernel } from './kernel-fit.ts'
import { isJudged, KERNEL_FILE, type KernelRow, readKernelRows } from './kernel-rows.ts'
import { Machines } from './machines.ts'
import { fitLaunch } from './system-fit.ts'
import { readSystemRows, SYSTEM_COLUMNS, SYSTEMS_FILE, type SystemRow } from './system-rows.ts'

interface HardwareFit {
  readonly gpu: string
  readonly what: 'kernels' | 'exchanges' | 'launches'
  readonly hardware: string
  readonly rows: number
  readonly found: readonly FoundConstant[]
}

/**
 * `folder`: laid out like the bundled one, which is used where none is named; all its silicon tables must be there. Throws
 * UserError.
 */
export async function fitFolder(
  io: Io,
  folder?: string,
  hardwareFiles: readonly string[] = [],
): Promise<HardwareFit[]> {
  const root = folder ?? io.bundled('configs', 'reference')
  const at = (path: string) => join(root, path)
  const machines = await Machines.open(io, at, hardwareFiles)
  const kernels = await readKernelRows(await readCsv(io, at(KERNEL_FILE), KERNEL_COLUMNS), machines)
  const exchanges: ExchangeRow[] = []
  for (const source of EXCHANGE_SOURCES) {
    const rows = await readCsv(io, at(source.path), source.columns)
    exchanges.push(...(await readExchangeRows(source, rows, machines)).rows)
  }
  const rows = await readCsv(io, at(SYSTEMS_FILE), SYSTEM_COLUMNS)
  const systems = (await readSystemRows(io, rows, machines, at)).known.filter(({ isFitted }) => isFitted)
  return [
    ...byGpu(kernels.rows).flatMap(kernelFit),
    ...byGpu(exchanges).flatMap(exchangeFit),
    ...(await systemFits(io, systems)),
  ]
}

async function systemFits(io: Io, rows: readonly SystemRow[]): Promise<HardwareFit[]> {
  const fits: HardwareFit[] = []
  for (const [hardware, own] of grouped(rows, (row) => row.hardware.name)) {
    const found = [await fitLaunch(io, own)]
    fits.push({ gpu: hardware, what: 'launches', hardware, rows: own.length, found })
  }
  return fits
}

/** The rows that constants may be fitted on, GPU by GPU. */
function byGpu<T extends { readonly given: { readonly gpu: string }; readonly isFitted: boolean }>(
  rows: readonly T[],
): [string, T[]][] {
  const fitted = rows.filter(({ isFitted }) => isFitted)
  return [...grouped(fitted, ({ given }) => given.gpu)]
}

function kernelFit([gpu, rows]: [string, KernelRow[]]): HardwareFit[] {
  const own = rows.filter(({ given }) => isJudged(given))
  const hardware = own[0]?.hardware
  if (hardware === undefined) return []
  const fitted = own.map(({ given, measuredUs }) => ({ given, works: kernelWorks(given), measuredUs }))
  const found = fitKernel(hardware, fitted)
  return [{ gpu, what: 'kernels', hardware: hardware.name, rows: own.length, found }]
}

function exchangeFit([gpu, rows]: [string, ExchangeRow[]]): HardwareFit[] {
  const hardware = rows[0]?.hardware
  if (hardware === undefined) return []
  const found = fitExchanges(hardware, rows)
  return [{ gpu, what: 'exchanges', hardware: hardware.name, rows: rows.length, found }]
}
