// The constants of all GPUs of a reference folder, found anew on the rows that are not judged.
import { join } from 'node:path'
import type { Io } from '../../io.ts'
import { readCsv } from '../reference-csv.ts'
import { KERNEL_COLUMNS, kernelWorks } from './kernel-case.ts'
import { type FoundConstant, fitKernel } from './kernel-fit.ts'
import { isJudged, KERNEL_FILE, type KernelRow, readKernelRows } from './kernel-rows.ts'
import { Machines } from './machines.ts'

export interface GpuFit {
  readonly gpu: string
  readonly hardware: string
  readonly rows: number
  readonly found: readonly FoundConstant[]
}

/** `folder`: laid out like the bundled one, which is used where none is named. Throws UserError. */
export async function fitFolder(
  io: Io,
  folder?: string,
  hardwareFiles: readonly string[] = [],
): Promise<GpuFit[]> {
  const root = folder ?? io.bundled('configs', 'reference')
  const at = (path: string) => join(root, path)
  const machines = await Machines.open(io, at, hardwareFiles)
  const { rows } = await readKernelRows(await readCsv(io, at(KERNEL_FILE), KERNEL_COLUMNS), machines)
  const gpus = [...new Set(rows.map(({ given }) => given.gpu))]
  return gpus.flatMap((gpu) => fitGpu(gpu, rows))
}

function fitGpu(gpu: string, rows: readonly KernelRow[]): GpuFit[] {
  const own = rows.filter(({ given, isFitted }) => given.gpu === gpu && isFitted && isJudged(given))
  const hardware = own[0]?.hardware
  if (hardware === undefined) return []
  const fitted = own.map(({ given, measuredUs }) => ({ given, works: kernelWorks(given), measuredUs }))
  return [
    {
      gpu,
      hardware: hardware.name,
      rows: own.length,
      found: fitKernel(hardware, fitted),
    },
  ]
}
