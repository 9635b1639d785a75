// Fitting finds the constants that rows were made with, from any file it starts with.
import { expect, test } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { fittedTokens, hasFitted } from '../../../src/fidelity/silicon/halves.ts'
import { type KernelCase, kernelUs, kernelWorks } from '../../../src/fidelity/silicon/kernel-case.ts'
import { fitKernel } from '../../../src/fidelity/silicon/kernel-fit.ts'
import type { HardwareSpec, KernelSpec } from '../../../src/hardware/spec.ts'
import { bundledIo } from '../../config/bundled-io.ts'

async function kernelHardware(): Promise<HardwareSpec & { compute: KernelSpec }> {
  const hardware = await loadHardware(bundledIo(), 'h100-sxm')
  const { compute } = hardware
  if (compute.kind !== 'kernel') throw new Error('not of kernels')
  return { ...hardware, compute }
}

const row = (tokens: number, weightBytes: number, ranks: number): KernelCase => ({
  gpu: 'made up',
  precision: weightBytes === 1 ? 'fp8_block' : 'bfloat16',
  weightBytes,
  tokens,
  hidden: 1024,
  intermediate: 512,
  topK: 4,
  experts: 16,
  ranks,
  routing: 'balanced',
  exponent: undefined,
})

test('constants are found again from the times they give', async () => {
  const hardware = await kernelHardware()
  const { compute, memory } = hardware
  const shares = [0.3, 0.7]
  const truth = {
    ...hardware,
    compute: {
      ...compute,
      startupPs: 5e6,
      elementwiseShare: 0.35,
      formats: compute.formats.map((format, i) => ({ ...format, share: shares[i]! })),
    },
    memory: { ...memory, efficiency: 0.8 },
  }
  const tokens = [1, 4, 16, 64, 256, 1024, 4096, 16_384]
  const rows = tokens.flatMap((count) =>
    [row(count, 1, 1), row(count, 2, 1), row(count, 2, 4)].map((given) => {
      const works = kernelWorks(given)
      return { given, works, measuredUs: kernelUs(truth, given, works) }
    }),
  )
  const found = Object.fromEntries(fitKernel(hardware, rows).map(({ name, value }) => [name, value]))
  expect(Object.keys(found)).toHaveLength(5)
  expect(found['compute.startup']).toBeCloseTo(5, 1)
  expect(found['compute.formats[1 B].share']).toBeCloseTo(0.3, 2)
  expect(found['compute.formats[2 B].share']).toBeCloseTo(0.7, 2)
  expect(found['compute.elementwise']).toBeCloseTo(0.35, 2)
  expect(found['memory.efficiency']).toBeCloseTo(0.8, 2)
})

test('a format of which there are no rows is not fitted', async () => {
  const hardware = await kernelHardware()
  const given = row(64, 2, 1)
  const rows = [{ given, works: kernelWorks(given), measuredUs: 100 }]
  const names = fitKernel(hardware, rows).map(({ name }) => name)
  expect(names).toContain('compute.formats[2 B].share')
  expect(names).not.toContain('compute.formats[1 B].share')
})

test('every second token count is fitted on, from the least', () => {
  expect([...fittedTokens([8, 1, 2, 2, 4, 1])]).toEqual([1, 4])
})

test('hardware without fitted constants in a section is judged on all rows', async () => {
  const hardware = await kernelHardware()
  expect(hasFitted(hardware, 'compute')).toBe(true)
  expect(hasFitted(hardware, 'link')).toBe(false)
  expect(hasFitted({ ...hardware, constants: [] }, 'compute')).toBe(false)
})
