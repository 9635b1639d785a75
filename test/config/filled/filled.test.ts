// Files with all defaults filled in say the same as what they were made from, and leave nothing open.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalExperiment } from '../../../src/config/canonical.ts'
import { configYaml, filledExperiment } from '../../../src/config/filled/filled.ts'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadExperiment } from '../../../src/config/load.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { validateConfig } from '../../../src/config/results/check-file.ts'
import { DIMENSIONS, exactQuantity, parseQuantity } from '../../../src/units.ts'
import { bundledFiles, bundledIo } from '../bundled-io.ts'

const io = bundledIo({ 'counts.csv': '' })
const namesOf = (wanted: string) =>
  bundledFiles.filter(({ folder }) => folder === wanted).map(({ name }) => name)

async function filled(name: string): Promise<string> {
  const { filled: text, diagnostics } = await validateConfig(io, name)
  expect(diagnostics).toEqual([])
  return text!
}

describe('of a bundled file, with all defaults', () => {
  test.each(namesOf('hardware'))(
    '%s is the same machine, and filled in once more the same text',
    async (name) => {
      const text = await filled(name)
      const again = bundledIo({ 'whole.yaml': text })
      expect(await loadHardware(again, 'whole.yaml')).toEqual(await loadHardware(io, name))
      expect((await validateConfig(again, 'whole.yaml')).filled).toBe(text)
    },
  )

  test.each(namesOf('models'))('%s is the same model', async (name) => {
    const again = bundledIo({ 'whole.yaml': await filled(name) })
    expect(await loadModel(again, 'whole.yaml')).toEqual(await loadModel(io, name))
  })

  test.each(namesOf('experiments'))('%s is the same run', async (name) => {
    const again = bundledIo({ 'whole.yaml': await filled(name) })
    const [one, other] = [await loadExperiment(io, { file: name, flags: {}, sets: [] }), await whole(again)]
    expect(canonicalExperiment(other.experiment)).toEqual(canonicalExperiment(one.experiment))
  })
})

const whole = (where: typeof io) => loadExperiment(where, { file: 'whole.yaml', flags: {}, sets: [] })

test('any model on any hardware with any scheduler, workload and routing is the same run once filled in', async () => {
  const any = <T>(...values: T[]) => fc.constantFrom(...values)
  const experiments = fc.record({
    hardware: any(...namesOf('hardware')),
    model: any(...namesOf('models')),
    schedulers: any(
      ['ep-tiled', 'fse-dp:slots=6'],
      ['allo-pred', 'hydra:predictor=oracle'],
      ['fse-dp-paired'],
    ),
    routing: any(
      [],
      ['generator.reuse=0.5', 'generator.classes=3'],
      ['generator.skew=[[0, 1], [9, 2]]'],
      ['generator={counts: counts.csv}'],
    ),
    workload: any(['workload.tokens=7'], ['workload={requests: 3, decode_steps: 2, resample: true}']),
    sets: any(
      [],
      ['hardware.link.latency=3.3333 ns'],
      ['layers=[2, 1]', 'compat=paper'],
      ['seeds=3', 'seed=9'],
    ),
  })
  await fc.assert(
    fc.asyncProperty(experiments, async ({ hardware, model, schedulers, routing, workload, sets }) => {
      const flags = { hardware, model, schedulers }
      const request = { file: 'demo', flags, sets: [...routing, ...workload, ...sets] }
      const { experiment, written } = await loadExperiment(io, request).catch(() => ({
        experiment: undefined,
        written: undefined,
      }))
      fc.pre(experiment !== undefined)
      const again = await whole(
        bundledIo({ 'counts.csv': '', 'whole.yaml': configYaml(filledExperiment(io, experiment, written)) }),
      )
      expect(canonicalExperiment(again.experiment)).toEqual(canonicalExperiment(experiment))
    }),
    { numRuns: 40 },
  )
})

test('an exact quantity reads to the very value, in the unit that people would take', () => {
  expect(exactQuantity(0.288, 'bandwidth')).toBe('288 GB/s')
  expect(exactQuantity(3334, 'time')).toBe('3.334 ns')
  expect(exactQuantity(0, 'time')).toBe('0 ps')
  expect(exactQuantity(3_328_000, 'size')).toBe('3.328 MB')
  const values = fc.double({ min: 1e-12, max: 1e18, noNaN: true })
  fc.assert(
    fc.property(values, fc.constantFrom(...DIMENSIONS), (value, dimension) => {
      expect(parseQuantity(exactQuantity(value, dimension), dimension)).toBe(value)
    }),
  )
})
