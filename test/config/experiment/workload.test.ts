// Workloads and layer selections of experiment files.
import { expect, test } from 'vitest'
import { checkLayers, layerSelection, workloadSpec } from '../../../src/config/experiment/workload.ts'
import type { Reporter } from '../../../src/config/validate.ts'
import { tinyModel } from '../../helpers/frames.ts'

test('a workload is of tokens, or of requests that may be drawn again with the seed', () => {
  expect(workloadSpec({ tokens: 5, iterations: 2 }, 7)).toEqual({ kind: 'tokens', tokens: 5, iterations: 2 })
  const requests = { requests: 3, decode_steps: 'all' } as const
  expect(workloadSpec(requests, 7)).toEqual({ kind: 'requests', requests: 3, decodeSteps: 'all' })
  expect(workloadSpec({ ...requests, resample: false }, 7)).not.toHaveProperty('resampleSeed')
  expect(workloadSpec({ ...requests, resample: true }, 7)).toMatchObject({ resampleSeed: 7 })
})

test('layers are all, a sample, or a list in order, each once', () => {
  expect(layerSelection('all')).toEqual({ kind: 'all' })
  expect(layerSelection('sample:12')).toEqual({ kind: 'sample', count: 12 })
  expect(layerSelection([30, 4, 12, 4])).toEqual({ kind: 'list', layers: [4, 12, 30] })
})

/** What is said of a selection, of a model with experts in these layers. */
function problems(layers: Parameters<typeof checkLayers>[0], moeLayers: readonly number[]) {
  const said: unknown[] = []
  const report: Pick<Reporter, 'at'> = { at: (_code, path, args) => void said.push([path, args]) }
  checkLayers(
    layers,
    { ...tinyModel(4, 1), name: 'm', layers: 9, moeLayers: [...moeLayers] },
    report as Reporter,
  )
  return said
}

test('layers without experts are refused, with those that have some', () => {
  const list = (...layers: number[]) => ({ kind: 'list', layers }) as const
  expect(problems(list(3, 4, 5), [3, 4, 5])).toEqual([])
  expect(problems(list(3, 6, 7), [3, 4, 5])).toEqual([
    [['layers'], { what: 'layer 6 is not an MoE layer', hint: 'the MoE layers of m are 3 to 5' }],
  ])
  expect(problems(list(4), [1, 3, 5])).toEqual([
    [['layers'], { what: 'layer 4 is not an MoE layer', hint: 'the MoE layers of m are 1, 3, 5' }],
  ])
})

test('a sample has as many layers as the model at most', () => {
  expect(problems({ kind: 'sample', count: 3 }, [3, 4, 5])).toEqual([])
  expect(problems({ kind: 'sample', count: 4 }, [3, 4, 5])).toEqual([
    [['layers'], { what: 'a sample of 4 layers', hint: 'the MoE layers of m are 3 to 5' }],
  ])
  expect(problems({ kind: 'all' }, [3])).toEqual([])
})
