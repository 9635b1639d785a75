// The constants of a GPU's kernels, at most five of a GPU of two formats, found on rows of moe_kernel.csv.
import type { KernelWork } from '../../hardware/kernel.ts'
import type { KernelSpec } from '../../hardware/spec.ts'
import { type Fittable, type FoundConstant, fitConstants, meanLoss } from './constants-fit.ts'
import { type KernelCase, type KernelHardware, kernelUs } from './kernel-case.ts'

export interface KernelFitRow {
  readonly given: KernelCase
  readonly works: readonly KernelWork[]
  readonly measuredUs: number
}

/** One GPU is the cleanest part of the rows; ranks hold an implementation's work on rows of others too. */
const ONE_GPU_WEIGHT = 3

/** The constants with the least loss, as a file would state them. Formats of which there are no rows stay as they are. */
export function fitKernel(hardware: KernelHardware, rows: readonly KernelFitRow[]): FoundConstant[] {
  const one = rows.filter(({ given }) => given.ranks === 1)
  const ranks = rows.filter(({ given }) => given.ranks > 1)
  const loss = (candidate: KernelHardware, of: readonly KernelFitRow[]) =>
    meanLoss(
      of,
      ({ given, works }) => kernelUs(candidate, given, works),
      ({ measuredUs }) => measuredUs,
    )
  return fitConstants(
    hardware,
    fittable(hardware, rows),
    (candidate) => (ONE_GPU_WEIGHT * loss(candidate, one) + loss(candidate, ranks)) / (ONE_GPU_WEIGHT + 1),
  )
}

const withCompute = (hardware: KernelHardware, compute: Partial<KernelSpec>): KernelHardware => ({
  ...hardware,
  compute: { ...hardware.compute, ...compute },
})

function fittable(hardware: KernelHardware, rows: readonly KernelFitRow[]): Fittable<KernelHardware>[] {
  return [
    {
      name: 'compute.startup',
      unit: 'us',
      starts: [4e6],
      write: (spec, startupPs) => withCompute(spec, { startupPs }),
    },
    ...shares(hardware, rows),
    {
      name: 'compute.elementwise',
      unit: '',
      // Much arithmetic and little traffic cost as much as the reverse: valleys on either side.
      starts: [0.25, 0.4, 0.6],
      write: (spec, elementwiseShare) => withCompute(spec, { elementwiseShare }),
    },
    {
      name: 'memory.efficiency',
      unit: '',
      starts: [0.9],
      write: (spec, efficiency) => ({ ...spec, memory: { ...spec.memory, efficiency } }),
    },
  ]
}

/** Of the peak, for each format that rows use. */
function shares({ compute }: KernelHardware, rows: readonly KernelFitRow[]): Fittable<KernelHardware>[] {
  return compute.formats.flatMap(({ weightBytes }, i): Fittable<KernelHardware>[] => {
    const narrower = compute.formats[i - 1]?.weightBytes ?? 0
    const isMeant = ({ given }: KernelFitRow) =>
      given.weightBytes <= weightBytes && given.weightBytes > narrower
    if (!rows.some(isMeant)) return []
    return [
      {
        name: `compute.formats[${weightBytes} B].share`,
        unit: '',
        starts: [0.5],
        write: (spec, share) =>
          withCompute(spec, {
            formats: spec.compute.formats.map((format, j) => (j === i ? { ...format, share } : format)),
          }),
      },
    ]
  })
}
