// Finds the constants of a GPU's kernels: those of its file that are fitted, on the half of the rows that is not judged.
import type { KernelWork } from '../../hardware/kernel.ts'
import type { KernelSpec } from '../../hardware/spec.ts'
import { type KernelCase, type KernelHardware, kernelUs } from './kernel-case.ts'
import { minimize } from './minimize.ts'

export interface FitRow {
  readonly given: KernelCase
  readonly works: readonly KernelWork[]
  readonly measuredUs: number
}

export interface FoundConstant {
  /** Its place in a hardware file. */
  readonly name: string
  readonly unit: string
  readonly value: number
}

/**
 * At most five for a GPU of two formats: start-up, bandwidth share, elementwise share, and the share of the peak by
 * format. Formats of which there are no rows stay as they are.
 */
interface Constant {
  readonly name: string
  readonly unit: string
  readonly perUnit: number
  /** Where the search begins, whatever the file says. */
  readonly start: number
  write(hardware: KernelHardware, value: number): KernelHardware
}

const withCompute = (hardware: KernelHardware, compute: Partial<KernelSpec>): KernelHardware => ({
  ...hardware,
  compute: { ...hardware.compute, ...compute },
})

function constantsOf({ compute }: KernelHardware, rows: readonly FitRow[]): Constant[] {
  const formats = compute.formats.flatMap(({ weightBytes }, i): Constant[] => {
    const narrower = compute.formats[i - 1]?.weightBytes ?? 0
    const isMeant = ({ given }: FitRow) => given.weightBytes <= weightBytes && given.weightBytes > narrower
    if (!rows.some(isMeant)) return []
    return [
      {
        name: `compute.formats[${weightBytes} B].share`,
        unit: '',
        perUnit: 1,
        start: 0.5,
        write: (hardware, share) =>
          withCompute(hardware, {
            formats: hardware.compute.formats.map((format, j) => (j === i ? { ...format, share } : format)),
          }),
      },
    ]
  })
  return [
    {
      name: 'compute.startup',
      unit: 'us',
      perUnit: 1e6,
      start: 4e6,
      write: (hardware, startupPs) => withCompute(hardware, { startupPs }),
    },
    ...formats,
    {
      name: 'compute.elementwise',
      unit: '',
      perUnit: 1,
      start: 0.4,
      write: (hardware, elementwiseShare) => withCompute(hardware, { elementwiseShare }),
    },
    {
      name: 'memory.efficiency',
      unit: '',
      perUnit: 1,
      start: 0.9,
      write: (hardware, efficiency) => ({
        ...hardware,
        memory: { ...hardware.memory, efficiency },
      }),
    },
  ]
}

/** Small errors pull harder than large ones: rows that an implementation's tuning spoils should not bend the rest. */
const SOFT_ERROR = 0.08
/** One GPU is the cleanest part of the rows; ranks hold an implementation's work on rows of others too. */
const ONE_GPU_WEIGHT = 3

/** Mean over the rows of one GPU and of ranks, of |log error| and of its saturating form. */
function kernelLoss(hardware: KernelHardware, rows: readonly FitRow[]): number {
  const sums = { one: 0, ranks: 0 }
  const counts = { one: 0, ranks: 0 }
  for (const { given, works, measuredUs } of rows) {
    const error = Math.abs(Math.log(kernelUs(hardware, given, works) / measuredUs))
    const part = given.ranks === 1 ? 'one' : 'ranks'
    sums[part] += error / (error + SOFT_ERROR) + error
    counts[part]++
  }
  const mean = (part: 'one' | 'ranks') => (counts[part] === 0 ? 0 : sums[part] / counts[part])
  return (ONE_GPU_WEIGHT * mean('one') + mean('ranks')) / (ONE_GPU_WEIGHT + 1)
}

/** The loss has more than one valley, along the element-wise share: the search starts in each. */
const STARTS = [0.25, 0.4, 0.6]
const TOLERANCE = 1e-3
const MOST_STEPS = 600

/** The constants with the least loss, as a file would state them. */
export function fitKernel(hardware: KernelHardware, rows: readonly FitRow[]): FoundConstant[] {
  const constants = constantsOf(hardware, rows)
  const applied = (logs: readonly number[]) =>
    constants.reduce(
      (spec, constant, i) => constant.write(spec, bounded(constant, Math.exp(logs[i]!))),
      hardware,
    )
  const loss = (logs: readonly number[]) => kernelLoss(applied(logs), rows)
  const found = STARTS.map((elementwise) => {
    const start = constants.map(({ name, start: usual }) =>
      Math.log(name === 'compute.elementwise' ? elementwise : usual),
    )
    // Once more from what was found: a simplex may have collapsed on its way.
    const first = minimize(loss, start, TOLERANCE, MOST_STEPS)
    return minimize(loss, first.at, TOLERANCE, MOST_STEPS)
  })
  const best = found.reduce((a, b) => (b.value < a.value ? b : a))
  return constants.map((constant, i) => ({
    name: constant.name,
    unit: constant.unit,
    value: bounded(constant, Math.exp(best.at[i]!)) / constant.perUnit,
  }))
}

/** Shares stay shares. */
function bounded({ unit }: Constant, value: number): number {
  return unit === '' ? Math.min(1, value) : value
}
